//! Ends the transactions that a restarted broker leaves open, as the runbook tells an operator to
//! (docs/operating/runbook.md, RedcardRestoreStuck).
//!
//! A cluster of one broker may take partitions for deleted while it starts, and then never ends the
//! transactions that wrote to them: see docs/concepts/delivery.md. Readers of committed records stop
//! there, whichever client wrote.

use super::broker::java;
use super::now;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the broker usually logs about such partitions.
const SKIPPED: &str = "likely deleted already";
/// The number in `tests/kafka/server.properties`.
const BROKER_ID: &str = "1";
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How often the tool is called after a partition was skipped: the coordinator first ends the
/// transaction in other partitions, and until then the tool takes it for a live one.
const CALLS: usize = 5;
/// After this time, and then each time that has doubled, the tool is called even if the broker logged
/// nothing. The tool takes a second of the processor.
const FIRST_CALL: Duration = Duration::from_secs(15);
/// Fields of a line of `find-hanging`: topic, partition, and where the transaction starts.
const TOPIC: usize = 0;
const PARTITION: usize = 1;
const START_OFFSET: usize = 5;

/// A thread that watches a broker's log and aborts hanging transactions.
#[derive(Debug)]
pub struct Operator {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Operator {
    pub fn watch(log: PathBuf, brokers: String, libs: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (began, mut next_call) = (now(), FIRST_CALL);
            let (mut skipped, mut calls) = (0, 0);
            while !stopped.load(Ordering::Relaxed) {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                let now_skipped = text.matches(SKIPPED).count();
                if now_skipped > skipped {
                    (skipped, calls) = (now_skipped, CALLS);
                }
                if began.elapsed() >= next_call {
                    (next_call, calls) = (2 * next_call, calls.max(1));
                }
                if calls > 0 {
                    calls -= 1;
                    abort_hanging(&brokers, &libs);
                }
                std::thread::sleep(LOOK_INTERVAL);
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed, and the test fails if it needed it.
            let _ = thread.join();
        }
    }
}

fn abort_hanging(brokers: &str, libs: &Path) {
    // A maximum of 0 minutes: those that are open and that the coordinator does not know.
    let find = ["find-hanging", "--broker-id", BROKER_ID, "--max-transaction-timeout", "0"];
    for line in transactions(brokers, libs, &find).lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [Some(topic), Some(partition), Some(start)] =
            [TOPIC, PARTITION, START_OFFSET].map(|at| fields.get(at).copied())
        else {
            continue;
        };
        eprintln!("aborting a hanging transaction: {topic}, partition {partition}, from {start}");
        let abort = ["abort", "--topic", topic, "--partition", partition, "--start-offset", start];
        transactions(brokers, libs, &abort);
    }
}

/// What `kafka-transactions.sh` prints.
fn transactions(brokers: &str, libs: &Path, arguments: &[&str]) -> String {
    let mut command = java(libs, &["-Xmx64m", "-XX:TieredStopAtLevel=1"]);
    command.args(["org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server", brokers]);
    let output = command.args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
