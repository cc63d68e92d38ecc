//! One case that expands to the explanation of its decision.

use super::super::markup::Markup;
use super::super::numbers::{NONE, amount, count, counted, time};
use super::super::table::{Align, Columns, TableCell, table};
use super::decision::{ExplainedCharge, ExplainedDecision, ExplainedRule};
use crate::backtest::report::{CardHit, Example};
use serde_json::Value;

const CHARGES: Columns<'static> = &[
    ("time", Align::Text),
    ("amount", Align::Number),
    ("country", Align::Text),
    ("category code", Align::Text),
    ("channel", Align::Text),
];

const CARDS: Columns<'static> = &[
    ("card", Align::Text),
    ("genuine cases hit", Align::Number),
    ("of its genuine cases", Align::Number),
];

/// A title, a sentence, and the cases; nothing without cases.
pub fn write_cases(markup: &mut Markup, title: &str, lead: &str, cases: &[Example]) {
    if cases.is_empty() {
        return;
    }
    markup.element("div").class("panel").with(|markup| {
        markup.line("h3", title);
        markup.element("p").class("lead").text(lead);
        cases.iter().for_each(|example| write_case(markup, example));
    });
}

/// The cards that are hit most; nothing without cards.
pub fn write_cards(markup: &mut Markup, caption: &str, cards: &[CardHit]) {
    if !cards.is_empty() {
        let row = |card: &CardHit| {
            vec![card.card.clone().into(), count(card.hits).into(), count(card.genuine).into()]
        };
        table(markup, caption, CARDS, cards.iter().map(row));
    }
}

/// Writes one case, closed.
pub fn write_case(markup: &mut Markup, example: &Example) {
    markup.element("details").with(|markup| {
        markup.element("summary").with(|markup| {
            markup.element("span").class("head").with(|markup| write_head(markup, example));
        });
        markup.element("div").class("body").with(|markup| write_body(markup, example));
    });
}

fn write_head(markup: &mut Markup, example: &Example) {
    let sum = example.amount.map_or_else(|| NONE.to_owned(), amount);
    markup.element("span").class("sum").text(&sum);
    markup.element("span").class("when").text(&time(&example.time));
    let class = match example.outcome.as_str() {
        "fraud" => "tag fraud",
        "genuine" | "assumed_genuine" => "tag genuine",
        _ => "tag",
    };
    let kind = example.kind.as_ref().map(|kind| format!(", {kind}")).unwrap_or_default();
    let outcome = format!("{}{kind}", example.outcome.replace('_', " "));
    markup.element("span").class(class).text(&outcome);
    markup.element("span").class("tag").text(&format!("{} {}", example.action, example.score));
    markup.line("span", &merchant(example));
    let rules = if example.rules.is_empty() {
        "no rule fired".to_owned()
    } else {
        example.rules.join(", ")
    };
    markup.element("span").class("muted").text(&rules);
}

fn merchant(example: &Example) -> String {
    let name = example.merchant.as_ref().unwrap_or(&example.merchant_id);
    example.country.as_ref().map_or_else(|| name.clone(), |country| format!("{name}, {country}"))
}

fn write_body(markup: &mut Markup, example: &Example) {
    markup.element("dl").class("facts").with(|markup| {
        for (name, text) in [
            ("transaction", example.transaction_id.clone()),
            ("card", example.card.clone()),
            ("merchant id", example.merchant_id.clone()),
            ("record of the input", count(example.record)),
        ] {
            markup.line("dt", name);
            markup.line("dd", &text);
        }
    });
    let json = example.decision.get();
    let decision = ExplainedDecision::read(json);
    decision.rules.iter().for_each(|rule| write_rule(markup, rule, ""));
    decision.shadow.iter().for_each(|rule| write_rule(markup, rule, " (shadow)"));
    if !decision.undecided.is_empty() {
        let undecided = format!("Undecided: {}", decision.undecided.join(", "));
        markup.element("p").class("muted").text(&undecided);
    }
    markup.element("details").with(|markup| {
        markup.element("summary").class("muted").text("The decision as JSON");
        markup.line("pre", json);
    });
}

fn write_rule(markup: &mut Markup, rule: &ExplainedRule, mark: &str) {
    markup.element("div").class("fired").with(|markup| {
        markup.line("h3", &format!("{}{mark}: {} points", rule.id, rule.points));
        markup.line("p", &rule.message);
        if !rule.evidence.0.is_empty() {
            markup.element("dl").class("facts").with(|markup| {
                for (name, value) in &rule.evidence.0 {
                    markup.line("dt", name);
                    markup.line("dd", &shown(value));
                }
            });
        }
        if !rule.charges.is_empty() {
            let number = u64::try_from(rule.charges.len()).unwrap_or(u64::MAX);
            let caption = format!("{} that made it fire", counted(number, "charge", "charges"));
            table(markup, &caption, CHARGES, rule.charges.iter().map(charge));
        }
    });
}

fn charge(charge: &ExplainedCharge) -> Vec<TableCell> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
    let attempted = charge.attempted.map(|sum| format!("{} attempted", amount(sum)));
    let declined = charge.declined.then(|| "declined".to_owned());
    let sum = charge.amount.map_or_else(|| NONE.to_owned(), amount);
    vec![
        time(&charge.time).into(),
        TableCell::with_small(sum, declined.or(attempted)),
        text(&charge.country).into(),
        text(&charge.mcc).into(),
        text(&charge.channel).into(),
    ]
}

/// A text without quotes, and any other value as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
