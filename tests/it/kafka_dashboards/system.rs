//! The services that the dashboards show, and everything that they go through.

use super::load;
use crate::notify::receiver::Receiver;
use crate::support::broker::Broker;
use crate::support::client::{self, OpenTransaction, Outgoing};
use crate::support::guard::Guarded;
use crate::support::messages::traffic;
use crate::support::prometheus::Prometheus;
use crate::support::redcard::{self, Redcard, Setup, Topics};
use crate::support::{now, unique, wait_until, wait_within};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const PARTITIONS: i32 = 4;
pub const JOB: &str = "redcard";
pub const NOTIFIER_JOB: &str = "redcard-notify";
const WARM_UP_CHARGES: usize = 200;
/// Lower than the number of cards, so that some are evicted.
const CARDS_PER_PARTITION: i64 = 60;
const TRANSACTION_TIMEOUT_MS: i64 = 3_000;
/// Longer than a transaction may be open, shorter than the session timeout.
const PAUSE: Duration = Duration::from_millis(5_500);
const SEEN_WITHIN: Duration = Duration::from_secs(5);
const SESSION_TIMEOUT_MS: i64 = 60_000;
const SLOW_ANSWER: Duration = Duration::from_secs(1);

/// Added to the shipped rules. They are in the folder's last file, so that the test can break and
/// repair it.
pub const RULES: &str = r#"
[[rule]]
id = "large"
when = 'merchant.id == "m_grocer" && (amount > 1000.00 || device.id == "stolen")'
points = 700
severity = "high"
reason = "LARGE"
message = "{amount}"

[[rule]]
id = "tried-out"
mode = "shadow"
when = 'merchant.id == "m_grocer" && amount > 60.50'
points = 400
severity = "medium"
reason = "TRIED_OUT"
message = "{amount}"
"#;

/// Half of the declines by the rule `large` are let through.
const CONTROL: &str = "control = { share = 0.5, max_amount = 100_000.00 }";

/// The list is so long that its ruleset takes noticeably longer to load than the one before.
const LISTED: usize = 300_000;

const AGE_P99: &str =
    "histogram_quantile(0.99, sum by (le) (rate(redcard_event_age_seconds_bucket[5s])))";
const REQUEST_P50: &str = "histogram_quantile(0.5, sum by (le) (rate(redcard_notify_request_duration_seconds_bucket[5s])))";
/// The upper bound of the last bucket of `redcard_event_age_seconds`.
const DAY_S: u32 = 86_400;

/// Everything that the dashboards show: brokers, instances, a notifier and its receiver.
pub struct MonitoredSystem {
    broker: Broker,
    topics: Topics,
    group: String,
    folder: TempDir,
    pub prometheus: Prometheus,
    receiver: Receiver,
    notifier: Redcard,
}

impl MonitoredSystem {
    pub fn start() -> Self {
        let broker = Broker::start_or_panic();
        let topics = Topics::created(&broker.addresses(), "dashboards", PARTITIONS);
        let folder = tempfile::tempdir().unwrap();
        copy_shipped_rules(&folder.path().join("rules"));
        let rules =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("config/prometheus/rules/redcard.yml");
        let prometheus = Prometheus::start(&rules);
        let receiver = Receiver::start();
        let notifier = notifier(&broker, &topics, &receiver);
        let group = unique("dashboards");
        let system = Self { broker, topics, group, folder, prometheus, receiver, notifier };
        system.write_rules(RULES);
        system
    }

    fn write_rules(&self, text: &str) {
        fs::write(self.folder.path().join("rules/zz-own.toml"), text).unwrap();
    }

    /// Writes rules with a list, so that the duration of a reload changes.
    fn write_slow_rules(&self) {
        let listed: String = (0..LISTED).map(|n| format!("m_listed_{n}\n")).collect();
        fs::write(self.folder.path().join("rules/listed.txt"), listed).unwrap();
        let unlisted = r#"amount > 60.60 && !(merchant.id in list("listed"))"#;
        let rules = RULES.replace("amount > 60.50", unlisted);
        self.write_rules(&format!("[lists]\nlisted = \"listed.txt\"\n{rules}"));
    }

