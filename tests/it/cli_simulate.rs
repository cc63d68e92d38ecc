//! Runs `redcard simulate` as a user would: files, pipes, signals, labels, wrong arguments.

use crate::support::card_numbers::{NUMBERS, card_number_in};
use crate::support::client::Incoming;
use crate::support::guard::Guarded;
use crate::support::messages::{MINUTE_MS, rfc3339};
use crate::support::{PATIENCE, broker, client, unique, wait_until, wall_millis};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn simulate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redcard"));
    command.env_clear().arg("simulate").args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    simulate(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_same_seed_writes_the_same_bytes_to_stdout_and_into_files_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let options = ["--seed", "7", "--count", "500", "--cards", "40"];
    let written = run(&options).stdout;
    assert_eq!(text(&written).lines().count(), 500);
    for name in ["plain.jsonl", "packed.jsonl.gz", "packed.jsonl.zst"] {
        let output = run(&[&options[..], &["--output", &path(name)]].concat());
        assert!(output.status.success() && output.stdout.is_empty(), "{name}: {output:?}");
        assert_eq!(unpacked(Path::new(&path(name))), written, "{name}");
    }
    assert_ne!(run(&["--seed", "8", "--count", "500", "--cards", "40"]).stdout, written);
}

fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap();
    let mut bytes = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes),
        Some("zst") => zstd::Decoder::new(file).unwrap().read_to_end(&mut bytes),
        _ => BufReader::new(file).read_to_end(&mut bytes),
    }
    .unwrap();
    bytes
}

#[test]
fn no_id_reads_as_a_card_number_even_if_the_seed_is_one() {
    for seed in NUMBERS {
        let output = run(&["--seed", seed, "--count", "500", "--cards", "40"]);
        assert!(output.status.success(), "{seed}: {output:?}");
        let written = text(&output.stdout);
        let ids = ["id", "original_id", "token", "account_id", "key"];
        let id = |line: &str| ids.iter().any(|name| line.contains(&format!("\"{name}\":")));
        assert_eq!(written.lines().filter(|line| id(line)).count(), 500);
        assert_eq!(card_number_in(written.as_bytes()), None, "{seed}");
    }
}

#[test]
fn every_label_names_a_message_of_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.jsonl").display().to_string();
    let output =
        run(&["--count", "3000", "--cards", "60", "--fraud-rate", "0.05", "--labels", &labels]);
    let messages = json_lines(&text(&output.stdout));
    let cards: HashMap<&str, &str> = messages
        .iter()
        .map(|m| (m["id"].as_str().unwrap(), m["card"]["token"].as_str().unwrap()))
        .collect();
    let labels = json_lines(&std::fs::read_to_string(&labels).unwrap());
    assert!(!labels.is_empty());
    for label in &labels {
        let id = label["transaction_id"].as_str().unwrap();
        assert_eq!(cards.get(id), label["card"].as_str().as_ref(), "{label}");
        assert_eq!(label["fraud"], true);
    }
    let printed = text(&output.stderr);
    assert!(printed.contains("3000 messages"), "{printed}");
    assert!(printed.contains(&format!("{} of them in", labels.len())), "{printed}");
}

#[test]
fn it_stops_before_the_first_message_of_a_time() {
    let until = "2026-01-05T12:00:00Z";
    let output = run(&["--cards", "60", "--until", until]);
    let times: Vec<String> = json_lines(&text(&output.stdout))
        .iter()
        .map(|message| message["time"].as_str().unwrap().to_owned())
        .collect();
    assert!(times.len() > 10 && times.iter().all(|time| time.as_str() < until), "{times:?}");
    let longer = run(&["--cards", "60", "--count", &(times.len() + 1).to_string()]);
    let next = json_lines(&text(&longer.stdout)).pop().unwrap();
    assert!(next["time"].as_str().unwrap() >= until, "{next}");
}

