//! Runs a real Prometheus on loopback: it scrapes the test's targets once a second and answers
//! queries.

use super::guard::Guarded;
use super::{PATIENCE, http, ports, tools, wait_until, wait_within, wall_millis};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

const TARGETS: &str = "targets.json";

/// A running Prometheus; it is killed when this is dropped.
#[derive(Debug)]
pub struct Prometheus {
    process: Guarded,
    port: u16,
    directory: TempDir,
}

/// One series of a response: its labels, and its values in order of time.
#[derive(Debug, Clone)]
pub struct Series {
    pub labels: Value,
    pub values: Vec<f64>,
}

impl Series {
    /// Whether it has a finite value.
    pub fn has_number(&self) -> bool {
        self.values.iter().any(|value| value.is_finite())
    }

    /// Whether it has two different finite values.
    pub fn moves(&self) -> bool {
        let mut numbers = self.values.iter().filter(|value| value.is_finite());
        let first = numbers.next();
        numbers.any(|value| Some(value) != first)
    }
}

impl Prometheus {
    /// Starts it without targets; `rules` is a rule file that it evaluates once a second.
    pub fn start(rules: &Path) -> Self {
        let (port, directory) = (ports::free(), tempfile::tempdir().unwrap());
        let at = |name: &str| directory.path().join(name);
        let config = json!({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [rules],
            "scrape_configs": [{"job_name": "targets", "file_sd_configs": [{"files": [at(TARGETS)]}]}],
        });
        std::fs::write(at("prometheus.yml"), config.to_string()).unwrap();
        std::fs::write(at(TARGETS), "[]").unwrap();
        let log = std::fs::File::create(at("log")).unwrap();
        let mut command = tools::prometheus();
        command
            .arg(format!("--config.file={}", at("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", at("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let kept: PathBuf = directory.path().to_owned();
        let process = Guarded::spawn(&mut command, Some(kept)).unwrap();
        let mut prometheus = Self { process, port, directory };
        prometheus.wait_ready();
        prometheus
    }

    fn wait_ready(&mut self) {
        let ready = wait_within(PATIENCE, || {
            assert!(self.process.is_running(), "Prometheus ended:\n{}", self.log());
            self.get("/-/ready", &[]).is_some_and(|(status, _)| status == 200).then_some(())
        });
        assert!(ready.is_some(), "Prometheus is not ready:\n{}", self.log());
    }

    /// The address on which it serves HTTP.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Scrapes only these addresses from now on, each with its job.
    pub fn scrape(&self, jobs: &[(&str, Vec<String>)]) {
        let group = |(job, addresses): &(&str, Vec<String>)| json!({"targets": addresses, "labels": {"job": job}});
        let groups: Vec<Value> = jobs.iter().map(group).collect();
        let next = self.directory.path().join("targets.next");
        std::fs::write(&next, Value::from(groups).to_string()).unwrap();
        std::fs::rename(next, self.directory.path().join(TARGETS)).unwrap();
    }

    /// The series of an expression from `start_s` to `end_s`, one value per second. If the
    /// expression is invalid, panics with Prometheus' error.
    pub fn over(&self, expression: &str, (start_s, end_s): (f64, f64)) -> Vec<Series> {
        let (start, end) = (start_s.to_string(), end_s.to_string());
        let parameters = [("query", expression), ("start", &start), ("end", &end), ("step", "1")];
        let data = self.ask("/api/v1/query_range", &parameters);
        let series = data["result"].as_array().unwrap().iter();
        series.map(|series| read(series, "values")).collect()
    }

    /// Waits until an expression returns a series.
    pub fn wait_for(&self, expression: &str) {
        wait_until(expression, || self.holds(expression).then_some(()));
    }

    /// Whether an expression returns a series now.
    pub fn holds(&self, expression: &str) -> bool {
        let data = self.ask("/api/v1/query", &[("query", expression)]);
        !data["result"].as_array().unwrap().is_empty()
    }

    /// The values of a label on series that match the selector.
    pub fn label_values(&self, selector: &str, label: &str) -> Vec<String> {
        let path = format!("/api/v1/label/{label}/values");
        let data = self.ask(&path, &[("match[]", selector)]);
        data.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    }

    /// Every rule that it evaluates: the name, and the last error if there is one.
    pub fn rules(&self) -> Vec<(String, Option<String>)> {
        let data = self.ask("/api/v1/rules", &[]);
        let groups = data["groups"].as_array().unwrap().iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
        let read = |rule: &Value| {
            let name = rule["name"].as_str().unwrap().to_owned();
            let error = rule["lastError"].as_str().unwrap_or_default();
            (name, (!error.is_empty()).then(|| error.to_owned()))
        };
        rules.map(read).collect()
    }

    fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let (_, body) =
            self.get(path, parameters).unwrap_or_else(|| panic!("no answer:\n{}", self.log()));
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        answer["data"].take()
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Option<(u16, String)> {
        http::get_with(&format!("http://127.0.0.1:{}{path}", self.port), parameters)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

fn read(series: &Value, key: &str) -> Series {
    let pairs = series[key].as_array().unwrap().iter();
    let value = |pair: &Value| pair[1].as_str().unwrap().replace("Inf", "inf").parse().unwrap();
    Series { labels: series["metric"].clone(), values: pairs.map(value).collect() }
}

#[test]
fn a_series_moves_if_two_of_its_numbers_differ() {
    let check = |values: &[f64], has_number: bool, moves: bool| {
        let series = Series { labels: Value::Null, values: values.to_vec() };
        assert_eq!((series.has_number(), series.moves()), (has_number, moves), "{values:?}");
    };
    check(&[], false, false);
    check(&[f64::NAN, f64::INFINITY], false, false);
    check(&[1.0, f64::NAN, 1.0], true, false);
    check(&[f64::NAN, 1.0, 2.0], true, true);
}

/// The current time in Prometheus' format: seconds since 1970.
pub fn now_s() -> f64 {
    wall_millis() as f64 / 1_000.0
}
