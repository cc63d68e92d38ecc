//! Tests Prometheus' rules: promtool accepts them, and each alert fires exactly when it should, is
//! complete and has a section in the runbook. The notifier's own alerts have sections as well.

use super::promql::{RULES, problems, rules};
use super::{file, read, read_yaml};
use crate::support::tools;
use redcard::notify::ALERT_NAMES;
use serde_json::Value;
use std::collections::BTreeSet;

const RUNBOOK: &str = "docs/operating/runbook.md";
const CASES: &[&str] = &[
    "tests/prometheus/alerts.yml",
    "tests/prometheus/alerts-of-days.yml",
    "tests/prometheus/alerts-of-notify.yml",
];

/// The parts of a runbook section, in this order.
const PARTS: &[&str] = &["**Symptom.**", "**Meaning.**", "**Check.**", "**Action.**"];

fn alerts() -> Vec<(String, Value)> {
    let named = |rule: Value| Some((rule["alert"].as_str()?.to_owned(), rule));
    rules().filter_map(named).collect()
}

fn promtool(arguments: &[&str], paths: &[&str]) {
    let paths = paths.iter().map(|path| file(path));
    let output = tools::promtool().args(arguments).args(paths).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&printed));
}

#[test]
fn promtool_accepts_the_rules() {
    promtool(&["check", "rules"], RULES);
}

#[test]
fn each_alert_fires_when_it_should_and_not_when_it_should_not() {
    promtool(&["test", "rules"], CASES);
}

#[test]
fn the_precision_of_declines_is_estimated_as_the_library_does() {
    promtool(&["test", "rules"], &["tests/prometheus/control.yml"]);
}

#[test]
fn each_alert_has_firing_and_quiet_cases() {
    let (mut firing, mut quiet) = (BTreeSet::new(), BTreeSet::new());
    for path in CASES {
        let cases = read_yaml(path);
        let tests = cases["tests"].as_array().unwrap().iter();
        for check in tests.flat_map(|test| test["alert_rule_test"].as_array().unwrap()) {
            let name = check["alertname"].as_str().unwrap().to_owned();
            let fires = !check["exp_alerts"].as_array().unwrap().is_empty();
            if fires {
                firing.insert(name)
            } else {
                quiet.insert(name)
            };
        }
    }
    let all: BTreeSet<String> = alerts().into_iter().map(|(name, _)| name).collect();
    assert_eq!(firing, all, "cases in which it fires");
    assert_eq!(quiet, all, "cases in which it does not");
}

#[test]
fn every_rule_names_only_existing_metrics_and_labels() {
    for rule in rules() {
        let found = problems(rule["expr"].as_str().unwrap(), "");
        assert!(found.is_empty(), "{rule}: {found:?}");
    }
}

#[test]
fn each_alert_has_a_severity_a_summary_and_a_description() {
    for (name, alert) in alerts() {
        let severity = alert["labels"]["severity"].as_str().unwrap();
        assert!(matches!(severity, "critical" | "warning"), "{name}: {severity}");
        for key in ["summary", "description"] {
            let text = alert["annotations"][key].as_str();
            assert!(text.is_some_and(|text| text.len() > 15), "{name}: {key}");
        }
        let expected = format!("{RUNBOOK}#{}", name.to_lowercase());
        assert_eq!(alert["annotations"]["runbook_url"], expected, "{name}");
        assert!(alert["for"].is_string(), "{name}: a single bad scrape is no alert");
    }
}

#[test]
fn each_alert_has_its_section_in_the_runbook_and_no_section_is_about_another() {
    let runbook = read(RUNBOOK);
    let sections: Vec<(&str, &str)> = runbook
        .split("\n### ")
        .skip(1)
        .filter(|section| section.starts_with("Redcard"))
        .map(|section| section.split_once('\n').unwrap())
        .collect();
    let named: BTreeSet<&str> = sections.iter().map(|(name, _)| *name).collect();
    assert_eq!(named.len(), sections.len(), "two sections of one name");
    let alerts = alerts();
    let of_rules: BTreeSet<&str> = alerts.iter().map(|(name, _)| name.as_str()).collect();
    let of_notify = BTreeSet::from(ALERT_NAMES);
    assert!(of_rules.is_disjoint(&of_notify), "one name, two alerts");
    assert_eq!(named, &of_rules | &of_notify);
    for (name, text) in sections {
        let places: Vec<_> = PARTS.iter().map(|part| text.find(part)).collect();
        assert!(places.iter().all(Option::is_some), "{name} lacks one of {PARTS:?}");
        assert!(places.is_sorted(), "{name}: {PARTS:?} in this order");
    }
}

#[test]
fn prometheus_of_the_compose_file_evaluates_the_rules() {
    let config = read_yaml("config/prometheus/prometheus.yml");
    let rules = config["rule_files"][0].as_str().unwrap();
    assert_eq!(rules, "rules/*.yml");
    assert!(std::fs::metadata(file("config/prometheus/rules")).unwrap().is_dir());
}
