//! Tests a reload of the rules in a running `redcard run`: how new rules take effect, and what
//! happens if they are invalid.

mod swaps;

use crate::support::messages::{Charge, HOUR_MS, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, Topics};
use crate::support::{PATIENCE, broker, client, rules, wait_until, wait_within};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

/// A running `redcard` whose rules are in a folder that the test may change.
struct ReloadFixture {
    brokers: &'static str,
    topics: Topics,
    redcard: Redcard,
    folder: TempDir,
    sent: usize,
}

impl ReloadFixture {
    /// Starts it with the rules that `make` puts into the folder. Polling is effectively off, so
    /// only file events or SIGHUP cause a reload.
    fn start(stem: &str, make: impl FnOnce(&Path)) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, 2);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules");
        fs::create_dir(&path).unwrap();
        make(&path);
        let setup = Setup::new(brokers, &topics)
            .set("rules", "path", path.to_str().unwrap())
            .set("rules", "poll_interval", "1d")
            .set("log", "format", "json");
        Self { brokers, topics, redcard: setup.start_ready(), folder, sent: 0 }
    }

    fn with_rules(stem: &str, text: &str) -> Self {
        Self::start(stem, |path| fs::write(path.join("a.toml"), text).unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("rules").join(name)
    }

    fn wait_version(&self, version: &str) {
        self.redcard.wait_metric("redcard_ruleset_info", &[("version", version)], 1.0);
    }

    /// Sends a charge and waits for its decision.
    fn decide(&mut self, charge: &Charge) -> Value {
        client::produce(self.brokers, &self.topics.transactions, &[charge.record()]);
        self.sent += 1;
        let decisions = client::read_at_least(self.brokers, &self.topics.decisions, self.sent);
        let own = decisions.iter().map(|record| record.json());
        own.into_iter().find(|decision| decision["transaction_id"] == charge.id()).unwrap()
    }

    /// The version that scores the next charge, and whether its rule fires.
    fn next(&mut self) -> (String, bool) {
        let id = format!("next-{}", self.sent);
        let decision = self.decide(&Charge::new(&id, "c_next", yesterday_ms(), 1_250));
        let fired = !decision["rules"].as_array().unwrap().is_empty();
        (decision["ruleset"]["version"].as_str().unwrap().to_owned(), fired)
    }

    /// The note about the ruleset in `/readyz`, which must answer 200.
    fn note(&self) -> Option<String> {
        let (status, body) = self.redcard.get("/readyz").unwrap();
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        body["notes"]["ruleset"].as_str().map(str::to_owned)
    }

    fn wait_note(&self, part: &str) -> String {
        let noted = wait_within(PATIENCE, || self.note().filter(|note| note.contains(part)));
        noted.unwrap_or_else(|| panic!("{:?} does not say {part}", self.note()))
    }

    fn reloads(&self, result: &str) -> f64 {
        self.redcard.metrics().sum("redcard_ruleset_reloads_total", &[("result", result)])
    }
}

#[test]
fn a_rule_added_by_reload_with_a_window_of_a_day_is_right_on_the_next_transaction() {
    let mut fixture = ReloadFixture::with_rules("day", &rules::daily("1", "amount > 5000.00"));
    let now = yesterday_ms();
    for (number, hours_ago) in [30, 23, 17, 9, 2].into_iter().enumerate() {
        let time = now - hours_ago * HOUR_MS;
        let decision = fixture.decide(&Charge::new(&format!("day-{number}"), "c_day", time, 2_000));
        assert_eq!((&decision["score"], &decision["ruleset"]["version"]), (&0.into(), &"1".into()));
    }
    fs::write(fixture.path("a.toml"), rules::daily("2", "charges_24h >= 4")).unwrap();
    fixture.wait_version("2");
    let decision = fixture.decide(&Charge::new("now", "c_day", now, 2_000));
    assert_eq!(decision["ruleset"]["version"], "2");
    let rule = &decision["rules"][0];
    assert_eq!((&rule["id"], &rule["message"]), (&"daily".into(), &"4 charges in a day".into()));
    let alert = client::read_at_least(fixture.brokers, &fixture.topics.alerts, 1).remove(0).json();
    assert_eq!(alert["ruleset"], decision["ruleset"]);
    let info = fixture.redcard.metrics();
    let hash = decision["ruleset"]["hash"].as_str().unwrap();
    assert_eq!(info.sum("redcard_ruleset_info", &[("version", "2"), ("hash", hash)]), 1.0);
    assert_eq!(info.sum("redcard_ruleset_info", &[]), 1.0, "one ruleset is active");
    let log = fixture.redcard.stop();
    assert!(log.contains("a new ruleset is active"), "{log}");
}

