//! Cases to look at: what was caught, what was missed, and what was hit without reason.

use super::super::markup::Markup;
use super::case::{write_cards, write_cases};
use super::cells::name;
use crate::backtest::report::Report;

pub fn write(markup: &mut Markup, report: &Report) {
    let lead = format!(
        "Open a case to see why it was decided. Amounts are in {}, the largest first.",
        report.currency
    );
    markup.element("p").class("lead").text(&lead);
    for ruleset in &report.rulesets {
        let (name, examples) = (name(ruleset), &ruleset.examples);
        write_cases(
            markup,
            &format!("Missed fraud, {name}"),
            "Labelled as fraud and approved: what a new rule would have to catch.",
            &examples.missed_fraud,
        );
        write_cases(
            markup,
            &format!("False alerts, {name}"),
            "Genuine, labelled or assumed, and alerted: what a customer would complain about.",
            &examples.false_alerts,
        );
        write_cases(
            markup,
            &format!("True alerts, {name}"),
            "Labelled as fraud and alerted.",
            &examples.true_alerts,
        );
        let is_empty = examples.missed_fraud.is_empty()
            && examples.false_alerts.is_empty()
            && examples.true_alerts.is_empty();
        if is_empty {
            markup
                .element("p")
                .class("lead")
                .text(&format!("{name}: there is no alert and no fraud."));
        }
        if !examples.cards_hit.is_empty() {
            markup.element("div").class("panel").with(|markup| {
                let caption = format!("Cards with the most false alerts, {name}");
                write_cards(markup, &caption, &examples.cards_hit);
            });
        }
    }
}
