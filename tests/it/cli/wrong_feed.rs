//! Tests input in another format: `score`, `rules eval` and `rules explain` say once what the input
//! is and what to do, and count the errors that they do not show.

use super::{CommandResult, Workspace};
use crate::support::messages::{DAY_MS, HOUR_MS, MINUTE_MS, rfc3339};
use std::io::Write;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");

fn case(name: &str) -> String {
    format!("{CASES}/{name}")
}

fn charge(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"authorization","time":"2026-03-02T10:00:00Z","card":{{"token":"c_1"}},"amount":1000,"currency":"USD","merchant":{{"id":"m_1"}}}}"#
    )
}

/// The commands that read a file of transactions.
fn commands(file: &str) -> [Vec<String>; 3] {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    [
        vec!["score", file],
        vec!["rules", "eval", "amount", "--input", file],
        vec!["rules", "explain", rules, "--input", file, "--transaction", "none"],
    ]
    .map(|arguments| arguments.into_iter().map(str::to_owned).collect())
}

/// Checks that each command gives the hint once, for a file and for standard input.
#[track_caller]
fn check(content: impl AsRef<[u8]>, says: &str) {
    let workspace = Workspace::new();
    workspace.write("in", content.as_ref());
    for file in ["in", "-"] {
        for arguments in commands(file) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let result = match file {
                "-" => workspace.feed(&arguments, content.as_ref()),
                _ => workspace.run(&arguments),
            };
            assert!(result.code != Some(0), "{arguments:?}: {result:?}");
            hints(&result, says);
        }
    }
}

#[track_caller]
fn hints(result: &CommandResult, says: &str) {
    let hints: Vec<&str> =
        result.stderr.lines().filter(|line| line.contains(": this is ")).collect();
    assert!(hints.len() == 1 && hints[0].contains(says), "{says:?}: {}", result.stderr);
    assert!(hints[0].starts_with("error: "), "{hints:?}");
}

#[test]
fn input_in_another_format_is_reported_once_with_advice() {
    let message = charge("a");
    check(format!("[{message},{message}]"), "a JSON array");
    check(format!("{{\"records\":[{message}]}}\n"), "`jq -c '.records[]' FILE`");
    check("{\n  \"id\": \"a\",\n  \"type\": \"refund\"\n}\n", "`jq -c . FILE`");
    check("id,type,time\na,refund,x\nb,refund,y\n", "(CSV)");
    check("\u{feff}id;type;time\r\na;refund;x\r\n", "(CSV)");
    check("<?xml version=\"1.0\"?>\n<a/>\n", "XML");
    check("---\nid: a\ntype: refund\n", "YAML");
    let wide: Vec<u8> = message.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check([&b"\xff\xfe"[..], &wide].concat(), "UTF-16");
    check(b"PK\x03\x04\x14\0\0\0\n\n", "a zip archive");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"PAR1\x15\x04\x15\n").unwrap();
    check(packed.finish().unwrap(), "a Parquet file");
    check(b"Obj\x01\x04\x16avro.schema\n", "an Avro container file");
    check(b"\0\0\0\0\x07\0\x02a\x02b\n\x01\x02", "Avro or Protobuf in a schema registry's framing");
    check(format!("\0\0\0\0\x07[{message}]"), "a JSON array in a schema registry's framing");
    check(format!("\0\0\0\0\0\0\0\0\x07{message}"), "JSON in Apicurio Registry's framing");
    let glue = b"\x03\0\xaa\xbb\xcc\xdd\xee\xff\x41\x02\x83\x04\x05\x06\x07\x08\x09\x0b";
    check(
        [glue, message.as_bytes()].concat(),
        "JSON behind the header of AWS Glue Schema Registry",
    );
    check(
        [&glue[..], b"\x02a\x02b"].concat(),
        "Avro, Protobuf or compressed JSON behind the header of AWS",
    );
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    check([&length, message.as_bytes()].concat(), "JSON behind its length in 4 bytes");
    check(
        format!(
            r#"{{"specversion":"1.0","id":"e","source":"/pos","type":"charge","data":{message}}}"#
        ),
        "`jq -c .data FILE`",
    );
    check(format!("{message}{message}\n"), "several JSON objects in one");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"PK\x03\x04\x14\0\0\0\n").unwrap();
    check(packed.finish().unwrap(), "a zip archive");
}

#[test]
fn seconds_that_are_read_as_milliseconds_are_reported_once_by_score() {
    let workspace = Workspace::new();
    let line = |id: &str, time: &str| charge(id).replace("\"2026-03-02T10:00:00Z\"", time) + "\n";
    let lines = line("a", "1772445600") + &line("b", "1772445601");
    workspace.write("in.jsonl", &lines);
    let unit = |unit| [("REDCARD__SOURCE__TIME", unit)];
    let result = workspace.run_with(&["score", "in.jsonl"], &unit("unix_milliseconds")).expect(0);
    let doubt =
        "warning: in.jsonl:1: `source.time` is unix_milliseconds, and these look like seconds";
    assert_eq!(result.stderr.matches("these look like seconds").count(), 1, "{}", result.stderr);
    result.expect_stderr(doubt).expect_stderr("`source.time = \"unix_seconds\"`");
    let result = workspace.run_with(&["score", "in.jsonl"], &unit("unix_seconds")).expect(0);
    assert!(!result.stderr.contains("look like"), "{}", result.stderr);
}

