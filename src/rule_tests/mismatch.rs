//! Compares a decision with what a case expects of it.

use super::expected::Expected;
use crate::decision::Decision;
use crate::rules::{Action, Fired, Mode};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `expect = { … }`: only the keys that are set are checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// Live or shadow rules that must fire. Others may fire too.
    #[serde(default)]
    pub fired: Vec<String>,
    /// Rules that must not fire.
    #[serde(default)]
    pub not_fired: Vec<String>,
    /// Rules that must be undecided. Others may be undecided too.
    #[serde(default)]
    undecided: Vec<String>,
    action: Option<WrittenAction>,
    score: Option<i32>,
    /// The message of one of the fired rules.
    message: Option<String>,
    /// Values of features.
    #[serde(default)]
    features: BTreeMap<String, Expected>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenAction {
    Approve,
    Review,
    Decline,
}

impl From<WrittenAction> for Action {
    fn from(written: WrittenAction) -> Self {
        match written {
            WrittenAction::Approve => Action::Approve,
            WrittenAction::Review => Action::Review,
            WrittenAction::Decline => Action::Decline,
        }
    }
}

impl Expect {
    pub(super) fn rule_names(&self) -> impl Iterator<Item = &str> {
        let all = self.fired.iter().chain(&self.not_fired).chain(&self.undecided);
        all.map(String::as_str)
    }

    pub(super) fn feature_names(&self) -> impl Iterator<Item = &str> {
        self.features.keys().map(String::as_str)
    }
}

/// The features to show: those that the case names, and those of rules that the case names or that
/// fired.
pub(super) fn features_shown<'d>(
    expect: &'d Expect,
    decision: &'d Decision<'_>,
) -> impl Iterator<Item = &'d str> {
    let mut shown: Vec<&str> = expect.feature_names().collect();
    let expected: Vec<&str> = expect.rule_names().collect();
    let fired = fired_names(decision);
    let ruleset = decision.ruleset;
    for (rule, facts) in ruleset.rules().iter().zip(&ruleset.facts().rules) {
        if expected.contains(&rule.id.as_str()) || fired.contains(&rule.id.as_str()) {
            let new = facts.features.iter().filter(|name| !shown.contains(&name.as_str()));
            shown.extend(new.map(String::as_str).collect::<Vec<_>>());
        }
    }
    shown.into_iter()
}

/// A sentence for each difference.
pub(super) fn differences(expect: &Expect, decision: &Decision<'_>) -> Vec<String> {
    let fired = fired_names(decision);
    let undecided = undecided_names(decision);
    let mut out = Vec::new();
    for rule in expect.fired.iter().filter(|rule| !fired.contains(&rule.as_str())) {
        let why = match mode_of(decision, rule) {
            _ if undecided.contains(&rule.as_str()) => "is undecided",
            Some(Mode::Off) => "is off",
            _ => "did not fire",
        };
        out.push(format!("`{rule}` {why}; fired: {}", listed(&fired)));
    }
    for rule in expect.not_fired.iter().filter(|rule| fired.contains(&rule.as_str())) {
        out.push(format!("`{rule}` fired: \"{}\"", message_of(decision, rule)));
    }
    for rule in expect.undecided.iter().filter(|rule| !undecided.contains(&rule.as_str())) {
        out.push(format!("`{rule}` is not undecided; undecided: {}", listed(&undecided)));
    }
    out.extend(action_difference(expect, decision, &fired));
    out.extend(score_difference(expect, decision, &fired));
    out.extend(message_difference(expect, decision));
    out.extend(feature_differences(expect, decision));
    out
}

fn action_difference(expect: &Expect, decision: &Decision<'_>, fired: &[&str]) -> Option<String> {
    let expected = Action::from(expect.action?);
    let assessment = decision.assessment;
    (assessment.action != expected).then(|| {
        let (is, score) = (assessment.action.name(), assessment.score);
        format!("action is {is} (score {score}), not {}; fired: {}", expected.name(), listed(fired))
    })
}

fn score_difference(expect: &Expect, decision: &Decision<'_>, fired: &[&str]) -> Option<String> {
    let (expected, score) = (expect.score?, decision.assessment.score);
    (score != expected)
        .then(|| format!("score is {score}, not {expected}; fired: {}", listed(fired)))
}

fn message_difference(expect: &Expect, decision: &Decision<'_>) -> Option<String> {
    let expected = expect.message.as_deref()?;
    let messages: Vec<&str> = fired(decision).map(|rule| rule.message.as_str()).collect();
    (!messages.contains(&expected))
        .then(|| format!("no rule says \"{expected}\"; what is said: {}", listed(&messages)))
}

fn feature_differences<'d>(
    expect: &'d Expect,
    decision: &'d Decision<'_>,
) -> impl Iterator<Item = String> + 'd {
    expect.features.iter().filter_map(|(name, expected)| {
        match decision.ruleset.answer(name, decision.evaluation) {
            Some(answer) if expected.agrees(answer) => None,
            Some(answer) => Some(format!("`{name}` is {answer}, not {expected}")),
            None => Some(format!("`{name}` has no value: this message runs no rules")),
        }
    })
}

/// The rules that fired, including shadow rules.
fn fired<'d>(decision: &'d Decision<'_>) -> impl Iterator<Item = &'d Fired> {
    decision.evaluation.fired.iter().chain(&decision.evaluation.shadow)
}

fn fired_names<'d>(decision: &'d Decision<'_>) -> Vec<&'d str> {
    fired(decision).filter_map(|fired| name_of(decision, fired.rule)).collect()
}

fn undecided_names<'d>(decision: &'d Decision<'_>) -> Vec<&'d str> {
    let evaluation = decision.evaluation;
    let all = evaluation.undecided.iter().chain(&evaluation.shadow_undecided);
    all.filter_map(|rule| name_of(decision, *rule)).collect()
}

fn mode_of(decision: &Decision<'_>, rule: &str) -> Option<Mode> {
    let rules = decision.ruleset.rules();
    rules.iter().find(|known| known.id == rule).map(|known| known.mode)
}

pub(super) fn name_of<'d>(decision: &'d Decision<'_>, rule: usize) -> Option<&'d str> {
    decision.ruleset.rules().get(rule).map(|rule| rule.id.as_str())
}

fn message_of<'d>(decision: &'d Decision<'_>, rule: &str) -> &'d str {
    let is_it = |fired: &&Fired| name_of(decision, fired.rule) == Some(rule);
    fired(decision).find(is_it).map_or("", |fired| &fired.message)
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