    /// An instance with a folder for its checkpoints, and with timeouts short enough to expire
    /// during the test. Instances have different commit intervals, so that the duration of a batch
    /// changes when one is added.
    fn instance(&self, name: &str, commit_interval: &str) -> Redcard {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        Setup::new(&self.broker.addresses(), &self.topics)
            .set("kafka", "group_id", self.group.as_str())
            .set("rules", "path", path("rules"))
            .set("topics", "create", true)
            .set("topics", "labels", self.topics.labels.as_str())
            .set("topics", "outcomes", self.topics.outcomes.as_str())
            .set("topics", "lists", self.topics.lists.as_str())
            .set("labels", "mature_after", "0s")
            .set("memory", "warm_up", "1h")
            .set("memory", "cards_per_partition", CARDS_PER_PARTITION)
            .set("memory", "checkpoint_dir", path(name))
            .set("memory", "checkpoint_interval", "2s")
            .set("delivery", "commit_interval", commit_interval)
            .property("statistics.interval.ms", 1_000)
            .property("session.timeout.ms", SESSION_TIMEOUT_MS)
            .property("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
            .start_serving()
    }

    fn simulate(&self) -> Guarded {
        redcard::spawn(&[
            "simulate",
            "--quiet",
            "--seed",
            "1",
            "--brokers",
            &self.broker.addresses(),
            "--topic",
            &self.topics.transactions,
            "--rate",
            "100",
            "--cards",
            "300",
            "--fraud-rate",
            "0.02",
            "--start",
            "-20d",
        ])
    }

    /// Scrapes these instances, the notifier and Prometheus itself.
    fn scrape(&self, instances: &[&Redcard]) {
        let addresses = instances.iter().map(|instance| instance.address()).collect();
        self.prometheus.scrape(&[
            (JOB, addresses),
            (NOTIFIER_JOB, vec![self.notifier.address()]),
            ("prometheus", vec![self.prometheus.address()]),
        ]);
    }

    fn wait(&self, condition: &str) {
        let began = now();
        self.prometheus.wait_for(condition);
        eprintln!("{:>6} ms: {condition}", began.elapsed().as_millis());
    }

    /// Causes everything that a panel shows.
    pub fn exercise_every_panel(&mut self) {
        let brokers = self.broker.addresses();
        let warm_up: Vec<_> =
            traffic("warm-up", 50, WARM_UP_CHARGES).iter().map(|charge| charge.record()).collect();
        client::produce(&brokers, &self.topics.transactions, &warm_up);
        let held = OpenTransaction::begin(&brokers, &self.topics.history);
        let mut first = self.instance("first", "200ms");
        self.scrape(&[&first]);
        self.wait("max(redcard_restore_records_left) > 0 and on () sum(redcard_ready{job=\"redcard\"}) == 0");
        held.abort();
        first.wait_ready();
        self.wait("sum(redcard_warm_up_transactions_total) > 0 and on () sum(redcard_ready{job=\"redcard\"}) == 1");

        let stop = AtomicBool::new(false);
        let topics = self.topics.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| load::run(&brokers, &topics, &stop));
            // Stops the load also if a wait below panics: otherwise the scope would never end.
            let _stopping = StopWhenDropped(&stop);
            self.exercise_under_load(&mut first);
        });
        // A slow machine may lag behind the load.
        self.wait("sum(redcard_consumer_lag_records) < 500");
        first.stop();
    }

    fn exercise_under_load(&mut self, first: &mut Redcard) {
        self.wait(&format!(
            "{AGE_P99} < {DAY_S} and on () sum(rate(redcard_alerts_total[5s])) > 0"
        ));
        self.wait("sum(redcard_rule_outcomes{label=\"fraud\"}) > 0 and on () sum(redcard_missed_fraud) > 0");
        // The simulated transactions are weeks old.
        let simulated = self.simulate();
        self.wait(&format!("{AGE_P99} >= {DAY_S}"));
        let mut second = self.instance("second", "40ms");
        self.scrape(&[first, &second]);
        second.wait_ready();
        self.wait("count(redcard_ready{job=\"redcard\"} == 1) == 2 and on () min(redcard_assigned_partitions) > 0");

        self.fail_notifications();

        self.write_rules("[[rule]]\nid = ");
        self.wait("max(redcard_ruleset_reload_successful) == 0");
        self.write_slow_rules();
        self.wait("min(redcard_ruleset_reload_successful) == 1");
        self.lose_a_transaction(first);
        drop(simulated);

        self.broker.stop();
        self.wait("sum(increase(redcard_commits_total{result=\"ok\"}[3s])) == 0");
        self.broker.restart();
        self.wait("sum(rate(redcard_commits_total{result=\"ok\"}[5s])) > 0");
        second.stop();
        self.wait(
            "sum(up{job=\"redcard\"}) == 1 and on () sum(redcard_partitions{state=\"ready\"}) == 4",
        );
    }
}