#[test]
fn lines_with_more_than_an_object_are_reported_once_with_advice() {
    let (one, two) = (charge("a"), charge("b"));
    let lines = |before: &str, after: &str| format!("{before}{one}{after}\n{before}{two}{after}\n");
    let log = "text with a JSON object in it, such as a line of a log";
    check(lines("2026-11-29T12:00:00 INFO ", ""), log);
    check(lines("[2026-11-29 12:00:00] sent ", " in 3 ms"), log);
    for separator in [":", "\t", "|"] {
        check(lines(&format!("c_1{separator}"), ""), "a key in front of its JSON object");
    }
    check(lines("", ","), "the elements of a JSON array, one per line");
    check("{'id': 'x', 'a': None}\n{'id': 'y', 'a': 1}\n", "Python's notation of a dict");
    check("{'id': 'x', 'a': None}\n", "`python3 -c 'import ast, json, sys;");
    check(lines("b'", "'"), "Python's notation of bytes");
    check("{id=x, type=refund}\n", "as a programming language prints it");
}

#[test]
fn binary_data_is_reported_once_with_advice() {
    check([0; 1_000], "nothing but zero bytes");
    check([0; 5_000], "nothing but zero bytes");
    check(vec![0; 60_000], "nothing but zero bytes");
    check(b"Rar!\x1a\x07\x01\0\n\n", "a RAR archive");
    check(b"\x83\xa2id\xa1a\xa4type\xa6refund\xa1n\x0a", "MessagePack");
    check(b"\xa2bidaadtypefrefund", "CBOR");
    check(b"\x16\0\0\0\x02id\0\x02\0\0\0a\0\x10n\0\x0a\0\0\0\0", "BSON");
}

#[test]
fn following_a_hint_produces_lines_that_are_scored() {
    let workspace = Workspace::new();
    let (one, two) = (charge("a"), charge("b"));
    let cut = "sed 's/^[^{]*//' in";
    for (before, after, remedy) in [
        ("c_1:", "", cut),
        ("c_1\t", "", cut),
        ("12:00:00 INFO ", " in 3 ms", "grep -o '{.*}' in"),
        ("", ",", "sed 's/^,//; s/,[[:space:]]*$//' in"),
        (",", "", "sed 's/^,//; s/,[[:space:]]*$//' in"),
    ] {
        workspace.write("in", format!("{before}{one}{after}\n{before}{two}{after}\n"));
        let advised = remedy.replace(" in", " FILE");
        workspace.run(&["score", "in"]).expect(1).expect_stderr(&advised);
        let mut shell = std::process::Command::new("sh");
        let written =
            shell.args(["-c", remedy]).current_dir(workspace.folder.path()).output().unwrap();
        let result = workspace.feed(&["score", "-"], &written.stdout).expect(0);
        assert_eq!(result.stdout.lines().count(), 2, "{remedy}");
    }
}

#[test]
fn an_array_of_lines_is_named_once_and_the_line_that_can_be_read_is_scored() {
    let result = Workspace::new().run(&["score", &case("K-array-lines.json")]).expect(1);
    hints(&result, "this is a JSON array, not one JSON object a line: `jq -c '.[]' FILE` writes");
    assert_eq!(result.stdout.lines().count(), 1);
    result.expect_stderr("lines       5 in").expect_stderr("malformed   4");
}

#[test]
fn the_framing_of_a_schema_registry_is_named_once() {
    let result = Workspace::new().run(&["score", &case("K-registry-framing.jsonl")]).expect(1);
    hints(&result, "JSON in a schema registry's framing (a zero byte and a schema id of 4 bytes)");
    result.expect_stderr("malformed   3");
}

#[test]
fn a_line_among_good_ones_is_only_reported() {
    let lines = format!("{}\nid,type,time\n{}\n", charge("a"), charge("b"));
    let workspace = Workspace::new();
    workspace.write("in", &lines);
    let result = workspace.run(&["score", "in"]).expect(1).expect_stderr("in:2: not_json: ");
    assert!(!result.stderr.contains("this is"), "{}", result.stderr);
}

#[test]
fn equal_errors_are_shown_a_few_times_and_counted() {
    let workspace = Workspace::new();
    let lines: String = (0..12_350).map(|line| format!("{line} is nothing\n")).collect();
    workspace.write("in", lines + &charge("a") + "\n{}\n");
    for arguments in
        [&["score", "in", "--quiet"][..], &["rules", "eval", "amount", "--input", "in"]]
    {
        let result = workspace.run(arguments).expect(1).expect_stderr("in:12352: missing_field: ");
        let shown = |what: &str| result.stderr.lines().filter(|line| line.contains(what)).count();
        assert_eq!(
            shown(": trailing_bytes: ") + shown(": not_an_object: "),
            6,
            "{}",
            result.stderr
        );
        assert!(result.stderr.contains("in: … and 12,345 more like it: "), "{}", result.stderr);
    }
    // The advice is unchanged, including its numbers.
    let times = charge("a").replace("00:00Z", "00:00+0000") + "\n";
    workspace.write("in", times.repeat(9));
    let result = workspace.run(&["score", "in", "--quiet"]).expect(1);
    let more = result.stderr.lines().find(|line| line.contains("… and 4 more")).unwrap();
    assert!(more.contains("`+00:00`") && more.contains("rfc3339_no_colon"), "{more}");
}