#[test]
fn labels_for_the_topic_say_the_same_and_when_it_became_known() {
    let folder = tempfile::tempdir().unwrap();
    let [truth, topic] = ["truth.jsonl", "topic.jsonl.gz"]
        .map(|name| folder.path().join(name).display().to_string());
    let arguments = ["--count", "3000", "--cards", "60", "--fraud-rate", "0.05"];
    let output = run(&[&arguments[..], &["--labels", &truth, "--topic-labels", &topic]].concat());
    assert!(output.status.success(), "{output:?}");
    let truth = json_lines(&std::fs::read_to_string(&truth).unwrap());
    let mut unpacked = String::new();
    let packed = std::fs::File::open(&topic).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut unpacked).unwrap();
    let topic = json_lines(&unpacked);
    assert_eq!(truth.len(), topic.len());
    for (truth, label) in truth.iter().zip(&topic) {
        assert_eq!(truth["transaction_id"], label["transaction_id"]);
        assert_eq!((&truth["card"], &truth["kind"]), (&label["card"]["token"], &label["scenario"]));
        assert_eq!((&label["label"], &label["source"]), (&"fraud".into(), &"chargeback".into()));
        let time = |of: &str| label[of].as_str().unwrap().to_owned();
        assert_eq!(truth["time"], label["time"]);
        assert!(time("known_at") > time("time"), "{label}");
    }
}

#[test]
fn a_closed_output_pipe_is_not_an_error() {
    let mut child = simulate(&["--count", "1000000"]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(first.starts_with(r#"{"id":"#));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn an_interrupted_simulation_ends_with_a_whole_line_and_a_summary() {
    for signal in ["INT", "TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slow.jsonl");
        let mut command = simulate(&["--rate", "200", "--output", &path.display().to_string()]);
        let stderr = folder.path().join("stderr");
        command.stderr(std::fs::File::create(&stderr).unwrap());
        let mut child = Guarded::spawn(&mut command, None).unwrap();
        wait_until("the first messages", || {
            std::fs::metadata(&path).is_ok_and(|file| file.len() > 0).then_some(())
        });
        child.signal(signal);
        let status = child.wait(PATIENCE).expect("it ends on the signal");
        assert!(status.success(), "{signal}: {status}");
        let written = std::fs::read_to_string(&path).unwrap();
        let printed = std::fs::read_to_string(&stderr).unwrap();
        let count = json_lines(&written).len();
        assert!(printed.starts_with(&format!("{count} messages")), "{signal}: {printed}");
    }
}

#[test]
fn wrong_arguments_are_named_and_nothing_is_written() {
    for (arguments, named) in [
        (&["--fraud-rate", "2"][..], "--fraud-rate"),
        (&["--rate", "0"], "--rate"),
        (&["--cards", "0"], "--cards"),
        (&["--start", "yesterday"], "--start"),
        (&["--topic", "t"], "--brokers"),
        (&["--brokers", "localhost:1", "--property", "x"], "--property"),
        (&["--brokers", "localhost:1", "--output", "x"], "--output"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let printed = text(&output.stderr);
        assert!(printed.contains(named), "{arguments:?}: {printed}");
    }
    let output = run(&["--output", "no/such/folder/x"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("no/such/folder/x"));
}

#[test]
fn no_message_is_sent_before_its_own_time() {
    let brokers = broker::shared();
    let topic = unique("ahead");
    let stamped_by_the_broker = [("message.timestamp.type", "LogAppendTime")];
    client::create_topic_with(brokers, &topic, (1, 1), &stamped_by_the_broker);
    // Messages with times before now are sent immediately; after that, each message waits for its
    // time.
    let began_ms = wall_millis();
    let start = rfc3339(began_ms - 5 * MINUTE_MS);
    let mut command =
        simulate(&["--brokers", brokers, "--topic", &topic, "--start", &start, "--cards", "50000"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = Guarded::spawn(&mut command, None).unwrap();
    let began = rfc3339(began_ms);
    let time = |record: &Incoming| record.json()["time"].as_str().unwrap().to_owned();
    client::read_until(brokers, &topic, "some that had to wait", |records| {
        records.iter().filter(|record| time(record) > began).count() >= 3
    });
    child.signal("INT");
    assert!(child.wait(PATIENCE).expect("it ends on the signal").success());
    for record in client::read_all(brokers, &topic) {
        let arrived = rfc3339(record.timestamp_ms.unwrap());
        assert!(time(&record) <= arrived, "{arrived}: {}", record.json());
    }
}

#[test]
fn secrets_on_the_command_line_are_refused() {
    let to = ["--brokers", "127.0.0.1:1", "--count", "1"];
    let inline = run(&[&to[..], &["--property", "sasl.password=hunter2"]].concat());
    assert_eq!(inline.status.code(), Some(2));
    assert!(text(&inline.stderr).contains("--property-file"), "{}", text(&inline.stderr));
    let absent = run(&[&to[..], &["--property-file", "sasl.password=none.txt"]].concat());
    assert_eq!(absent.status.code(), Some(2));
    assert!(text(&absent.stderr).contains("none.txt"), "{}", text(&absent.stderr));
}
