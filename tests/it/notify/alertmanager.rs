//! Runs a real Alertmanager with the shipped configuration, but with the test's receiver and short
//! waits.

use super::receiver::Receiver;
use crate::support::guard::Guarded;
use crate::support::{PATIENCE, http, ports, tools, wait_until, wait_within};
use serde_json::Value;
use std::process::Stdio;
use tempfile::TempDir;

const SHIPPED: &str = "config/alertmanager/alertmanager.yml";
/// Values of the shipped configuration, and their replacements for tests.
const QUICKER: [(&str, &str); 4] = [
    ("group_wait: 30s", "group_wait: 1s"),
    ("group_interval: 5m", "group_interval: 1s"),
    ("group_interval: 1m", "group_interval: 1s"),
    ("http://localhost:9099", "@RECEIVER@"),
];

pub struct Alertmanager {
    process: Option<Guarded>,
    port: u16,
    directory: TempDir,
}

impl Alertmanager {
    /// Starts an Alertmanager that notifies the receiver.
    pub fn start(receiver: &Receiver) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED);
        let mut config = std::fs::read_to_string(shipped).unwrap();
        for (slow, quick) in QUICKER {
            assert!(config.contains(slow), "{SHIPPED} has no {slow}");
            config = config.replace(slow, &quick.replace("@RECEIVER@", &receiver.url("")));
        }
        std::fs::write(directory.path().join("alertmanager.yml"), config).unwrap();
        let mut own = Self { process: None, port: ports::free(), directory };
        own.launch();
        own
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops it gracefully; its notification log persists, its alerts do not.
    pub fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        process.signal("TERM");
        assert!(process.wait(PATIENCE).is_some(), "Alertmanager does not end");
    }

    /// Starts it again on the same port and storage.
    pub fn launch(&mut self) {
        let file = |name: &str| self.directory.path().join(name);
        let log = std::fs::File::create(file("log")).unwrap();
        let mut command = tools::alertmanager();
        command
            .arg(format!("--config.file={}", file("alertmanager.yml").display()))
            .arg(format!("--storage.path={}", file("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{}", self.port))
            .arg("--cluster.listen-address=")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let directory = Some(self.directory.path().to_owned());
        self.process = Some(Guarded::spawn(&mut command, directory).unwrap());
        let ready = wait_within(PATIENCE, || self.get("/-/ready"));
        let log = || std::fs::read_to_string(file("log")).unwrap_or_default();
        assert!(ready.is_some(), "Alertmanager does not start:\n{}", log());
    }

    /// Its active alerts, ordered by their labels.
    pub fn alerts(&self) -> Vec<Value> {
        let text = self.get("/api/v2/alerts").unwrap_or_default();
        let mut alerts: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        alerts.sort_by_key(|alert| alert["labels"].to_string());
        alerts
    }

    /// Waits until an active alert of the rule has the given count.
    pub fn wait_count(&self, rule: &str, count: u64) -> Value {
        let count = count.to_string();
        wait_until(&format!("Alertmanager counts {count} of {rule}"), || {
            let mut alerts = self.alerts().into_iter();
            alerts.find(|alert| {
                alert["labels"]["rule"] == rule && alert["annotations"]["count"] == count
            })
        })
    }

    fn get(&self, path: &str) -> Option<String> {
        http::get_body(&format!("{}{path}", self.url()))
    }
}