#[test]
fn zeros_after_compressed_data_change_nothing() {
    let workspace = Workspace::new();
    let padded = std::fs::read(case("K-zeros-after-gzip.jsonl.gz")).unwrap();
    let end = padded.iter().rposition(|byte| *byte != 0).unwrap();
    let result = workspace.run(&["score", &case("K-zeros-after-gzip.jsonl.gz")]).expect(0);
    // The length that ends gzip data ends in zeros itself, so up to three zeros belong to the data.
    for length in end + 1..end + 4 {
        workspace.write("in.gz", &padded[..length]);
        let plain = workspace.run(&["score", "in.gz"]);
        if plain.code == Some(0) {
            assert!(!plain.stdout.is_empty());
            assert_eq!(plain.stdout, result.stdout);
            return;
        }
    }
    panic!("the file without the zeros cannot be read");
}

#[test]
fn other_bytes_after_compressed_data_are_an_error() {
    let workspace = Workspace::new();
    let mut bytes = std::fs::read(case("K-zeros-after-gzip.jsonl.gz")).unwrap();
    bytes.extend_from_slice(b"more");
    workspace.write("in.gz", &bytes);
    workspace.run(&["score", "in.gz"]).expect(3).expect_stderr("neither zeros nor more gzip data");
}

#[test]
fn a_file_with_the_newest_first_is_found_by_its_late_lines() {
    let result = Workspace::new().run(&["score", &case("K-newest-first.jsonl")]).expect(0);
    result
        .expect_stderr("late        8 (too late to be kept 0)")
        .expect_stderr("warning: 8 of 9 lines came late: older than an earlier line of their card")
        .expect_stderr("sort the input by time, oldest first");
}

/// The number after `what` in the summary.
fn counted(result: &CommandResult, what: &str) -> usize {
    let (_, rest) = result.stderr.split_once(what).unwrap_or_else(|| panic!("{what}: {result:?}"));
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn the_lines_counted_as_too_late_are_those_that_memory_did_not_keep() {
    const RETENTION_DAYS: i64 = 30;
    const NEWEST: usize = 40;
    let end_ms = 1_780_000_000_000;
    let workspace = Workspace::new();
    // The newest line is first. In each pair of old lines, the second shows whether the first was
    // kept.
    for (pairs, any_too_late) in [(10, false), (60, true)] {
        let newest = (0..NEWEST).map(|n| end_ms - 1_000 * n as i64);
        let old = (0..pairs).flat_map(|n| {
            let first = end_ms - DAY_MS * (1 + n * 70 / pairs) - HOUR_MS * n;
            [first, first + MINUTE_MS]
        });
        let times: Vec<i64> = newest.chain(old).collect();
        let line = |(n, time): (usize, &i64)| {
            charge(&format!("{n}")).replace("2026-03-02T10:00:00Z", &rfc3339(*time)) + "\n"
        };
        workspace.write("in", times.iter().enumerate().map(line).collect::<String>());
        let result = workspace.run(&["score", "in"]).expect(0);
        let too_late = counted(&result, "too late to be kept");
        let outdated = counted(&result, "kept but older than the retention");
        let horizon = end_ms - RETENTION_DAYS * DAY_MS;
        let before = times.iter().filter(|time| **time <= horizon).count();
        assert_eq!(too_late + outdated, before, "{}", result.stderr);
        assert_eq!(too_late > 0, any_too_late, "{}", result.stderr);
        let expression = r#"card.last("5m").size()"#;
        let values =
            workspace.run(&["rules", "eval", expression, "--input", "in"]).expect(0).stdout;
        let second_of_pairs = values.lines().skip(NEWEST).skip(1).step_by(2);
        let alone = second_of_pairs.filter(|value| !value.starts_with('1')).count();
        assert_eq!(2 * alone, too_late, "{values}");
    }
}

#[test]
fn lines_that_are_too_late_to_be_kept_are_counted() {
    let workspace = Workspace::new();
    let at = |id: &str, time: &str| charge(id).replace("2026-03-02T10:00:00Z", time) + "\n";
    // A single message does not move the time up to which charges are kept.
    let times = (0..64).map(|n| format!("2026-03-02T10:{:02}:{:02}Z", n / 60, n % 60));
    let mut lines: String = times.enumerate().map(|(n, time)| at(&format!("{n}"), &time)).collect();
    lines += &at("old", "2025-01-01T00:00:00Z");
    workspace.write("in", lines);
    let result = workspace.run(&["score", "in"]).expect(0);
    let result = result.expect_stderr("(too late to be kept 1)");
    assert!(!result.stderr.contains("warning"), "few are late: {}", result.stderr);
}
