//! What a case expects of a decision, and how the decision differs from it.

use crate::decision::Decision;
use crate::rules::{Action, Fired};
use serde::Deserialize;

/// `expect = { … }`: what is not named is not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// Live rules that fire, among others.
    #[serde(default)]
    pub fired: Vec<String>,
    /// Live rules that don't.
    #[serde(default)]
    pub not_fired: Vec<String>,
    /// Live rules that cannot be decided, among others.
    #[serde(default)]
    undecided: Vec<String>,
    action: Option<WrittenAction>,
    score: Option<i32>,
    /// The message of one of the rules that fire.
    message: Option<String>,
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
}

/// A sentence for each difference.
pub(super) fn differences(expect: &Expect, decision: &Decision<'_>) -> Vec<String> {
    let fired = fired_names(decision);
    let undecided = undecided_names(decision);
    let mut out = Vec::new();
    for rule in expect.fired.iter().filter(|rule| !fired.contains(&rule.as_str())) {
        let why = if undecided.contains(&rule.as_str()) { "is undecided" } else { "did not fire" };
        out.push(format!("`{rule}` {why}; fired: {}", listed(&fired)));
    }
    for rule in expect.not_fired.iter().filter(|rule| fired.contains(&rule.as_str())) {
        out.push(format!("`{rule}` fired: \"{}\"", message_of(decision, rule)));
    }
    for rule in expect.undecided.iter().filter(|rule| !undecided.contains(&rule.as_str())) {
        out.push(format!("`{rule}` is decided; undecided: {}", listed(&undecided)));
    }
    out.extend(action_difference(expect, decision, &fired));
    out.extend(score_difference(expect, decision, &fired));
    out.extend(message_difference(expect, decision));
    out
}

fn action_difference(expect: &Expect, decision: &Decision<'_>, fired: &[&str]) -> Option<String> {
    let expected = Action::from(expect.action?);
    let verdict = decision.verdict;
    (verdict.action != expected).then(|| {
        let (is, score) = (verdict.action.name(), verdict.score);
        format!("action is {is} (score {score}), not {}; fired: {}", expected.name(), listed(fired))
    })
}

fn score_difference(expect: &Expect, decision: &Decision<'_>, fired: &[&str]) -> Option<String> {
    let (expected, score) = (expect.score?, decision.verdict.score);
    (score != expected)
        .then(|| format!("score is {score}, not {expected}; fired: {}", listed(fired)))
}

fn message_difference(expect: &Expect, decision: &Decision<'_>) -> Option<String> {
    let expected = expect.message.as_deref()?;
    let said: Vec<&str> =
        decision.evaluation.fired.iter().map(|rule| rule.message.as_str()).collect();
    (!said.contains(&expected))
        .then(|| format!("no rule says \"{expected}\"; what is said: {}", listed(&said)))
}

fn fired_names<'d>(decision: &'d Decision<'_>) -> Vec<&'d str> {
    decision.evaluation.fired.iter().filter_map(|fired| name_of(decision, fired.rule)).collect()
}

fn undecided_names<'d>(decision: &'d Decision<'_>) -> Vec<&'d str> {
    decision.evaluation.undecided.iter().filter_map(|rule| name_of(decision, *rule)).collect()
}

fn name_of<'d>(decision: &'d Decision<'_>, rule: usize) -> Option<&'d str> {
    decision.ruleset.rules().get(rule).map(|rule| rule.id.as_str())
}

fn message_of<'d>(decision: &'d Decision<'_>, rule: &str) -> &'d str {
    let is_it = |fired: &&Fired| name_of(decision, fired.rule) == Some(rule);
    decision.evaluation.fired.iter().find(is_it).map_or("", |fired| &fired.message)
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
