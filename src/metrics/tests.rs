//! Compares the table of families with the registry, the rendered text and the document.

use super::*;
use crate::decode::Reason;
use crate::fixtures::{self, ruleset_of};
use crate::memory::Usage;
use crate::precision::{
    AlertLabel, ByLabel, ControlSums, PrecisionReport, RULES_MAX, RuleControl, RuleOutcomes, Tally,
};
use crate::rules::Ruleset;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const DOCUMENT: &str = include_str!("../../docs/reference/metrics.md");

/// Families without a series before the first alert. `tests/it/kafka_metrics.rs` covers them.
const WITH_THE_FIRST_ALERT: &[&str] =
    &[families::ALERT_COUNTRIES.name, families::AMOUNT_AT_RISK.name];

/// A row of the document's table.
fn row(family: &Family) -> String {
    let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
    let (name, kind) = (family.name, family.kind.name());
    format!("| `{name}` | {kind} | {} | {} |", labels.join(", "), family.help)
}

#[test]
fn the_document_lists_exactly_the_metrics_that_are_exported() {
    let documented: BTreeSet<&str> =
        DOCUMENT.lines().filter(|line| line.starts_with("| `")).collect();
    let exported: Vec<String> = FAMILIES.iter().chain(NOTIFY_FAMILIES).map(row).collect();
    assert_eq!(documented, exported.iter().map(String::as_str).collect());
}

#[test]
fn every_family_is_registered_and_rendered_as_the_table_says() {
    let shadow = rule("b") + "mode = \"shadow\"\n";
    let metrics = Metrics::new(&ruleset_of(&(header("1") + &rule("a") + &shadow)));
    metrics.set_health(true, &[("ready", 1)]);
    metrics.set_consumer_lag("transactions", 0, Some(7));
    metrics.set_restore_left(0, 3);
    metrics.set_memory(0, Usage::default(), Usage::default());
    metrics.set_list_entries(&BTreeMap::from([("snoozes", 1)]));
    metrics.set_outcomes(&outcomes(&["a"]), CENTS);
    metrics.set_outcome_partitions(1, 0);
    let text = metrics.render();
    let shown = || FAMILIES.iter().filter(|family| !WITH_THE_FIRST_ALERT.contains(&family.name));
    for family in shown() {
        let kind = format!("# TYPE {} {}\n", family.name, family.kind.name());
        let help = format!("# HELP {} {}\n", family.name, family.help);
        assert!(text.contains(&kind) && text.contains(&help), "{}\n{text}", family.name);
    }
    assert_eq!(text.matches("# TYPE ").count(), shown().count());
}

/// How many decimals an amount in dollars has.
const CENTS: u8 = 2;

/// An alerted transaction of 12.50 for each rule, labelled as fraud.
fn outcomes(rules: &[&str]) -> PrecisionReport {
    let fraud = Tally { count: 1, amount: 1_250 };
    let by_label = ByLabel { fraud, ..ByLabel::default() };
    let recent = ByLabel { none: Tally { count: 3, amount: 0 }, ..ByLabel::default() };
    let counts = RuleOutcomes { all: by_label, recent };
    let mut sums = ControlSums::default();
    sums.add_cluster(3, 1);
    let control = RuleControl { outcomes: by_label, sums };
    let named = || rules.iter().map(|rule| (*rule).to_owned());
    PrecisionReport {
        rules: named().map(|rule| (rule, counts)).collect(),
        controls: named().map(|rule| (rule, control)).collect(),
        control,
        alerted: by_label,
        missed: fraud,
        ..PrecisionReport::default()
    }
}

