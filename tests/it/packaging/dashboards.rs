//! Grafana's dashboards: every query is PromQL and names only what redcard exports.

use super::{file, read};
use crate::support::tools;
use redcard::metrics::{FAMILIES, Family, Kind};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What Prometheus itself puts on every series.
const TARGET_LABELS: &[&str] = &["instance", "job"];

/// Words of PromQL and of Grafana that are neither metric nor label.
const WORDS: &[&str] = &[
    "by",
    "count",
    "histogram_quantile",
    "increase",
    "label_values",
    "max",
    "min",
    "offset",
    "or",
    "rate",
    "sum",
    "topk",
    "without",
];

fn dashboards() -> Vec<(String, Value)> {
    let folder = std::fs::read_dir(file("config/grafana/dashboards")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let dashboards = names.map(|name| {
        let text = read(&format!("config/grafana/dashboards/{name}"));
        (name, serde_json::from_str(&text).unwrap())
    });
    dashboards.collect()
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    panels.filter(|panel| panel["type"] != "row").collect()
}

/// Expression and legend of every query of a dashboard.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let targets = panels(dashboard).into_iter().flat_map(|p| p["targets"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    targets.map(|target| (text(&target["expr"]), text(&target["legendFormat"]))).collect()
}

/// The family of a metric's name and the labels that its series have.
fn family(metric: &str) -> Option<(&'static Family, BTreeSet<&'static str>)> {
    FAMILIES.iter().find_map(|family| {
        let suffix = metric.strip_prefix(family.name)?;
        let mut labels: BTreeSet<_> = family.labels.iter().chain(TARGET_LABELS).copied().collect();
        match (family.kind, suffix) {
            (Kind::Histogram, "_bucket") => drop(labels.insert("le")),
            (Kind::Histogram, "_sum" | "_count") => {}
            (Kind::Counter | Kind::Gauge, "") => {}
            _ => return None,
        }
        Some((family, labels))
    })
}

/// What is wrong with a query, in words.
fn problems(expression: &str, legend: &str) -> Vec<String> {
    let quoted = Regex::new(r#""[^"]*""#).unwrap();
    let duration = Regex::new(r"\[[^\]]*\]").unwrap();
    let selector = Regex::new(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?").unwrap();
    let grouping = Regex::new(r"\b(?:by|without)\s*\(([^)]*)\)").unwrap();
    let placeholder = Regex::new(r"\{\{\s*(\w+)\s*\}\}").unwrap();
    let plain = duration
        .replace_all(&quoted.replace_all(expression, "").replace("=~", "=").replace("!=", "="), "")
        .into_owned();

    let mut found = Vec::new();
    let mut grouped = BTreeSet::new();
    for group in grouping.captures_iter(&plain) {
        grouped.extend(group[1].split(',').map(|label| label.trim().to_owned()));
    }
    let mut known = BTreeSet::new();
    let without_grouping = grouping.replace_all(&plain, "").into_owned();
    for named in selector.captures_iter(&without_grouping).filter(|c| !WORDS.contains(&&c[1])) {
        let Some((_, labels)) = family(&named[1]) else {
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
    for label in grouped.iter().filter(|label| !known.contains(label.as_str())) {
        found.push(format!("grouped by {label}, which no metric of it has"));
    }
    for shown in placeholder.captures_iter(legend).filter(|shown| !grouped.contains(&shown[1])) {
        found.push(format!("the legend shows {}, by which nothing is grouped", &shown[1]));
    }
    found
}

#[test]
fn every_query_names_only_metrics_and_labels_that_redcard_exports() {
    let metric = Regex::new(r"label_values\((\w+), (\w+)\)").unwrap();
    for (name, dashboard) in dashboards() {
        let queries = queries(&dashboard);
        assert!(queries.len() >= 10, "{name} has {} queries", queries.len());
        for (expression, legend) in queries {
            let found = problems(&expression, &legend);
            assert!(found.is_empty(), "{name}: {expression}: {found:?}");
        }
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            if let Some(definition) = variable["definition"].as_str() {
                let named = metric.captures(definition).unwrap();
                assert!(family(&named[1]).unwrap().1.contains(&named[2]), "{definition}");
            }
        }
    }
}

#[test]
fn a_query_that_names_what_is_not_there_is_caught() {
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
}

#[test]
fn promtool_can_read_every_query() {
    let directory = tempfile::tempdir().unwrap();
    for (name, dashboard) in dashboards() {
        let rule = |(number, (expression, _)): (usize, (String, String))| {
            let expression =
                expression.replace("$__rate_interval", "1m").replace("$instance", ".*");
            json!({"record": format!("query:number{number}"), "expr": expression})
        };
        let rules: Vec<Value> = queries(&dashboard).into_iter().enumerate().map(rule).collect();
        let rules = json!({"groups": [{"name": "dashboard", "rules": rules}]});
        let path = directory.path().join(format!("{name}.yml"));
        std::fs::write(&path, rules.to_string()).unwrap();
        let output = tools::promtool().args(["check", "rules"]).arg(&path).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn every_panel_has_a_title_a_description_a_unit_and_the_chosen_data_source() {
    let mut uids = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        let uid = dashboard["uid"].as_str().unwrap();
        assert!(name == format!("{uid}.json") && uids.insert(uid.to_owned()), "{name}: {uid}");
        let mut ids = BTreeSet::new();
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap();
            assert!(ids.insert(panel["id"].as_i64().unwrap()), "{name}: {title}: id twice");
            assert!(panel["description"].as_str().unwrap().len() > 20, "{name}: {title}");
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{name}: {title}");
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{name}: {title}");
        }
    }
}
