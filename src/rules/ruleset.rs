//! A compiled ruleset: what decisions, metrics and listings read of it.
//!
//! Its evaluation is in `evaluate_ruleset.rs`, the answers to questions in `query.rs`, explanations in
//! `explain/`.

use super::analysis::Facts;
use super::control::Control;
use super::diagnostics::Diagnostics;
use super::environment::Environment;
use super::program::Program;
use super::rule_info::RuleInfo;
use std::collections::BTreeMap;

/// Name, version and content hash (the first 16 hex digits of a SHA-256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesetId {
    /// As the `[ruleset]` table states it.
    pub name: String,
    /// As the `[ruleset]` table states it. Two different rulesets may have the same version.
    pub version: String,
    /// Covers the names and contents of all rules files and of the files that they name, but not the
    /// folder that they are in. Lower-case hexadecimal.
    pub hash: String,
}

/// A compiled ruleset: immutable, shared by every shard.
#[derive(Debug)]
pub struct Ruleset {
    /// Part of every decision and alert.
    pub id: RulesetId,
    /// The lowest score that results in a review.
    pub review: i32,
    /// The lowest score that results in a decline.
    pub decline: i32,
    /// The time before and after a published alert of a card in which no alert of the same or a
    /// lower severity is published; 0 for none.
    pub alert_cooldown_ms: i64,
    /// The share of declines that are let through; `None` for none, the default.
    pub control: Option<Control>,
    /// What it was compiled against. Memory must have the same retention and cap.
    pub environment: Environment,
    pub(super) rules: Vec<RuleInfo>,
    pub(super) facts: Facts,
    pub(super) program: Program,
}

impl Ruleset {
    /// Whether decisions are the same whatever the card's token is: no rule is limited to a share of
    /// the cards by its `rollout`, and no declines are let through.
    pub fn is_alike_for_every_card(&self) -> bool {
        self.control.is_none() && self.program.rules.iter().all(|rule| rule.rollout.is_none())
    }

    /// Removes every `rollout` and the control share, so that each rule applies to all cards.
    pub fn alike_for_every_card(mut self) -> Self {
        self.control = None;
        self.program.rules.iter_mut().for_each(|rule| rule.rollout = None);
        self
    }

    /// Whether a decline to which this rule contributes points may be let through by
    /// [`Ruleset::control`].
    pub fn allows_control(&self, rule: usize) -> bool {
        let demands = self.rules.get(rule).is_some_and(|rule| rule.action.is_some());
        !demands && self.facts.rules.get(rule).is_some_and(|rule| rule.allows_control)
    }

    /// Every rule, including those that are off, in the order of the files.
    /// [`Fired::rule`](super::Fired::rule) is an index into it.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// The names of the lists that expressions use, each once. The second value is whether the list
    /// has a file; all others have entries only in the lists topic.
    pub fn lists(&self) -> BTreeMap<&str, bool> {
        self.program.lists.iter().map(|list| (&*list.name, list.has_file())).collect()
    }

    /// Adds a lint about each list that has no entries because it has no file and there is no lists
    /// topic.
    pub fn warn_without_topic(&self, out: &mut Diagnostics) {
        for (name, span) in &self.facts.topic_lists {
            out.warning("no-entries", *span, format!("the list `{name}` has no entries"))
                .label("it has no file")
                .help("name its file under [lists], or set `topics.lists` in the configuration");
        }
        out.sort();
    }

    /// What is known about the rules before any transaction.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }
}
