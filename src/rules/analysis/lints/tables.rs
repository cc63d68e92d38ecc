//! Warns about the tables of rules, without looking at their expressions.

use super::super::super::diagnostics::Diagnostics;
use super::super::super::rule_info::{Action, Mode};
use super::super::super::source::{Points, RuleTable};
use super::input::Input;
use crate::transaction::Time;

/// Rules that are over, that reach no card, or that change nothing.
pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    for rule in input.files.rules.iter().filter(|rule| rule.mode != Mode::Off) {
        if let Some(today) = input.today {
            over(rule, today, out);
        }
        no_card(rule, out);
        no_effect(rule, out);
    }
}

fn over(rule: &RuleTable, today: Time, out: &mut Diagnostics) {
    let Some(until) = rule.until.as_ref().filter(|until| until.value <= today) else { return };
    let (kind, help) = match rule.mode {
        Mode::Shadow => ("shadow rule", "its trial has ended: make it live, or remove it"),
        Mode::Live | Mode::Off => ("rule", "give it a later `until`, or remove it"),
    };
    let id = &rule.id.value;
    out.warning("rule-over", until.span, format!("the {kind} `{id}` is over"))
        .label("lies in the past")
        .help(help);
}

fn no_card(rule: &RuleTable, out: &mut Diagnostics) {
    if rule.rollout.value > 0.0 {
        return;
    }
    out.warning("no-card", rule.rollout.span, format!("the rule `{}` gets no card", rule.id.value))
        .label("no card is among 0 per cent")
        .help("write `mode = \"off\"` to keep a rule out");
}

fn no_effect(rule: &RuleTable, out: &mut Diagnostics) {
    let demands = rule.action.is_some_and(|action| action > Action::Approve);
    if demands || !matches!(rule.points.value, Points::Fixed(0)) {
        return;
    }
    let message = format!("the rule `{}` changes no score and demands no action", rule.id.value);
    out.warning("no-effect", rule.points.span, message)
        .label("adds nothing")
        .help("give it points, or `action = \"review\"`");
}
