//! Runs `redcard demo` as a new user would: nothing installed, no configuration, an empty folder.

use crate::support::guard::Guarded;
use crate::support::{PATIENCE, http, wait_until};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// Where the demo serves metrics by default.
const DEFAULT_ADDRESS: &str = "127.0.0.1:9464";

struct Demo {
    process: Guarded,
    folder: TempDir,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let create = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_redcard"));
        command.env_clear().current_dir(folder.path()).arg("demo").args(arguments);
        command.stdin(Stdio::null()).stdout(create("stdout")).stderr(create("stderr"));
        Self { process: Guarded::spawn(&mut command, None).unwrap(), folder }
    }

    fn stdout(&self) -> String {
        read(&self.folder.path().join("stdout"))
    }

    fn stderr(&self) -> String {
        read(&self.folder.path().join("stderr"))
    }

    fn wait_end(&mut self) -> ExitStatus {
        let status = self.process.wait(PATIENCE);
        status.unwrap_or_else(|| panic!("no end: {}\n{}", self.stdout(), self.stderr()))
    }

    /// The address that the demo's first lines name.
    fn address(&self) -> String {
        wait_until("the address of the metrics", || {
            let stdout = self.stdout();
            let after = stdout.split("http://").nth(1)?;
            after.split_once("/metrics").map(|(address, _)| address.to_owned())
        })
    }

    /// Waits for an alert and returns its headline and its reason.
    fn first_alert(&self) -> Vec<String> {
        wait_until("an alert", || {
            let stdout = self.stdout();
            let lines: Vec<String> = stdout.lines().map(str::to_owned).collect();
            let headline = lines.iter().position(|line| is_headline(line))?;
            (lines.len() > headline + 2).then(|| lines[headline..headline + 2].to_vec())
        })
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn is_headline(line: &str) -> bool {
    line.contains("  REVIEW ") || line.contains("  DECLINE ")
}

/// The numbers in the summary line that starts with `what`.
fn numbers(stdout: &str, what: &str) -> Vec<u64> {
    let summary = stdout.split("\nTransactions").nth(1).expect("a summary");
    let summary = format!("Transactions{summary}");
    let line = summary.lines().find(|line| line.trim_start().starts_with(what));
    let line = line.unwrap_or_else(|| panic!("no line {what} in {summary}"));
    let words = line.replace(',', "");
    words.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn the_demo_shows_alerts_with_reasons_and_a_summary_that_adds_up() {
    let mut demo = Demo::start(&["--duration", "8s", "--seed", "1", "--listen", "127.0.0.1:0"]);
    let alert = demo.first_alert();
    assert!(alert[0].contains(" c_") && alert[0].contains(" at "), "{alert:?}");
    assert!(alert[1].starts_with("    ") && alert[1].contains(": "), "a reason: {alert:?}");
    assert!(demo.wait_end().success(), "{}\n{}", demo.stdout(), demo.stderr());
    let stdout = demo.stdout();
    assert!(!stdout.contains('\u{1b}'), "colour in a file: {stdout}");

    let [sent, read] = numbers(&stdout, "Transactions")[..] else { panic!("{stdout}") };
    assert_eq!(sent, read);
    let history = numbers(&stdout, "history ")[0];
    let live = numbers(&stdout, "live ")[0];
    assert_eq!(history + live, sent);
    assert!(live > 100, "{stdout}");
    assert_eq!(numbers(&stdout, "scored").iter().sum::<u64>(), sent);

    let [published, read_back] = numbers(&stdout, "Alerts")[..] else { panic!("{stdout}") };
    assert_eq!(published, read_back);
    let shown = numbers(&stdout, "on fraud")[0] + numbers(&stdout, "false alarms")[0];
    assert_eq!(shown + numbers(&stdout, "in history")[0], published);
    let headlines = stdout.lines().filter(|line| is_headline(line)).count();
    assert_eq!(headlines as u64, shown);

    let [occurred, caught, missed] = numbers(&stdout, "all ")[..] else { panic!("{stdout}") };
    assert_eq!(caught + missed, occurred);
    assert!(caught > 0, "{stdout}");
    assert!(stdout.contains("Decision latency  p50 "), "{stdout}");
}

#[test]
fn ctrl_c_ends_the_demo_with_its_summary() {
    let mut demo = Demo::start(&["--duration", "1h", "--listen", "127.0.0.1:0"]);
    demo.first_alert();
    demo.process.signal("INT");
    assert!(demo.wait_end().success(), "{}", demo.stderr());
    let [sent, read] = numbers(&demo.stdout(), "Transactions")[..] else { panic!("no summary") };
    assert_eq!(sent, read);
}

#[test]
fn metrics_are_served_on_another_port_if_the_default_one_is_in_use() {
    // If the bind fails, another process has the port, which serves the test as well.
    let _taken = TcpListener::bind(DEFAULT_ADDRESS);
    let mut demo = Demo::start(&["--duration", "1h"]);
    let address = demo.address();
    assert_ne!(address, DEFAULT_ADDRESS);
    wait_until("metrics that count", || {
        let text = http::get_body(&format!("http://{address}/metrics"))?;
        text.lines().any(|line| line.starts_with("redcard_records_read_total ")).then_some(())
    });
    demo.process.signal("TERM");
    assert!(demo.wait_end().success());
}

#[test]
fn a_requested_address_that_is_in_use_is_an_error_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut demo = Demo::start(&["--listen", &address]);
    assert_eq!(demo.wait_end().code(), Some(3));
    assert!(demo.stderr().contains(&address), "{}", demo.stderr());
}

/// A ruleset with one rule, whose condition is `condition`.
fn rules(version: &str, condition: &str) -> String {
    format!(
        "[ruleset]\nname = \"mine\"\nversion = \"{version}\"\nreview = 300\ndecline = 600\n\n\
         [[rule]]\nid = \"r\"\nwhen = '''{condition}'''\npoints = 400\nseverity = \"low\"\n\
         reason = \"R\"\nmessage = \"by rules {version}\"\n"
    )
}

#[test]
fn rules_that_fail_their_own_tests_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let case = "\n[[test]]\nname = \"nothing\"\ntransactions = [{ time = \"10:00:00\", amount = 5.00, expect = { fired = [\"r\"] } }]\n";
    std::fs::write(&path, rules("1", "amount > 10.00") + case).unwrap();
    let mut demo = Demo::start(&["--rules", path.to_str().unwrap()]);
    assert_eq!(demo.wait_end().code(), Some(2), "{}", demo.stderr());
    assert!(demo.stderr().contains("nothing"), "{}", demo.stderr());
}

