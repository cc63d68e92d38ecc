//! Runs the `redcard` binary as a user would: with a configuration file, as a process with a log
//! and HTTP.

use super::guard::Guarded;
use super::metrics::Samples;
use super::{PATIENCE, client, http, ports, unique, wait_within};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const STOP_LIMIT: Duration = PATIENCE;

/// The topics of one test, named after it.
#[derive(Debug, Clone)]
pub struct Topics {
    pub transactions: String,
    pub alerts: String,
    pub dead_letters: String,
    pub history: String,
    pub decisions: String,
    /// These three are not created with the others.
    pub labels: String,
    pub outcomes: String,
    pub lists: String,
}

impl Topics {
    /// Only chooses names, without creating topics.
    pub fn named(stem: &str) -> Self {
        let stem = unique(stem);
        Self {
            transactions: format!("{stem}.transactions"),
            alerts: format!("{stem}.alerts"),
            dead_letters: format!("{stem}.transactions.dlq"),
            history: format!("{stem}.redcard.history"),
            decisions: format!("{stem}.decisions"),
            labels: format!("{stem}.labels"),
            outcomes: format!("{stem}.outcomes"),
            lists: format!("{stem}.lists"),
        }
    }

    /// Creates all five topics, each with `partitions` partitions.
    pub fn created(brokers: &str, stem: &str, partitions: i32) -> Self {
        Self::replicated(brokers, stem, partitions, 1)
    }

    /// The same, with `replicas` replicas.
    pub fn replicated(brokers: &str, stem: &str, partitions: i32, replicas: usize) -> Self {
        let topics = Self::named(stem);
        for topic in [&topics.transactions, &topics.alerts, &topics.dead_letters, &topics.decisions]
        {
            client::create_topic_with(brokers, topic, (partitions, replicas), &[]);
        }
        let kept = [("retention.ms", "-1")];
        client::create_topic_with(brokers, &topics.history, (partitions, replicas), &kept);
        topics
    }
}

/// Declines a card from its third charge on, so that decisions show what is remembered.
pub const THIRD_CHARGE_RULES: &str = "
[ruleset]
name = 'count'
version = '1'
review = 300
decline = 600

[[rule]]
id = 'third'
description = 'The third charge or a later one.'
when = 'card.last(\"7d\").size() >= 2'
points = 700
severity = 'high'
reason = 'THIRD'
message = '{amount} at {merchant.name}'
";

/// What `redcard run` or another service is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    service: &'static str,
    config: toml::Table,
    environment: Vec<(String, String)>,
    /// Files that are written next to the configuration file.
    files: Vec<(String, String)>,
}

impl Setup {
    /// Uses all five topics, one shard, its own group, and a grace period long enough to shut down
    /// on a slow machine; everything else has its default.
    pub fn new(brokers: &str, topics: &Topics) -> Self {
        let setup = Self {
            service: "run",
            config: toml::Table::new(),
            environment: Vec::new(),
            files: Vec::new(),
        };
        setup
            .set("kafka", "brokers", brokers)
            .set("kafka", "group_id", unique("redcard"))
            .set("kafka", "shards", 1)
            .set("topics", "transactions", topics.transactions.as_str())
            .set("topics", "alerts", topics.alerts.as_str())
            .set("topics", "dead_letters", topics.dead_letters.as_str())
            .set("topics", "history", topics.history.as_str())
            .set("topics", "decisions", topics.decisions.as_str())
            .set("topics", "create", false)
            .set("delivery", "shutdown_grace", "2m")
    }

    /// Starts another service instead: `notify`, which has its own listen address.
    #[allow(dead_code, reason = "the benchmark measures `run` alone")]
    pub fn service(self, service: &'static str) -> Self {
        Self { service, ..self }
    }

    /// Sets a key in a section.
    pub fn set(mut self, section: &str, key: &str, value: impl Into<toml::Value>) -> Self {
        let section = self.config.entry(section).or_insert_with(|| toml::Table::new().into());
        section.as_table_mut().unwrap().insert(key.to_owned(), value.into());
        self
    }

    /// Sets a property of the client library.
    pub fn property(mut self, name: &str, value: impl Into<toml::Value>) -> Self {
        let kafka = self.config.entry("kafka").or_insert_with(|| toml::Table::new().into());
        let kafka = kafka.as_table_mut().unwrap();
        let properties = kafka.entry("properties").or_insert_with(|| toml::Table::new().into());
        properties.as_table_mut().unwrap().insert(name.to_owned(), value.into());
        self
    }

    /// Sets an environment variable of the service.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a file next to the configuration file, for a key that names it.
    pub fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Uses these rules instead of the shipped ones.
    pub fn rules(self, text: &str) -> Self {
        self.file("rules.toml", text).set("rules", "path", "rules.toml")
    }

    /// Starts the service and waits until `/readyz` answers 200.
    pub fn start_ready(&self) -> Redcard {
        let mut redcard = self.start();
        redcard.wait_ready();
        redcard
    }

    /// Writes the configuration file and the files next to it.
    pub fn write(&self, directory: &Path) -> PathBuf {
        let config = directory.join("redcard.toml");
        std::fs::write(&config, toml::to_string(&self.config).unwrap()).unwrap();
        for (name, text) in &self.files {
            std::fs::write(directory.join(name), text).unwrap();
        }
        config
    }

