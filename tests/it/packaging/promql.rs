//! Compares the names in a PromQL expression with the metrics that redcard exports and the series
//! that rules record.

use super::read_yaml;
use redcard::metrics::{FAMILIES, Family, FamilyKind, NOTIFY_FAMILIES};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub const RULES: &[&str] =
    &["config/prometheus/rules/redcard.yml", "config/prometheus/rules/redcard-notify.yml"];

/// Labels that Prometheus adds to every series.
const TARGET_LABELS: &[&str] = &["instance", "job"];

/// The metric that Prometheus itself records for every target.
const UP: &str = "up";

/// Words of PromQL and Grafana that are neither metrics nor labels.
const WORDS: &[&str] = &[
    "abs",
    "absent",
    "and",
    "avg_over_time",
    "clamp_max",
    "clamp_min",
    "count",
    "delta",
    "deriv",
    "histogram_quantile",
    "increase",
    "label_replace",
    "max",
    "min",
    "min_over_time",
    "offset",
    "or",
    "predict_linear",
    "rate",
    "sort_desc",
    "sum",
    "time",
    "topk",
    "unless",
    "vector",
];

/// Names of the series that the rules record.
static RECORDED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    rules().filter_map(|rule| rule["record"].as_str().map(str::to_owned)).collect()
});

/// Every rule of the shipped files.
pub fn rules() -> impl Iterator<Item = Value> {
    let groups =
        RULES.iter().flat_map(|path| read_yaml(path)["groups"].as_array().unwrap().clone());
    groups.flat_map(|group| group["rules"].as_array().unwrap().clone())
}

/// The labels of a metric's series; `None` if the metric does not exist.
pub fn labels(metric: &str) -> Option<BTreeSet<String>> {
    let own: Vec<&str> = match metric {
        UP => Vec::new(),
        recorded if RECORDED.contains(recorded) => level(recorded).collect(),
        exported => {
            let mut families = FAMILIES.iter().chain(NOTIFY_FAMILIES);
            families.find_map(|family| labels_of(family, exported))?
        }
    };
    Some(own.into_iter().chain(TARGET_LABELS.iter().copied()).map(str::to_owned).collect())
}

/// The labels in a recorded name: it begins with the labels that its series keep, as in
/// `job_rule:…`.
fn level(recorded: &str) -> impl Iterator<Item = &str> {
    recorded.split(':').next().unwrap_or_default().split('_')
}

fn labels_of(family: &Family, metric: &str) -> Option<Vec<&'static str>> {
    let suffix = metric.strip_prefix(family.name)?;
    let mut labels = family.labels.to_vec();
    match (family.kind, suffix) {
        (FamilyKind::Histogram, "_bucket") => labels.push("le"),
        (FamilyKind::Histogram, "_sum" | "_count")
        | (FamilyKind::Counter | FamilyKind::Gauge, "") => {}
        _ => return None,
    }
    Some(labels)
}

/// Describes what is wrong with an expression and its legend.
pub fn problems(expression: &str, legend: &str) -> Vec<String> {
    let quoted = Regex::new(r#""[^"]*""#).unwrap();
    let duration = Regex::new(r"\[[^\]]*\]|\boffset\s+[$\w]+").unwrap();
    let selector = Regex::new(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?").unwrap();
    let words = r"by|without|on|ignoring|group_left|group_right";
    let grouping = Regex::new(&format!(r"\b(?:{words})\s*\(([^)]*)\)")).unwrap();
    let label = Regex::new(r"\{\{\s*(\w+)\s*\}\}").unwrap();
    let plain =
        quoted.replace_all(expression, "").replace("=~", "=").replace("!=", "=").replace("!~", "=");
    let plain = duration.replace_all(&plain, "").into_owned();

    let mut found = Vec::new();
    let mut grouped = BTreeSet::new();
    for group in grouping.captures_iter(&plain) {
        let names = group[1].split(',').map(str::trim).filter(|name| !name.is_empty());
        grouped.extend(names.map(str::to_owned));
    }
    let mut known = BTreeSet::new();
    let without_grouping = grouping.replace_all(&plain, "").into_owned();
    for named in selector.captures_iter(&without_grouping).filter(|c| !WORDS.contains(&&c[1])) {
        let Some(labels) = labels(&named[1]) else {
            found.push(format!("no metric {}", &named[1]));
            continue;
        };
        for label in named.get(2).map_or("", |m| m.as_str()).split(',').filter(|l| !l.is_empty()) {
            let label = label.trim().trim_end_matches('=');
            if !labels.contains(label) {
                found.push(format!("{} has no label {label}", &named[1]));
            }
        }
        known.extend(labels);
    }
    for label in grouped.iter().filter(|label| !known.contains(*label)) {
        found.push(format!("grouped by {label}, which no metric of it has"));
    }
    for shown in label.captures_iter(legend).filter(|shown| !grouped.contains(&shown[1])) {
        found.push(format!("the legend shows {}, by which nothing is grouped", &shown[1]));
    }
    found
}

#[test]
fn a_query_with_an_unknown_name_is_caught() {
    let check = |expression: &str, legend: &str, count: usize| {
        let found = problems(expression, legend);
        assert_eq!(found.len(), count, "{expression}: {found:?}");
    };
    check("sum(rate(redcard_records_read_total[1m]))", "read", 0);
    check("sum(rate(redcard_record_read_total[1m]))", "read", 1);
    check("sum by (action) (rate(redcard_decisions_total{action=~\"a|b\"}[1m]))", "{{action}}", 0);
    check("sum by (actions) (rate(redcard_decisions_total[1m]))", "", 1);
    check("sum(rate(redcard_decisions_total{kind=\"a\", instance=\"b\"}[1m]))", "", 1);
    check(
        "histogram_quantile(0.5, sum by (le) (rate(redcard_decision_duration_seconds_bucket[1m])))",
        "",
        0,
    );
    check(
        "histogram_quantile(0.5, sum by (le) (rate(redcard_decision_duration_seconds[1m])))",
        "",
        2,
    );
    check("sum(rate(redcard_decisions_total[1m]))", "{{action}}", 1);
    check("redcard_records_read_total / other_total", "", 1);
    check("job_rule:redcard_rule_alerts:rate5m{rule=\"a\"} > 10", "", 0);
    check("job_rule:redcard_rule_alerts:rate6m > 10", "", 1);
    check("job:redcard_decisions:increase1d{rule=\"a\"}", "", 1);
    check("up{job=\"redcard\"} == 0 unless on (job) redcard_ready offset 5m > 1", "", 0);
    check("up == 0 unless on (rule) redcard_ready", "", 1);
}