impl MonitoredSystem {
    /// A target rejects notifications for a while and then responds slowly; invalid records are
    /// written to the alerts topic, first one and then several.
    fn fail_notifications(&self) {
        self.wait("max(redcard_notify_last_accepted_timestamp_seconds) > 0");
        self.publish_invalid_alerts(1);
        self.receiver.answer(500);
        self.wait(
            "sum(redcard_notify_requests_total{result=\"failed\"}) > 0 \
             and on () max(redcard_notify_unconfirmed_records) > 0 \
             and on () sum(redcard_notify_malformed_total) == 1 \
             and on () sum(redcard_ready{job=\"redcard-notify\"}) == 0",
        );
        // Accepted requests are about a second apart, so only a longer pause shows up as an
        // increase.
        self.wait("time() - max(redcard_notify_last_accepted_timestamp_seconds) > 5");
        self.receiver.answer_after(SLOW_ANSWER);
        self.receiver.answer(200);
        self.publish_invalid_alerts(5);
        self.wait(
            "sum(redcard_ready{job=\"redcard-notify\"}) == 1 \
             and on () sum(redcard_notify_malformed_total) == 6",
        );
        self.wait(&format!("{REQUEST_P50} > 0.5"));
    }

    fn publish_invalid_alerts(&self, count: usize) {
        let records: Vec<_> = (0..count).map(|_| Outgoing::new("c_1", "no alert")).collect();
        client::produce(&self.broker.addresses(), &self.topics.alerts, &records);
    }

    /// Pauses an instance for longer than its transaction may be open. Repeats that if no
    /// transaction was open.
    fn lose_a_transaction(&self, redcard: &mut Redcard) {
        let lost = "sum(increase(redcard_commits_total{result!=\"ok\"}[1m])) > 0";
        wait_until("a transaction is lost", || {
            redcard.signal("STOP");
            std::thread::sleep(PAUSE);
            redcard.signal("CONT");
            wait_within(SEEN_WITHIN, || self.prometheus.holds(lost).then_some(()))
        });
    }
}

/// Starts a notifier that sends to a receiver in place of Alertmanager.
fn notifier(broker: &Broker, topics: &Topics, receiver: &Receiver) -> Redcard {
    Setup::new(&broker.addresses(), topics)
        .service("notify")
        .set("notify", "group_id", unique("notify"))
        .set("notify", "alertmanagers", receiver.url(""))
        .set("notify", "resend_interval", "1s")
        .start_ready()
}

struct StopWhenDropped<'s>(&'s AtomicBool);

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn copy_shipped_rules(to: &Path) {
    fs::create_dir(to).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    let header = to.join("ruleset.toml");
    let text = fs::read_to_string(&header).unwrap();
    let with_control = text.replacen("alert_cooldown", &format!("{CONTROL}\nalert_cooldown"), 1);
    fs::write(header, with_control).unwrap();
}
