//! Warns about a ruleset as a whole: no rule, rules with the same condition, thresholds that no score
//! reaches, unused features and lists.

use super::super::super::diagnostics::{Diagnostics, Span};
use super::super::super::rule_info::{Action, Mode};
use super::super::super::source::RuleTable;
use super::canonical::CanonicalForms;
use super::input::Input;

pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    no_rule(input, out);
    alike(input, out);
    out_of_reach(input, out);
    unused(input, out);
}

fn no_rule(input: &Input<'_>, out: &mut Diagnostics) {
    if let (Some(header), []) = (&input.files.header, &input.files.rules[..]) {
        out.warning("no-rule", header.span, "the ruleset has no rule")
            .label("has no effect")
            .help("add a `[[rule]]`; every transaction is approved until then");
    }
}

/// Rules with the same condition. A shadow rule may repeat a live one, to try out other points.
fn alike(input: &Input<'_>, out: &mut Diagnostics) {
    let mut forms = CanonicalForms::new(input.tree);
    let mut seen: Vec<(usize, Span, &RuleTable)> = Vec::new();
    for rule in input.rules.iter().filter(|rule| rule.table.mode != Mode::Off) {
        let (Some(node), Some(text)) = (rule.when, &rule.table.when) else { continue };
        let Some(id) = input.places.id(node) else { continue };
        let number = forms.of(id);
        let twin = |other: &&(usize, Span, &RuleTable)| {
            other.0 == number && other.2.mode == rule.table.mode && overlap(other.2, rule.table)
        };
        if let Some((_, place, first)) = seen.iter().find(twin) {
            let place = out.place(*place);
            let (id, first) = (&rule.table.id.value, &first.id.value);
            let message = format!("the rule `{id}` has the condition of `{first}`");
            out.warning("same-rule", text.whole(), message)
                .label("the same")
                .related(place, "here first")
                .help("one rule can give all the points");
        }
        seen.push((number, text.whole(), rule.table));
    }
}

/// Whether both rules are ever on at the same time.
fn overlap(a: &RuleTable, b: &RuleTable) -> bool {
    let ends_before = |a: &RuleTable, b: &RuleTable| {
        a.until.as_ref().zip(b.from).is_some_and(|(until, from)| until.value <= from)
    };
    !ends_before(a, b) && !ends_before(b, a)
}

/// A `review` threshold that no score reaches, so the ruleset never alerts.
fn out_of_reach(input: &Input<'_>, out: &mut Diagnostics) {
    let Some(header) = &input.files.header else { return };
    let rules = || input.rules.iter().zip(&input.facts.rules);
    let live = || rules().filter(|(rule, _)| rule.table.mode == Mode::Live);
    let demands = |rule: &RuleTable| rule.action.is_some_and(|action| action > Action::Approve);
    if live().next().is_none() || live().any(|(rule, _)| demands(rule.table)) {
        return;
    }
    let largest = live().map(|(_, facts)| i64::from(*facts.points.end()).max(0)).sum::<i64>();
    if largest < i64::from(header.review.value) {
        let message = format!("no score reaches `review`: all points together are {largest}");
        out.warning("out-of-reach", header.review.span, message)
            .label("more than there is")
            .help("lower `review`, or give rules more points");
    }
}

fn unused(input: &Input<'_>, out: &mut Diagnostics) {
    for (name, _) in &input.features {
        if !input.facts.used_features.contains(&name.value) {
            out.warning("unused-feature", name.span, format!("no rule uses `{}`", name.value))
                .label("not used")
                .help("use it in a rule or a message, or remove it");
        }
    }
    for (at, (name, _)) in (0..).zip(&input.files.lists) {
        if !input.facts.used_lists.contains(&at) {
            out.warning(
                "unused-list",
                name.span,
                format!("no rule uses the list `{}`", name.value),
            )
            .label("not used")
            .help(format!("ask it with `… in list(\"{}\")`, or remove it", name.value));
        }
    }
}
