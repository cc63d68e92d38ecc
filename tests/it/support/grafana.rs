//! Reads Grafana's dashboards from this repository, and their queries as Grafana would send them.

use serde_json::Value;
use std::path::Path;

/// A dashboard in config/grafana/dashboards.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The name of its file.
    pub name: String,
    pub model: Value,
}

/// An expression that a dashboard sends to Prometheus.
#[derive(Debug, Clone)]
pub struct Query {
    /// The title of the panel or the name of the annotation.
    pub title: String,
    pub expression: String,
    pub legend: String,
}

/// A variable that is filled by `label_values(selector, label)`.
#[derive(Debug, Clone)]
pub struct Variable {
    pub name: String,
    pub selector: String,
    pub label: String,
    /// The value for *All*; if `None`, all values of the variable.
    pub all_value: Option<String>,
    /// The default selection.
    pub chosen: Vec<String>,
}

/// How a dashboard stores the selection *All*.
const ALL: &str = "$__all";

/// Variable names with the values that replace them.
pub type Values<'v> = [(&'v str, &'v str)];

/// All dashboards, ordered by file name.
pub fn dashboards() -> Vec<Dashboard> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/grafana/dashboards");
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let read = |path: &std::path::PathBuf| Dashboard {
        name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        model: serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
    };
    names.iter().map(read).collect()
}

impl Dashboard {
    /// All panels except rows.
    pub fn panels(&self) -> impl Iterator<Item = &Value> {
        self.model["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row")
    }

    pub fn queries(&self) -> Vec<Query> {
        let queries = self.panels().flat_map(|panel| {
            let targets = panel["targets"].as_array().unwrap().iter();
            targets.map(|target| query(&panel["title"], target))
        });
        queries.collect()
    }

    pub fn annotations(&self) -> Vec<Query> {
        let list = self.model["annotations"]["list"].as_array().unwrap().iter();
        list.map(|annotation| query(&annotation["name"], &annotation["target"])).collect()
    }

    /// The variables that query Prometheus.
    pub fn variables(&self) -> Vec<Variable> {
        let list = self.model["templating"]["list"].as_array().unwrap().iter();
        list.filter(|variable| variable["type"] == "query").map(variable).collect()
    }
}

impl Variable {
    /// The value that Grafana substitutes for the default selection, given all values of the
    /// variable.
    pub fn by_default(&self, values: &[String]) -> String {
        let all = self.chosen.iter().any(|chosen| chosen == ALL);
        match &self.all_value {
            Some(value) if all => value.clone(),
            _ if all => format!("({})", values.join("|")),
            _ => format!("({})", self.chosen.join("|")),
        }
    }
}

fn query(title: &Value, target: &Value) -> Query {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Query {
        title: text(title),
        expression: text(&target["expr"]),
        legend: text(&target["legendFormat"]),
    }
}

fn variable(variable: &Value) -> Variable {
    let text = variable["query"]["query"].as_str().unwrap();
    let inside = text.strip_prefix("label_values(").and_then(|text| text.strip_suffix(')'));
    let (selector, label) = inside.unwrap().rsplit_once(", ").unwrap();
    let chosen = variable["current"]["value"].as_array().into_iter().flatten();
    Variable {
        name: variable["name"].as_str().unwrap().to_owned(),
        selector: selector.to_owned(),
        label: label.to_owned(),
        all_value: variable["allValue"].as_str().map(str::to_owned),
        chosen: chosen.map(|value| value.as_str().unwrap().to_owned()).collect(),
    }
}

/// The expression with its variables replaced; panics if one is left.
pub fn substituted(expression: &str, values: &Values<'_>) -> String {
    let mut text = expression.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("${name}"), value);
    }
    assert!(!text.contains('$'), "a variable without a value: {text}");
    text
}
