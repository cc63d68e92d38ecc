//! Starts a real Apache Kafka broker on loopback: one shared by the whole test binary, or one that
//! a single test can stop and restart.
//!
//! ```text
//! jars (once) ─▶ two free ports ─▶ format storage ─▶ start ─▶ metadata answers ─▶ ready
//!                    ▲                                 │
//!                    └──── address in use ─────────────┘
//! ```

use super::guard::Guarded;
use super::hanging::Operator;
use super::secure::Listener;
use super::{PATIENCE, client, environment, jars, ports, wait_within};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

const ADVICE: &str = "\
The integration tests need Apache Kafka. They start it by themselves where `java` (17 or later) and
`mvn` are installed and Maven Central can be reached; `scripts/test` installs these on Debian and
Ubuntu. Or name a running broker: REDCARD_TEST_BROKERS=host:port scripts/test";

const START_ATTEMPTS: usize = 5;
const START_LIMIT: Duration = Duration::from_secs(300);
const STOP_LIMIT: Duration = Duration::from_secs(120);
/// For test brokers, which do little work: start quickly.
const FAST_START: &[&str] = &["-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
/// For measured brokers: run as fast as possible.
#[allow(dead_code, reason = "the benchmark's alone")]
const FAST_RUN: &[&str] = &["-Xmx1g"];
/// Any 16 bytes in base64url; brokers may share it because each has its own storage.
const CLUSTER_ID: &str = "cmVkY2FyZC10ZXN0cy0wMQ";
const TAIL_LINES: usize = 30;

/// The addresses of the broker that the tests share; it ends with this process.
pub fn shared() -> &'static str {
    static SHARED: LazyLock<Result<Shared, String>> =
        LazyLock::new(|| match environment("REDCARD_TEST_BROKERS") {
            Some(addresses) => Shared::named(addresses),
            None => Broker::start(false)
                .map(|broker| Shared { addresses: broker.addresses(), _broker: Some(broker) }),
        });
    match &*SHARED {
        Ok(shared) => &shared.addresses,
        Err(error) => panic!("{error}\n\n{ADVICE}"),
    }
}

struct Shared {
    addresses: String,
    /// Keeps the pipe to the watchdog open: see `guard`.
    _broker: Option<Broker>,
}

impl Shared {
    fn named(addresses: String) -> Result<Self, String> {
        wait_within(PATIENCE, || (client::brokers_known(&addresses) > 0).then_some(()))
            .ok_or(format!("no broker answers at REDCARD_TEST_BROKERS={addresses}"))?;
        Ok(Self { addresses, _broker: None })
    }
}

/// Settings of every broker in a cluster, added to those of a single broker.
const CLUSTER_SETTINGS: &str = "
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
min.insync.replicas=2
";

/// A broker that belongs to one test.
#[derive(Debug)]
pub struct Broker {
    directory: PathBuf,
    port: u16,
    controller_port: u16,
    /// A listener in addition to the plain one.
    secure: Option<Listener>,
    /// Options of the Java virtual machine.
    options: &'static [&'static str],
    process: Option<Guarded>,
    /// Watches the broker after a restart.
    operator: Option<Operator>,
}

impl Broker {
    /// Starts a broker with empty storage; a secure one also listens with TLS and SASL.
    fn start(secure: bool) -> Result<Self, String> {
        Self::start_with(secure, FAST_START)
    }

    /// Starts a broker whose code is fully optimised by the Java virtual machine.
    #[allow(dead_code, reason = "the benchmark's alone")]
    pub fn start_for_measuring() -> Result<Self, String> {
        Self::start_with(false, FAST_RUN)
    }