    /// Starts the service and waits until it serves HTTP, ready or not.
    pub fn start_serving(&self) -> Redcard {
        let mut redcard = self.start();
        redcard.wait_answer("/livez", |_| true);
        redcard
    }

    /// Starts the service on a free HTTP port.
    pub fn start(&self) -> Redcard {
        let port = ports::free();
        let section = if self.service == "notify" { "notify" } else { "http" };
        let listening = self.clone().set(section, "listen", format!("127.0.0.1:{port}"));
        let directory = tempfile::tempdir().unwrap();
        let config = listening.write(directory.path());
        let create = |name: &str| std::fs::File::create(directory.path().join(name)).unwrap();
        let mut command = command(&[self.service, "--config"]);
        command
            .arg(&config)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(create("stdout"))
            .stderr(create("stderr"));
        let process = Guarded::spawn(&mut command, Some(directory.path().to_owned())).unwrap();
        Redcard { process, port, directory }
    }
}

/// Resources that a process has used since its start.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub cpu: Duration,
    pub resident_bytes: u64,
}

/// A running service; it is killed when this is dropped.
#[derive(Debug)]
pub struct Redcard {
    process: Guarded,
    port: u16,
    directory: TempDir,
}

impl Redcard {
    pub fn wait_ready(&mut self) {
        self.wait_answer("/readyz", |status| status == 200);
    }

    /// Waits until a GET of `path` returns a wanted status; panics if it does not in time.
    fn wait_answer(&mut self, path: &str, wanted: impl Fn(u16) -> bool) {
        let answer = wait_within(PATIENCE, || {
            let running = self.process.is_running();
            assert!(running, "redcard ended while it was starting:\n{}", self.output());
            self.get(path).is_some_and(|(status, _)| wanted(status)).then_some(())
        });
        assert!(answer.is_some(), "{path} did not return that in {PATIENCE:?}:\n{}", self.output());
    }

    /// The address on which it serves HTTP.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Status and body of a GET; `None` if there is no response.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        http::get(&format!("http://{}{path}", self.address()))
    }

    /// One scrape of `/metrics`; panics if it fails.
    pub fn metrics(&self) -> Samples {
        let (status, body) =
            self.get("/metrics").unwrap_or_else(|| panic!("no metrics:\n{}", self.output()));
        assert_eq!(status, 200, "{body}");
        Samples::parse(&body)
    }

    /// Scrapes until the sum of these series is at least `least`, and then once more: in the first
    /// scrape that reaches `least`, other series may not be updated yet.
    pub fn wait_metric(&self, name: &str, labels: &[(&str, &str)], least: f64) -> Samples {
        let mut last = 0.0;
        let reached = wait_within(PATIENCE, || {
            last = self.metrics().sum(name, labels);
            (last >= least).then_some(())
        });
        let reached = reached.is_some();
        assert!(reached, "{name}{labels:?} is {last}, not {least}:\n{}", self.output());
        self.metrics()
    }

    /// The process id.
    #[allow(dead_code, reason = "the benchmark's alone")]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// What the process has used so far; panics if it has ended.
    pub fn usage(&self) -> Usage {
        let read = |file| std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id()));
        let (stat, status) = (read("stat").unwrap(), read("status").unwrap());
        // User and system time in hundredths of a second, after the command's name, which may
        // contain spaces.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kibibytes: u64 = resident.split_whitespace().next().unwrap().parse().unwrap();
        Usage { cpu: Duration::from_millis(10 * ticks), resident_bytes: kibibytes << 10 }
    }

    /// The port on which it serves HTTP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The configuration file that it was started with.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("redcard.toml")
    }

    pub fn signal(&mut self, name: &str) {
        self.process.signal(name);
    }

    /// Waits for the process to end without asking it to; panics if it does not.
    pub fn wait_end(&mut self) -> ExitStatus {
        let status = self.process.wait(STOP_LIMIT);
        status.unwrap_or_else(|| {
            panic!("redcard still runs after {STOP_LIMIT:?}:\n{}", self.output())
        })
    }

    /// Sends SIGTERM and waits for a successful end. Returns all output.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        let status = self.wait_end();
        assert!(status.success(), "redcard ended with {status}:\n{}", self.output());
        self.output()
    }

    /// Standard output and standard error so far.
    pub fn output(&self) -> String {
        let read = |name: &str| {
            let bytes = std::fs::read(self.directory.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        read("stdout") + &read("stderr")
    }
}

/// Prints the service's output if a test fails, because its directory is deleted.
impl Drop for Redcard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("redcard printed:\n{}", self.output());
        }
    }
}

/// Runs a `redcard` command to its end.
pub fn redcard(arguments: &[&str]) -> Output {
    command(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Starts a `redcard` command that runs until it is killed or this is dropped.
pub fn spawn(arguments: &[&str]) -> Guarded {
    let mut command = command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Guarded::spawn(&mut command, None).unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    // A developer's environment must not affect a test.
    for (name, _) in environment_overrides() {
        command.env_remove(name);
    }
    command.args(arguments).env_remove("RUST_LOG");
    command
}

fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_redcard"))
}

#[expect(clippy::disallowed_methods, reason = "looks for what the tested command must not see")]
fn environment_overrides() -> Vec<(String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with("REDCARD__")).collect()
}
