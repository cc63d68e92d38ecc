//! Tests the dashboards: redcard runs under load on a real Kafka broker and goes through everything
//! that a panel shows, while a real Prometheus scrapes it. Each query must then return data that
//! changes.
//!
//! ```text
//! an open transaction delays restores ─▶ warm-up ─▶ load ─▶ a second instance
//!   ─▶ a target rejects notifications, then responds slowly ─▶ invalid rules, then valid rules
//!   ─▶ an instance pauses ─▶ the broker is down ─▶ one instance ends
//!   ─▶ every query of every dashboard
//! ```

mod load;
mod system;

use crate::support::grafana::{Dashboard, Query, dashboards, substituted};
use crate::support::prometheus::{Prometheus, Series, now_s};
use system::{JOB, MonitoredSystem, NOTIFIER_JOB};

/// The values of `$rule` for which a panel of *Rule detail* may show data: a live rule and a shadow
/// rule have different panels.
const RULE_VALUES: &[&str] = &["large", "tried-out"];

/// Series that are constant by design or unless something is very wrong: dashboard, panel, legend.
const CONSTANT_SERIES: &[(&str, &str, &str)] = &[
    ("redcard-notify.json", "Paused", ""),
    ("redcard-service.json", "Decision latency against the objective", "objective"),
    ("redcard-service.json", "Requests that failed", "records refused"),
    ("redcard-service.json", "Stuck shards", ""),
];

#[test]
fn every_dashboard_query_has_data_and_reacts_to_what_it_shows() {
    let began_s = now_s();
    let mut system = MonitoredSystem::start();
    system.exercise_every_panel();
    let span = (began_s, now_s());
    let mut wrong = Vec::new();
    for dashboard in dashboards() {
        let chosen = chosen_by_default(&system.prometheus, &dashboard, &mut wrong);
        for query in dashboard.queries() {
            let series = query_series(&system.prometheus, &query, &chosen, span);
            wrong.extend(problem(&dashboard, &query, &series));
        }
        for annotation in dashboard.annotations() {
            if query_series(&system.prometheus, &annotation, &chosen, span).is_empty() {
                wrong.push(format!("{}: {annotation:?} marks nothing", dashboard.name));
            }
        }
    }
    for (rule, error) in system.prometheus.rules() {
        wrong.extend(error.map(|error| format!("rule {rule}: {error}")));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The values that Grafana gives the variables of a dashboard when it is opened. Each variable must
/// have values, and the job must be the one that the dashboard is about.
fn chosen_by_default(
    prometheus: &Prometheus,
    dashboard: &Dashboard,
    wrong: &mut Vec<String>,
) -> Vec<(String, String)> {
    let mut chosen = Vec::new();
    for variable in dashboard.variables() {
        let selector = substituted(&variable.selector, &values("", "1s", &chosen));
        let there_are = prometheus.label_values(&selector, &variable.label);
        if there_are.is_empty() {
            wrong.push(format!("{}: {variable:?} has no values", dashboard.name));
        }
        let value = variable.by_default(&there_are);
        let expected = match variable.name.as_str() {
            "job" => Some(JOB),
            "notifier" => Some(NOTIFIER_JOB),
            _ => None,
        };
        if expected.is_some_and(|job| value != format!("({job})")) {
            wrong.push(format!("{}: {variable:?} is {value}", dashboard.name));
        }
        chosen.push((variable.name, value));
    }
    chosen
}

/// The series of a query over the whole test, for each value of `$rule` if the query uses it.
fn query_series(
    prometheus: &Prometheus,
    query: &Query,
    chosen: &[(String, String)],
    span: (f64, f64),
) -> Vec<Series> {
    let range = format!("{}s", (span.1 - span.0).ceil());
    let rules = if query.expression.contains("$rule") { RULE_VALUES } else { &[""] };
    let series = rules.iter().flat_map(|rule| {
        let expression = substituted(&query.expression, &values(rule, &range, chosen));
        prometheus.over(&expression, span)
    });
    series.collect()
}

/// The values of the variables; `$rule` has no default, because the reader chooses it.
fn values<'v>(
    rule: &'v str,
    range: &'v str,
    chosen: &'v [(String, String)],
) -> Vec<(&'v str, &'v str)> {
    let mut values = vec![("__rate_interval", "5s"), ("__range", range), ("rule", rule)];
    values.extend(chosen.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    values
}

fn problem(dashboard: &Dashboard, query: &Query, series: &[Series]) -> Option<String> {
    let Query { title, expression, legend } = query;
    let place = (dashboard.name.as_str(), title.as_str(), legend.as_str());
    let what = if !series.iter().any(Series::has_number) {
        "has no data"
    } else if !series.iter().any(Series::moves) && !CONSTANT_SERIES.contains(&place) {
        "does not move"
    } else {
        return None;
    };
    let last = series.iter().map(|series| (&series.labels, series.values.last()));
    Some(format!("{place:?} {what}: {expression}: {:?}", last.take(3).collect::<Vec<_>>()))
}