    fn start_with(secure: bool, options: &'static [&'static str]) -> Result<Self, String> {
        retry_if_address_in_use(|libs| {
            let mut broker = Self::prepared(secure, options)?;
            broker.format(libs, "")?;
            broker.launch(libs)?;
            Ok(broker)
        })
    }

    /// Starts a broker; if that fails, panics with advice.
    pub fn start_or_panic() -> Self {
        Self::start(false).unwrap_or_else(|error| panic!("{error}\n\n{ADVICE}"))
    }

    /// Starts a cluster of `size` brokers, at least three.
    pub fn start_cluster_or_panic(size: usize) -> Vec<Self> {
        Self::start_cluster(size).unwrap_or_else(|error| panic!("{error}\n\n{ADVICE}"))
    }

    fn start_cluster(size: usize) -> Result<Vec<Self>, String> {
        retry_if_address_in_use(|libs| {
            let mut brokers = (0..size)
                .map(|_| Self::prepared(false, FAST_START))
                .collect::<Result<Vec<Self>, String>>()?;
            let voters: Vec<String> = (1..)
                .zip(&brokers)
                .map(|(node, broker)| format!("{node}@127.0.0.1:{}", broker.controller_port))
                .collect();
            for (node, broker) in (1..).zip(&mut brokers) {
                // If a setting occurs twice, the later one applies.
                let own = format!("node.id={node}\ncontroller.quorum.voters={}", voters.join(","));
                broker.format(libs, &(own + CLUSTER_SETTINGS))?;
            }
            // The brokers answer only once a majority of them runs, so all are started first.
            brokers.iter_mut().try_for_each(|broker| broker.spawn(libs))?;
            brokers.iter_mut().try_for_each(|broker| broker.wait_ready(size))?;
            Ok(brokers)
        })
    }

    /// Starts a broker that also listens with TLS and SASL.
    pub fn start_secure_or_panic() -> Self {
        Self::start(true).unwrap_or_else(|error| panic!("{error}\n\n{ADVICE}"))
    }

    /// The process id, while the broker runs.
    #[allow(dead_code, reason = "the benchmark's alone")]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Guarded::id)
    }

    pub fn addresses(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The secure listener; panics if the broker has none.
    pub fn secure(&self) -> &Listener {
        self.secure.as_ref().unwrap()
    }

    /// Stops the broker gracefully; its storage persists.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal("TERM");
            if process.wait(STOP_LIMIT).is_none() {
                process.kill();
            }
        }
    }

    /// Kills the broker; its storage persists.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Restarts the broker on the same port and storage. Transactions that it leaves open are aborted.
    pub fn restart(&mut self) {
        self.stop();
        self.operator = None;
        let libs = jars::fetched().unwrap();
        self.launch(&libs).unwrap_or_else(|error| panic!("the broker did not restart: {error}"));
        self.operator = Some(Operator::watch(self.log(), self.addresses(), libs));
    }

    /// A broker with ports and an empty directory, not yet started.
    fn prepared(secure: bool, options: &'static [&'static str]) -> Result<Self, String> {
        let (port, controller_port) = (ports::free(), ports::free());
        let directory =
            jars::work_directory().join(format!("broker-{}-{port}", std::process::id()));
        let mut broker = Self {
            directory,
            port,
            controller_port,
            secure: None,
            options,
            process: None,
            operator: None,
        };
        let failed = |e: std::io::Error| format!("a broker's settings: {e}");
        let _ = std::fs::remove_dir_all(&broker.directory);
        std::fs::create_dir_all(&broker.directory).map_err(failed)?;
        if secure {
            broker.secure = Some(Listener::prepare(&broker.directory)?);
        }
        Ok(broker)
    }

    fn write_settings(&self, more: &str) -> std::io::Result<()> {
        let plain = std::fs::read_to_string(jars::settings_directory().join("server.properties"))?;
        let secure = self.secure.as_ref().map(Listener::settings).transpose()?;
        let settings = (plain + &secure.unwrap_or_default() + more)
            .replace("@BROKER_PORT@", &self.port.to_string())
            .replace("@CONTROLLER_PORT@", &self.controller_port.to_string())
            .replace("@DATA@", &self.directory.join("data").display().to_string());
        std::fs::write(self.settings(), settings)
    }

    /// Formats its storage, with `settings` in addition to those of tests/kafka.
    fn format(&self, libs: &Path, settings: &str) -> Result<(), String> {
        self.write_settings(settings).map_err(|e| format!("a broker's settings: {e}"))?;
        let mut command = java(libs, &["-Xmx64m", "-XX:TieredStopAtLevel=1"]);
        command
            .args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"])
            .arg(self.settings());
        if self.secure.is_some() {
            command.args(Listener::format_arguments());
        }
        let output = command.output().map_err(|e| format!("`java` cannot be run: {e}"))?;
        let printed = [output.stdout, output.stderr].concat();
        match output.status.success() {
            true => Ok(()),
            false => Err(format!(
                "Kafka's storage was not formatted:\n{}",
                tail(&String::from_utf8_lossy(&printed))
            )),
        }
    }

    fn launch(&mut self, libs: &Path) -> Result<(), String> {
        self.spawn(libs)?;
        self.wait_ready(1)
    }

    fn spawn(&mut self, libs: &Path) -> Result<(), String> {
        let log = std::fs::File::create(self.log()).map_err(|e| e.to_string())?;
        let logging = jars::settings_directory().join("log4j2.yaml");
        let mut command = java(libs, self.options);
        command
            .arg(format!("-Dlog4j2.configurationFile={}", logging.display()))
            // Native libraries are unpacked there, and remain if the process is killed.
            .arg(format!("-Djava.io.tmpdir={}", self.directory.display()))
            .arg("kafka.Kafka")
            .arg(self.settings())
            .stdin(Stdio::null())
            .stderr(log.try_clone().map_err(|e| e.to_string())?)
            .stdout(log);
        let process = Guarded::spawn(&mut command, Some(self.directory.clone()))
            .map_err(|e| format!("`java` cannot be run: {e}"))?;
        self.process = Some(process);
        Ok(())
    }

    /// Waits until the broker knows this many brokers: the port opens before it is ready.
    fn wait_ready(&mut self, brokers: usize) -> Result<(), String> {
        let addresses = self.addresses();
        let outcome = wait_within(START_LIMIT, || {
            let running = self.process.as_mut().is_some_and(Guarded::is_running);
            if !running {
                return Some(Err("Kafka ended while it was starting"));
            }
            (client::brokers_known(&addresses) >= brokers).then_some(Ok(()))
        });
        outcome.unwrap_or(Err("Kafka did not answer in time")).map_err(|what| {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            format!("{what}:\n{}", tail(&log))
        })
    }

    fn settings(&self) -> PathBuf {
        self.directory.join("server.properties")
    }

    fn log(&self) -> PathBuf {
        self.directory.join("broker.log")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            eprintln!("the end of the broker's log:\n{}", tail(&log));
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Starts a broker or a cluster with the jars, again if another process has taken one of its ports.
fn retry_if_address_in_use<T>(start: impl Fn(&Path) -> Result<T, String>) -> Result<T, String> {
    let libs = jars::fetched()?;
    let mut problem = String::new();
    for _ in 0..START_ATTEMPTS {
        match start(&libs) {
            Err(error) if error.contains("Address already in use") => problem = error,
            started => return started,
        }
    }
    Err(problem)
}

/// A call of Java with the broker's jars.
pub fn java(libs: &Path, options: &[&str]) -> Command {
    let mut command = Command::new("java");
    command.args(options).arg("-cp").arg(libs.join("*"));
    command
}

/// The last lines of a log, for an error message.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