#[test]
fn outcomes_are_shown_by_rule_until_no_alert_has_it() {
    let metrics = Metrics::new(&fixtures::high_amount_ruleset());
    assert!(!metrics.render().contains("redcard_outcomes"), "nothing is measured yet");
    metrics.set_outcomes(&outcomes(&["a", "b"]), CENTS);
    let text = metrics.render();
    for series in [
        "redcard_rule_outcomes{label=\"fraud\",rule=\"a\"} 1",
        "redcard_rule_outcomes{label=\"genuine\",rule=\"a\"} 0",
        "redcard_control_outcomes{label=\"fraud\",rule=\"b\"} 1",
        "redcard_control_outcomes{label=\"fraud\",rule=\"(all)\"} 1",
        "redcard_control_clusters{rule=\"a\"} 1",
        "redcard_control_squares{kind=\"declines\",rule=\"a\"} 9",
        "redcard_control_squares{kind=\"fraud\",rule=\"a\"} 1",
        "redcard_control_squares{kind=\"both\",rule=\"(all)\"} 3",
        "redcard_rule_outcomes{label=\"none\",rule=\"b\"} 0",
        "redcard_rule_outcome_amount{label=\"fraud\",rule=\"b\"} 12.5",
        "redcard_rule_recent_outcomes{label=\"fraud\",rule=\"a\"} 0",
        "redcard_rule_recent_outcomes{label=\"none\",rule=\"b\"} 3",
        "redcard_outcomes{label=\"fraud\"} 1",
        "redcard_outcome_amount{label=\"fraud\"} 12.5",
        "redcard_missed_fraud 1",
        "redcard_missed_fraud_amount 12.5",
    ] {
        assert!(text.contains(series), "{series}\n{text}");
    }
    metrics.set_outcomes(&outcomes(&["b"]), CENTS);
    let text = metrics.render();
    assert!(!text.contains("rule=\"a\"") && text.contains("rule=\"b\""), "{text}");
}

#[test]
fn outcomes_of_too_many_rules_are_counted_together() {
    let metrics = Metrics::new(&fixtures::high_amount_ruleset());
    let names: Vec<String> = (0..RULES_MAX + 5).map(|number| format!("r{number:04}")).collect();
    metrics.set_outcomes(&outcomes(&names.iter().map(String::as_str).collect::<Vec<_>>()), CENTS);
    let text = metrics.render();
    let shown = text.lines().filter(|line| line.starts_with("redcard_rule_outcomes{"));
    assert_eq!(shown.count(), (RULES_MAX + 1) * AlertLabel::ALL.len());
    assert!(text.contains("redcard_rule_outcomes{label=\"fraud\",rule=\"other\"} 5"), "{text}");
}

/// The values of each of these labels come from a list that redcard or the operator maintains:
/// redcard's own codes, rules and rulesets with the lists that they name, partitions, ISO 3166-1 and
/// ISO 4217.
const BOUNDED_LABELS: &[&str] = &[
    "action",
    "category",
    "country",
    "currency",
    "field",
    "hash",
    "kept",
    "kind",
    "list",
    "label",
    "mode",
    "name",
    "partition",
    "reason",
    "remedy",
    "result",
    "rule",
    "severity",
    "state",
    "topic",
    "treatment",
    "version",
];

#[test]
fn no_label_can_grow_with_cards_merchants_or_messages() {
    for family in FAMILIES {
        for label in family.labels {
            assert!(BOUNDED_LABELS.contains(label), "{}: {label}", family.name);
        }
    }
}

#[test]
fn known_series_start_at_0_and_a_released_partition_leaves_none() {
    let ruleset = fixtures::high_amount_ruleset();
    let metrics = Metrics::new(&ruleset);
    let before = metrics.render();
    for series in [
        "redcard_rule_fired_total{mode=\"live\",rule=\"high\",severity=\"high\"} 0",
        "redcard_rule_undecided_total{rule=\"high\"} 0",
        "redcard_decisions_total{action=\"review\"} 0",
        "redcard_late_transactions_total{kept=\"false\"} 0",
        "redcard_commits_total{result=\"failed\"} 0",
        "redcard_decision_duration_seconds_bucket{le=\"0.00001\"} 0",
        "redcard_decision_duration_seconds_bucket{le=\"2.5\"} 0",
    ] {
        assert!(before.contains(series), "{series}\n{before}");
    }
    for reason in Reason::ALL {
        assert!(before.contains(&format!("{{reason=\"{}\"}} 0", reason.code())));
    }
    metrics.set_consumer_lag("transactions", 3, Some(7));
    metrics.set_memory(3, Usage::default(), Usage::default());
    assert!(metrics.render().contains("partition=\"3\""));
    metrics.forget_partition("transactions", 3);
    assert!(!metrics.render().contains("partition=\"3\""));
}

