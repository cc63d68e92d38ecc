//! The genuine cases and the cards that each rule hits most.

use super::super::markup::Markup;
use super::super::numbers::{count, estimate_percent};
use super::case::{write_cards, write_case};
use super::cells::name;
use crate::backtest::report::{Report, RuleReport};

pub fn write(markup: &mut Markup, report: &Report) {
    let lead = "The false alerts of each rule, by decreasing amount, and the cards with the most genuine cases on \
                which it fired: what an exception of the rule would have to exclude.";
    markup.element("p").class("lead").text(lead);
    for ruleset in &report.rulesets {
        let mut rules: Vec<&RuleReport> =
            ruleset.rules.iter().filter(|rule| is_hitting(rule)).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.alerts.false_alerts));
        markup.element("div").class("panel").with(|markup| {
            markup.line("h3", &name(ruleset));
            if rules.is_empty() {
                markup.element("p").class("lead").text("No rule fired on a genuine case.");
            }
            rules.into_iter().for_each(|rule| write_rule(markup, rule));
        });
    }
}

fn is_hitting(rule: &RuleReport) -> bool {
    !rule.counterexamples.is_empty() || !rule.cards_hit.is_empty()
}

fn write_rule(markup: &mut Markup, rule: &RuleReport) {
    markup.element("details").with(|markup| {
        let summary = format!(
            "{}: {} false alerts, {} genuine cases on which it fired, precision {}",
            rule.id,
            count(rule.alerts.false_alerts),
            count(rule.fired.genuine),
            estimate_percent(rule.alerts.precision)
        );
        markup.line("summary", &summary);
        markup.element("div").class("body").with(|markup| {
            rule.counterexamples.iter().for_each(|example| write_case(markup, example));
            write_cards(
                markup,
                "Cards with the most genuine cases on which it fired",
                &rule.cards_hit,
            );
        });
    });
}
