//! Which ruleset and rules have series.

use crate::rules::RulesetId;
use std::collections::BTreeSet;

/// The ruleset and the rules that have series. The previous ruleset's rules keep their series until
/// the next replacement: a shard may still add to them, and a last scrape has to see that.
#[derive(Debug, Default)]
pub(super) struct ExportedRuleset {
    pub id: Option<RulesetId>,
    pub rules: BTreeSet<RuleLabels>,
    pub rules_before: BTreeSet<RuleLabels>,
}

/// Id, severity, mode.
pub(super) type RuleLabels = (String, &'static str, &'static str);