#[test]
fn rules_edited_while_the_demo_runs_take_effect() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, rules("1", "amount > 1000000.00")).unwrap();
    let file = path.to_str().unwrap();
    let mut demo = Demo::start(&["--duration", "1h", "--rules", file, "--listen", "127.0.0.1:0"]);
    wait_until("the present", || demo.stdout().contains("Fraud begins now").then_some(()));
    std::fs::write(&path, rules("2", "amuont > 0.00")).unwrap();
    wait_until("an error", || demo.stderr().contains("`amuont`").then_some(()));
    let errors = demo.stderr().matches("`amuont`").count();
    demo.process.signal("HUP");
    wait_until("the same once more", || {
        (demo.stderr().matches("`amuont`").count() > errors).then_some(())
    });
    assert!(!demo.stdout().lines().any(is_headline), "{}", demo.stdout());
    std::fs::write(&path, rules("3", "amount > 0.00")).unwrap();
    let alert = demo.first_alert();
    assert!(alert[1].contains("by rules 3"), "{alert:?}");
    assert!(demo.stdout().contains("Rules changed: mine 3 ("), "{}", demo.stdout());
    demo.process.signal("INT");
    assert!(demo.wait_end().success(), "{}", demo.stderr());
    let [sent, read] = numbers(&demo.stdout(), "Transactions")[..] else { panic!("no summary") };
    assert_eq!(sent, read);
}
