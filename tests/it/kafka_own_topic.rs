//! Follows docs/start/own-topic.md as a new user would: runs its commands, with its transactions and
//! its configuration, first on a file and then on a topic of the shared broker.
//!
//! Only addresses, and the names that another test or an earlier run may also use, are substituted.

use crate::notify::receiver::Receiver;
use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::guard::Guarded;
use crate::support::messages::{Charge, DAY_MS, HOUR_MS, yesterday_ms};
use crate::support::redcard::Topics;
use crate::support::{PATIENCE, environment, http, ports, unique, wait_until};
use regex::Regex;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const PAGE: &str = include_str!("../../docs/start/own-topic.md");

/// The folder of a user who follows the page, and the environment of the commands.
struct User {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl User {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// A line of the page as a command of a shell that finds this build of `redcard`.
    fn command(&self, line: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_redcard")).parent().unwrap().to_str().unwrap();
        let path = format!("{binary}:{}", environment("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.folder.path()).env_clear().env("PATH", path);
        command.envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    #[track_caller]
    fn run(&self, line: &str, code: i32) -> (String, String) {
        let Output { status, stdout, stderr } = self.command(line).output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{line}:\n{stdout}\n{stderr}");
        (stdout, stderr)
    }

    /// Starts a service, and waits until it is ready at `ready`. Its output goes to the file `log`.
    fn start(&self, line: &str, ready: &str, log: &str) -> Guarded {
        let mut command = self.command(&format!("exec {line}"));
        let create = || fs::File::create(self.folder.path().join(log)).unwrap();
        let output = create();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let mut service = Guarded::spawn(&mut command, None).unwrap();
        wait_until(&format!("{line} is ready"), || {
            assert!(service.is_running(), "{line}:\n{}", self.read(log));
            http::get_body(ready)
        });
        service
    }

    fn stop(&self, mut service: Guarded, log: &str) {
        service.signal("TERM");
        let status = service.wait(PATIENCE).expect("the service ends");
        assert!(status.success(), "{status}:\n{}", self.read(log));
    }
}

/// The fenced blocks of the page in a language, without their indentation.
fn blocks(language: &str) -> Vec<String> {
    let mut lines = PAGE.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(found) = line.trim_start().strip_prefix("```") else { continue };
        let text: Vec<&str> =
            lines.by_ref().map(str::trim_start).take_while(|line| *line != "```").collect();
        if found == language {
            blocks.push(text.join("\n") + "\n");
        }
    }
    blocks
}

/// The commands of the page that are on separate lines, in order.
fn commands() -> Vec<&'static str> {
    let indented = PAGE.lines().filter(|line| line.starts_with("    "));
    indented.map(str::trim_start).collect()
}

/// A command or an address that the page names within a sentence.
fn inline(start: &str) -> &'static str {
    let found = PAGE.split('`').find(|code| code.starts_with(start));
    found.unwrap_or_else(|| panic!("{start} is not on the page"))
}

/// The summary without the duration.
fn untimed(text: &str) -> String {
    Regex::new(r"in \d+\.\d s").unwrap().replace(text, "in … s").into_owned()
}

#[test]
fn every_block_and_command_of_the_page_is_run() {
    assert_eq!((blocks("json").len(), blocks("text").len(), blocks("toml").len()), (2, 1, 1));
    assert_eq!(PAGE.matches("```").count(), 2 * 4, "blocks of another language are not run");
    assert_eq!(commands().len(), 7, "{:#?}", commands());
}

#[test]
fn a_file_is_scored_and_a_setting_fixes_what_the_summary_reports() {
    let user = User::new();
    user.write("transactions.jsonl", &blocks("json").concat());
    let [score, alerts_only, example, check, configured, _, _] = commands()[..] else {
        panic!("{:#?}", commands())
    };
    let (_, stderr) = user.run(score, 1);
    assert_eq!(untimed(&stderr), untimed(&blocks("text")[0]));
    let decisions = user.read("decisions.jsonl");
    assert_eq!(decisions.lines().count(), 1, "{decisions}");
    assert!(decisions.contains("\"transaction_id\":\"1\""), "{decisions}");
    assert_eq!(user.run(alerts_only, 1).0, "", "an approved transaction is not an alert");

    user.run(example, 0);
    let setting = inline("source.amounts = ").trim_start_matches("source.");
    let config = user.read("redcard.toml");
    let changed = config.replacen("amounts = \"minor\"", setting, 1);
    assert_ne!(changed, config);
    user.write("redcard.toml", &changed);
    let (settings, _) = user.run(check, 0);
    assert!(settings.contains(setting), "{settings}");
    let (_, stderr) = user.run(configured, 0);
    assert!(stderr.contains("\ndecisions   2 "), "{stderr}");
}

/// The example configuration with the keys of the page's block.
fn configuration(example: &str, brokers: &str, input: &str) -> String {
    let block = blocks("toml").concat();
    let block = block.replace("kafka-1:9092,kafka-2:9092", brokers);
    let mut config: toml::Table = example.parse().unwrap();
    for (section, keys) in
        block.replace("card-authorizations", input).parse::<toml::Table>().unwrap()
    {
        config[&section].as_table_mut().unwrap().extend(keys.as_table().unwrap().clone());
    }
    toml::to_string(&config).unwrap()
}

/// Sets what the services of other tests and of earlier runs must not share.
fn separate(user: &mut User, topics: &Topics, alertmanager: &str) -> [String; 2] {
    let [service, notifier] =
        [ports::free(), ports::free()].map(|port| format!("127.0.0.1:{port}"));
    user.environment = vec![
        ("REDCARD__TOPICS__ALERTS", topics.alerts.clone()),
        ("REDCARD__TOPICS__DEAD_LETTERS", topics.dead_letters.clone()),
        ("REDCARD__TOPICS__HISTORY", topics.history.clone()),
        ("REDCARD__KAFKA__GROUP_ID", unique("own-topic")),
        ("REDCARD__NOTIFY__GROUP_ID", unique("own-topic-notify")),
        ("REDCARD__NOTIFY__ALERTMANAGERS", alertmanager.to_owned()),
        ("REDCARD__HTTP__LISTEN", service.clone()),
        ("REDCARD__NOTIFY__LISTEN", notifier.clone()),
    ];
    [service, notifier]
}

/// Charges at home for twelve days, and one at a foreign web shop that would raise an alert.
fn past(until_ms: i64) -> Vec<Outgoing> {
    let daily = |day: i64| {
        Charge::new(&format!("day-{day}"), "c_home", until_ms - (12 - day) * DAY_MS, 2_600)
    };
    let abroad = abroad("past-abroad", "c_past", until_ms - HOUR_MS);
    (0..12).map(daily).chain([abroad]).map(|charge| charge.record()).collect()
}

fn abroad(id: &str, card: &str, time_ms: i64) -> Charge {
    Charge::new(id, card, time_ms, 260_000).at_web_shop("m_5531", "Strøget Mode", "DK")
}

#[test]
fn the_configured_topic_leads_to_alerts_dead_letters_and_notifications() {
    let (brokers, mut user) = (broker::shared(), User::new());
    let topics = Topics::created(brokers, "own-topic", 1);
    let receiver = Receiver::start();
    let addresses = separate(&mut user, &topics, &receiver.url(""));
    let [.., example, _, _, check, run] = commands()[..] else { panic!("{:#?}", commands()) };
    user.run(example, 0);
    let config = configuration(&user.read("redcard.toml"), brokers, &topics.transactions);
    user.write("redcard.toml", &config);
    let (settings, _) = user.run(check, 0);
    assert!(settings.contains(&topics.transactions), "{settings}");

    let now = yesterday_ms();
    client::produce(brokers, &topics.transactions, &past(now));
    let ready = inline("curl ").trim_start_matches("curl ");
    let [ready, notifier_ready] =
        addresses.map(|address| ready.replace("127.0.0.1:9464", &address));
    let service = user.start(run, &ready, "run.log");
    let malformed = Outgoing::new("c_1", blocks("json")[1].as_str());
    let live = abroad("live-abroad", "c_home", now).record();
    client::produce(brokers, &topics.transactions, &[malformed, live]);
    let alerts = client::read_at_least(brokers, &topics.alerts, 1);
    let notifier = user.start(inline("redcard notify "), &notifier_ready, "notify.log");
    wait_until("Alertmanager is notified", || {
        receiver.posted("/api/v2/alerts").first().map(|posted| posted.json())
    });
    user.stop(notifier, "notify.log");
    user.stop(service, "run.log");

    let ids: Vec<_> = client::read_all(brokers, &topics.alerts)
        .iter()
        .map(|alert| alert.json()["transaction_id"].clone())
        .collect();
    assert_eq!(ids, ["live-abroad"], "the warm-up raises no alerts");
    assert!(alerts[0].key_text() == "c_home" && fired(&alerts[0]).contains("FOREIGN_CNP"));
    let (listed, _) = user.run(inline("redcard dlq list "), 0);
    assert!(listed.lines().any(|line| line.starts_with("bad_amount  1 ")), "{listed}");
}

/// The rules of an alert, as text.
fn fired(alert: &Incoming) -> String {
    alert.json()["rules"].to_string()
}
