//! Runs Flink and Kafka Streams: each is a Java program in a separate process, with a directory for
//! its state and its output.

use super::rules::rates_file;
use super::support::broker::tail;
use super::support::guard::Guarded;
use super::support::jars;
use anyhow::ensure;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The same for both: the collector that takes the least CPU time, and a heap larger than either
/// needs.
const JAVA_OPTIONS: &[&str] = &[
    "-server",
    "-Xms2g",
    "-Xmx2g",
    "-XX:+UseParallelGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    // Flink's default configuration has these for Java 17.
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Flink,
    Streams,
}

impl Program {
    const ALL: [Self; 2] = [Self::Flink, Self::Streams];

    fn name(self) -> &'static str {
        match self {
            Self::Flink => "flink",
            Self::Streams => "streams",
        }
    }

    fn main_class(self) -> &'static str {
        match self {
            Self::Flink => "redcard.peers.flink.FlinkPeer",
            Self::Streams => "redcard.peers.streams.StreamsPeer",
        }
    }

    /// The directory with the program's jars.
    fn libs(self) -> PathBuf {
        let target = jars::work_directory();
        target.with_file_name("peers").join(self.name()).join("libs")
    }
}

/// Fails if Maven has not built the peers.
pub fn check_built() -> anyhow::Result<()> {
    for program in Program::ALL {
        let libs = program.libs();
        let is_built = std::fs::metadata(&libs).is_ok_and(|found| found.is_dir());
        ensure!(is_built, "{} does not exist; run benches/peers/run", libs.display());
    }
    Ok(())
}

/// What a peer is started with.
pub struct Job<'j> {
    pub brokers: &'j str,
    /// Also the prefix of the transactional ids.
    pub group: &'j str,
    pub input: &'j str,
    pub output: &'j str,
    /// The peer's own last arguments.
    pub more: &'j [String],
}

/// A running peer; it is killed and its directory removed when this is dropped.
pub struct Peer {
    process: Guarded,
    directory: TempDir,
}

impl Peer {
    pub fn start(program: Program, job: &Job<'_>) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let output = std::fs::File::create(directory.path().join("output"))?;
        let state = directory.path().join("state");
        std::fs::create_dir(&state)?;
        let mut command = Command::new("java");
        command
            .args(JAVA_OPTIONS)
            // Native libraries are unpacked there, and remain if the process is killed.
            .arg(format!("-Djava.io.tmpdir={}", directory.path().display()))
            .arg("-cp")
            .arg(program.libs().join("*"))
            .arg(program.main_class())
            .args([job.brokers, job.group, job.input, job.output])
            .arg(rates_file())
            .arg(&state)
            .args(job.more)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let process = Guarded::spawn(&mut command, Some(directory.path().to_owned()))?;
        Ok(Self { process, directory })
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// The last lines that the peer has printed.
    pub fn output(&self) -> String {
        let bytes = std::fs::read(self.directory.path().join("output")).unwrap_or_default();
        tail(&String::from_utf8_lossy(&bytes))
    }
}
