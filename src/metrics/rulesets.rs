//! Exports the active ruleset, and the attempts to replace it.

use super::exported_ruleset::{ExportedRuleset, RuleLabels};
use super::labels::mode_name;
use super::outcomes::ReloadResult;
use super::register::{count, set_info};
use super::service::Metrics;
use crate::rules::{Ruleset, RulesetId};
use crate::transaction::Time;
use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::time::Duration;

impl Metrics {
    /// Exports this ruleset as the active one. Each of its rules starts at 0 or keeps its count.
    /// The series of rules that are in neither this ruleset nor the previous one are removed.
    pub fn ruleset_in_force(&self, ruleset: &Ruleset) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        self.show_id(shown.id.replace(ruleset.id.clone()), &ruleset.id);
        self.control_share.set(ruleset.control.map_or(0.0, |control| control.share));
        drop(self.recorder(ruleset));
        let rules = labels(ruleset);
        let before = std::mem::replace(&mut shown.rules, rules);
        let gone = std::mem::replace(&mut shown.rules_before, before);
        for rule in &gone {
            self.forget_rule(rule, &shown);
        }
    }

    /// An attempt to replace the ruleset, which took `took`.
    pub fn reload(&self, result: ReloadResult, took: Duration) {
        count(&self.reloads, result.name());
        self.reload_duration.observe(took.as_secs_f64());
        self.reload_successful.set(i64::from(result != ReloadResult::Refused));
    }

    /// When the files were last read and found valid.
    pub fn ruleset_loaded(&self, at: Time) {
        self.ruleset_loaded.set(at.millis().div_euclid(1000));
    }

    fn show_id(&self, old: Option<RulesetId>, new: &RulesetId) {
        set_info(&self.ruleset_info, &[&new.name, &new.version, &new.hash]);
        if let Some(old) = old.filter(|old| old != new) {
            // An error means that the series does not exist, which is the goal.
            let _ = self.ruleset_info.remove_label_values(&[&old.name, &old.version, &old.hash]);
        }
    }

    fn forget_rule(&self, rule: &RuleLabels, shown: &ExportedRuleset) {
        let (id, severity, mode) = rule;
        let still = || shown.rules.iter().chain(&shown.rules_before);
        if !still().any(|shown| shown == rule) {
            let _ = self.rule_fired.remove_label_values(&[id.as_str(), severity, mode]);
        }
        if !still().any(|(shown, ..)| shown == id) {
            let _ = self.rule_undecided.remove_label_values(&[id.as_str()]);
            let _ = self.rule_snoozed.remove_label_values(&[id.as_str()]);
            let _ = self.shadow_alerts.remove_label_values(&[id.as_str()]);
            self.alert_families.forget_rule(id);
        }
    }
}

fn labels(ruleset: &Ruleset) -> BTreeSet<RuleLabels> {
    let of = |rule: &crate::rules::RuleInfo| {
        (rule.id.clone(), rule.severity.name(), mode_name(rule.mode))
    };
    ruleset.rules().iter().map(of).collect()
}
