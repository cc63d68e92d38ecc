//! Checks Grafana's dashboards: they follow Grafana's published schema, every query is valid PromQL
//! and names only metrics that redcard exports, and every panel is described.

use super::promql::{labels, problems};
use super::{read, read_yaml};
use crate::support::grafana::{Dashboard, dashboards, substituted};
use crate::support::tools;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Values for Grafana's variables in queries that are only parsed.
const ANY: &[(&str, &str)] = &[
    ("__rate_interval", "1m"),
    ("__range", "1h"),
    ("job", ".*"),
    ("notifier", ".*"),
    ("instance", ".*"),
    ("rule", "any"),
];

#[test]
fn the_dashboards_match_the_documentation() {
    let titles: Vec<(String, String)> = dashboards()
        .iter()
        .map(|d| (d.name.clone(), d.model["title"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        ("redcard-fraud.json", "redcard: fraud overview"),
        ("redcard-notify.json", "redcard: notifications"),
        ("redcard-rule.json", "redcard: rule detail"),
        ("redcard-service.json", "redcard: service"),
    ];
    assert_eq!(titles, expected.map(|(name, title)| (name.to_owned(), title.to_owned())));
}

#[test]
fn they_follow_the_published_schema() {
    let schema = serde_json::from_str(&read("tests/schemas/grafana-dashboard.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = |model: &Value| -> Vec<String> {
        validator.iter_errors(model).map(|e| format!("{}: {e}", e.instance_path())).collect()
    };
    for Dashboard { name, model } in dashboards() {
        assert_eq!(errors(&model), [""; 0], "{name}");
        for (path, value) in [
            ("/panels/0/tittle", json!("misspelt")),
            ("/panels/0/options/colourMode", json!("value")),
            ("/panels/0/type", json!("speedometer")),
            ("/panels/0/gridPos/w", json!("wide")),
        ] {
            let mut wrong = model.clone();
            let (parent, key) = path.rsplit_once('/').unwrap();
            wrong.pointer_mut(parent).unwrap()[key] = value;
            assert!(!errors(&wrong).is_empty(), "{name}: {path} is found");
        }
    }
}

#[test]
fn every_query_names_only_metrics_and_labels_that_redcard_exports() {
    for dashboard in dashboards() {
        let name = &dashboard.name;
        let queries = [dashboard.queries(), dashboard.annotations()].concat();
        assert!(queries.len() >= 10, "{name} has {} queries", queries.len());
        for query in queries {
            let found = problems(&query.expression, &query.legend);
            assert!(found.is_empty(), "{name}: {}: {}: {found:?}", query.title, query.expression);
        }
        for variable in dashboard.variables() {
            let found = problems(&variable.selector, "");
            assert!(found.is_empty(), "{name}: {}: {found:?}", variable.name);
            let metric = variable.selector.split('{').next().unwrap();
            assert!(labels(metric).unwrap().contains(&variable.label), "{name}: {variable:?}");
        }
    }
}

#[test]
fn promtool_can_read_every_query() {
    let directory = tempfile::tempdir().unwrap();
    for dashboard in dashboards() {
        let queries = [dashboard.queries(), dashboard.annotations()].concat();
        let rules: Vec<Value> = (0..)
            .zip(&queries)
            .map(|(number, query): (usize, _)| {
                let expression = substituted(&query.expression, ANY);
                json!({"record": format!("query:number{number}"), "expr": expression})
            })
            .collect();
        let rules = json!({"groups": [{"name": "dashboard", "rules": rules}]});
        let path = directory.path().join(format!("{}.yml", dashboard.name));
        std::fs::write(&path, rules.to_string()).unwrap();
        let output = tools::promtool().args(["check", "rules"]).arg(&path).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert!(output.status.success(), "{}: {printed}", dashboard.name);
    }
}

#[test]
fn the_lag_in_ten_minutes_does_not_net_partitions_or_count_a_moved_one_twice() {
    let service = dashboards().into_iter().find(|d| d.name == "redcard-service.json").unwrap();
    let queries = service.queries();
    let panel = queries.iter().find(|query| query.title == "Lag in ten minutes").unwrap();
    let lag = |instance: &str, partition: u32, values: &str| {
        let labels = format!(r#"instance="{instance}", topic="t", partition="{partition}""#);
        json!({"series": format!(r#"redcard_consumer_lag_records{{job="redcard", {labels}}}"#), "values": values})
    };
    let cases = json!({"tests": [{
        "interval": "1m",
        "input_series": [
            lag("a", 0, "0+100x20"),
            // Drains, but must not reduce the lag of the first partition in the sum.
            lag("a", 1, "100000-8000x12"),
            // Moves from one instance to another.
            lag("a", 2, "700x10"),
            lag("b", 2, "_x7 700x11"),
        ],
        "promql_expr_test": [{
            "expr": substituted(&panel.expression, ANY),
            "eval_time": "10m",
            "exp_samples": [{"labels": "{}", "value": 100 * 20 + 700}],
        }],
    }]});
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lag.yml");
    std::fs::write(&path, cases.to_string()).unwrap();
    let output = tools::promtool().args(["test", "rules"]).arg(&path).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&printed));
}

#[test]
fn every_panel_has_a_title_a_description_a_unit_and_the_chosen_data_source() {
    let mut uids = BTreeSet::new();
    for dashboard in dashboards() {
        let Dashboard { name, model } = &dashboard;
        let uid = model["uid"].as_str().unwrap();
        assert!(*name == format!("{uid}.json") && uids.insert(uid.to_owned()), "{name}: {uid}");
        let mut ids = BTreeSet::new();
        for panel in dashboard.panels() {
            let title = panel["title"].as_str().unwrap();
            assert!(ids.insert(panel["id"].as_i64().unwrap()), "{name}: {title}: id twice");
            assert!(panel["description"].as_str().unwrap().len() > 20, "{name}: {title}");
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{name}: {title}");
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{name}: {title}");
            for target in panel["targets"].as_array().unwrap() {
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{name}: {title}");
                assert_ne!(target["range"], target["instant"], "{name}: {title}");
            }
        }
        let annotations = model["annotations"]["list"].as_array().unwrap();
        assert!(annotations.iter().any(|a| a["name"] == "Ruleset changes"), "{name}");
    }
}

/// Otherwise a panel on top of another would hide it.
#[test]
fn no_two_panels_overlap_and_none_is_wider_than_the_page() {
    for dashboard in dashboards() {
        let mut taken = BTreeSet::new();
        for panel in dashboard.model["panels"].as_array().unwrap() {
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24, "{}: {}", dashboard.name, panel["title"]);
            for cell in (at("x")..at("x") + at("w"))
                .flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
            {
                assert!(taken.insert(cell), "{}: {}: {cell:?}", dashboard.name, panel["title"]);
            }
        }
    }
}

#[test]
fn each_dashboard_links_to_the_others_and_every_link_leads_to_one() {
    let all = dashboards();
    let uids: BTreeSet<&str> = all.iter().map(|d| d.model["uid"].as_str().unwrap()).collect();
    for Dashboard { name, model } in &all {
        let own = model["uid"].as_str().unwrap();
        let links = model["links"].as_array().unwrap().iter();
        let linked: BTreeSet<&str> =
            links.map(|link| link["url"].as_str().unwrap().strip_prefix("/d/").unwrap()).collect();
        let others = uids.iter().copied().filter(|uid| *uid != own).collect::<BTreeSet<_>>();
        assert_eq!(linked, others, "{name}");
        let text = model.to_string();
        for link in text.split("\"/d/").skip(1) {
            let uid = link.split(['?', '"']).next().unwrap();
            assert!(uids.contains(uid), "{name}: /d/{uid}");
        }
    }
}

#[test]
fn grafana_is_given_the_data_source_and_a_folder() {
    let sources = read_yaml("config/grafana/provisioning/datasources/prometheus.yml");
    assert_eq!(sources["datasources"][0]["type"], "prometheus");
    let providers = read_yaml("config/grafana/provisioning/dashboards/redcard.yml");
    let provider = &providers["providers"][0];
    assert_eq!(
        (&provider["folder"], &provider["folderUid"]),
        (&"redcard".into(), &"redcard".into())
    );
}