#[test]
fn an_invalid_ruleset_leaves_the_old_one_active_and_is_reported_until_it_is_fixed() {
    let mut fixture = ReloadFixture::with_rules("bad", &rules::daily("1", "amount > 0.00"));
    let failing = rules::daily("2", "amount > 0.00")
        + "\n[[test]]\nname = \"cheap\"\ntransactions = [\n  { time = \"10:00:00\", amount = 1.00, expect = { not_fired = [\"daily\"] } },\n]\n";
    let mut refused = 0.0;
    for (text, note, log) in [
        (
            rules::daily("2", "amuont > 0.00"),
            "a.toml:13:11: nothing is named `amuont`",
            "13 | when = '''amuont > 0.00'''",
        ),
        (failing, "test \"cheap\": transaction 1: `daily` fired", "1 of 1 tests failed"),
    ] {
        fs::write(fixture.path("a.toml"), text).unwrap();
        let noted = fixture.wait_note(note);
        assert!(noted.contains("daily 1 (") && noted.contains("stays active"), "{noted}");
        refused += 1.0;
        assert_eq!(fixture.reloads("refused"), refused);
        let errors = errors_logged(&fixture.redcard);
        assert!(
            errors.last().is_some_and(|error| error.contains(log)),
            "{}",
            fixture.redcard.output()
        );
        let metrics = fixture.redcard.metrics();
        assert_eq!(metrics.sum("redcard_ruleset_reload_successful", &[]), 0.0);
        assert_eq!(fixture.next(), ("1".to_owned(), true));
    }
    fs::write(fixture.path("a.toml"), rules::daily("3", "amount > 500.00")).unwrap();
    fixture.wait_version("3");
    assert_eq!(fixture.next(), ("3".to_owned(), false));
    assert_eq!(fixture.note(), None);
    let metrics = fixture.redcard.metrics();
    assert_eq!(metrics.sum("redcard_ruleset_reload_successful", &[]), 1.0);
    fixture.redcard.stop();
}

/// The messages of the errors in the log.
fn errors_logged(redcard: &Redcard) -> Vec<String> {
    let log = redcard.output();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let errors = lines.filter(|line| line["level"] == "ERROR");
    errors.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn temporarily_missing_rules_do_not_end_the_service() {
    let mut fixture = ReloadFixture::with_rules("gone", &rules::daily("1", "amount > 0.00"));
    let (here, there) = (fixture.folder.path().join("rules"), fixture.folder.path().join("there"));
    fs::rename(&here, &there).unwrap();
    fixture.wait_note("cannot read");
    assert_eq!(fixture.next(), ("1".to_owned(), true));
    fs::rename(&there, &here).unwrap();
    wait_until("no note", || fixture.note().is_none().then_some(()));
    fs::write(fixture.path("a.toml"), rules::daily("2", "amount > 0.00")).unwrap();
    fixture.wait_version("2");
    assert!(fixture.redcard.is_running());
    fixture.redcard.stop();
}

#[test]
fn a_config_map_is_swapped_as_kubernetes_does() {
    let mut fixture = ReloadFixture::start("config-map", |path| {
        fs::create_dir(path.join("..1")).unwrap();
        fs::write(path.join("..1/a.toml"), rules::daily("1", "amount > 500.00")).unwrap();
        symlink("..1", path.join("..data")).unwrap();
        symlink("..data/a.toml", path.join("a.toml")).unwrap();
    });
    assert_eq!(fixture.next(), ("1".to_owned(), false));
    for (old, new) in [("..1", "..2"), ("..2", "..3")] {
        fs::create_dir(fixture.path(new)).unwrap();
        fs::write(fixture.path(new).join("a.toml"), rules::daily(&new[2..], "amount > 0.00"))
            .unwrap();
        symlink(new, fixture.path("..data_tmp")).unwrap();
        fs::rename(fixture.path("..data_tmp"), fixture.path("..data")).unwrap();
        fs::remove_dir_all(fixture.path(old)).unwrap();
        fixture.wait_version(&new[2..]);
        assert_eq!(fixture.next(), (new[2..].to_owned(), true));
    }
    assert_eq!((fixture.reloads("replaced"), fixture.reloads("refused")), (2.0, 0.0));
    fixture.redcard.stop();
}

/// A write through a hard link in a folder that is not watched causes no event.
#[test]
fn sighup_reloads_the_rules_and_logs_if_they_are_unchanged() {
    let mut fixture = ReloadFixture::with_rules("sighup", &rules::daily("1", "amount > 500.00"));
    let other = fixture.folder.path().join("other-name");
    fs::create_dir(&other).unwrap();
    fs::hard_link(fixture.path("a.toml"), other.join("a.toml")).unwrap();
    fixture.redcard.signal("HUP");
    wait_until("an answer", || (fixture.reloads("unchanged") == 1.0).then_some(()));
    assert!(fixture.redcard.output().contains("the ruleset is unchanged"));
    fs::write(other.join("a.toml"), rules::daily("2", "amount > 0.00")).unwrap();
    assert_eq!(fixture.next(), ("1".to_owned(), false), "no change was reported");
    fixture.redcard.signal("HUP");
    fixture.wait_version("2");
    assert_eq!(fixture.next(), ("2".to_owned(), true));
    fixture.redcard.stop();
}

#[test]
fn sighup_does_not_end_a_service_without_brokers_or_rule_files() {
    let unreachable = format!("127.0.0.1:{}", crate::support::ports::free());
    let mut redcard = Setup::new(&unreachable, &Topics::named("unreachable")).start();
    wait_until("it listens", || redcard.get("/livez"));
    redcard.signal("HUP");
    wait_until("an answer", || redcard.output().contains("SIGHUP: ").then_some(()));
    assert!(redcard.is_running());
    redcard.stop();
}