#[test]
fn the_counts_of_a_shard_are_visible_after_a_flush() {
    let ruleset = fixtures::high_amount_ruleset();
    let metrics = Metrics::new(&ruleset);
    let recorder = metrics.recorder(&ruleset);
    recorder.read();
    recorder.tombstone();
    recorder.took(Duration::from_micros(30));
    assert!(metrics.render().contains("redcard_records_read_total 0"));
    recorder.flush();
    recorder.flush();
    let text = metrics.render();
    assert!(text.contains("redcard_records_read_total 1"));
    assert!(text.contains("redcard_decision_duration_seconds_bucket{le=\"0.00005\"} 1"));
}

#[test]
fn a_removed_rule_keeps_its_series_for_one_more_ruleset() {
    let rulesets =
        [("1", "a"), ("2", "b"), ("3", "c")].map(|(version, rule)| of_rule(version, rule));
    let metrics = Metrics::new(&rulesets[0]);
    let shown = |metrics: &Metrics| {
        let text = metrics.render();
        let rule =
            |id: &str| text.contains(&format!("redcard_rule_undecided_total{{rule=\"{id}\"}}"));
        let fired = |id: &str| text.contains(&format!("rule=\"{id}\",severity=\"low\"}}"));
        for id in ["a", "b", "c"] {
            assert_eq!(rule(id), fired(id), "{text}");
        }
        let info: Vec<&str> =
            text.lines().filter(|line| line.starts_with("redcard_ruleset_info{")).collect();
        assert_eq!(info.len(), 1, "{text}");
        let version = info[0].split("version=\"").nth(1).unwrap()[..1].to_owned();
        (version, ["a", "b", "c"].into_iter().filter(|id| rule(id)).collect::<String>())
    };
    assert_eq!(shown(&metrics), ("1".into(), "a".into()));
    for (ruleset, expected) in
        [(1, ("2", "ab")), (2, ("3", "bc")), (2, ("3", "c")), (1, ("2", "bc")), (0, ("1", "ab"))]
    {
        metrics.ruleset_in_force(&rulesets[ruleset]);
        assert_eq!(shown(&metrics), (expected.0.into(), expected.1.into()));
    }
}

#[test]
fn a_refused_ruleset_is_visible_until_a_valid_one_is_loaded() {
    let metrics = Metrics::new(&of_rule("1", "a"));
    let shows = |line: &str| assert!(metrics.render().contains(line), "{line}");
    shows("redcard_ruleset_reload_successful 1");
    metrics.reload(ReloadResult::Refused, Duration::from_millis(3));
    shows("redcard_ruleset_reload_successful 0");
    shows("redcard_ruleset_reloads_total{result=\"refused\"} 1");
    metrics.reload(ReloadResult::Unchanged, Duration::from_millis(3));
    metrics.ruleset_loaded(crate::transaction::Time(1_767_607_200_999));
    shows("redcard_ruleset_reload_successful 1");
    shows("redcard_ruleset_loaded_timestamp_seconds 1767607200\n");
    shows("redcard_ruleset_reload_duration_seconds_count 2");
}

fn of_rule(version: &str, id: &str) -> Ruleset {
    ruleset_of(&(header(version) + &rule(id)))
}

fn header(version: &str) -> String {
    format!("[ruleset]\nname = \"t\"\nversion = \"{version}\"\nreview = 300\ndecline = 600\n")
}

fn rule(id: &str) -> String {
    format!(
        "\n[[rule]]\nid = \"{id}\"\nwhen = 'amount > 1'\npoints = 1\nseverity = \"low\"\n\
         reason = \"R\"\nmessage = \"m\"\n"
    )
}
