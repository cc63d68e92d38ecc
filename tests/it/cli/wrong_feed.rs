//! Tests input in another format: `score`, `rules eval` and `rules explain` say once what the input
//! is and what to do, and count the errors that they do not show.

use super::{Ended, Place};
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
    let place = Place::new();
    place.write("in", content.as_ref());
    for file in ["in", "-"] {
        for arguments in commands(file) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ended = match file {
                "-" => place.feed(&arguments, content.as_ref()),
                _ => place.run(&arguments),
            };
            assert!(ended.code != Some(0), "{arguments:?}: {ended:?}");
            hints(&ended, says);
        }
    }
}

#[track_caller]
fn hints(ended: &Ended, says: &str) {
    let hints: Vec<&str> =
        ended.stderr.lines().filter(|line| line.contains(": this is ")).collect();
    assert!(hints.len() == 1 && hints[0].contains(says), "{says:?}: {}", ended.stderr);
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
    check(b"PAR1\x15\x04\x15\n", "a Parquet file");
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
    let place = Place::new();
    let line = |id: &str, time: &str| charge(id).replace("\"2026-03-02T10:00:00Z\"", time) + "\n";
    let lines = line("a", "1772445600") + &line("b", "1772445601");
    place.write("in.jsonl", &lines);
    let unit = |unit| [("REDCARD__SOURCE__TIME", unit)];
    let ended = place.run_with(&["score", "in.jsonl"], &unit("unix_milliseconds")).expect(0);
    let doubt =
        "warning: in.jsonl:1: `source.time` is unix_milliseconds, and these look like seconds";
    assert_eq!(ended.stderr.matches("these look like seconds").count(), 1, "{}", ended.stderr);
    ended.says(doubt).says("`source.time = \"unix_seconds\"`");
    let ended = place.run_with(&["score", "in.jsonl"], &unit("unix_seconds")).expect(0);
    assert!(!ended.stderr.contains("look like"), "{}", ended.stderr);
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
fn following_a_hint_produces_lines_that_are_decided() {
    let place = Place::new();
    let (one, two) = (charge("a"), charge("b"));
    let cut = "sed 's/^[^{]*//' in";
    for (before, after, remedy) in [
        ("c_1:", "", cut),
        ("c_1\t", "", cut),
        ("12:00:00 INFO ", " in 3 ms", "grep -o '{.*}' in"),
        ("", ",", "sed 's/^,//; s/,[[:space:]]*$//' in"),
        (",", "", "sed 's/^,//; s/,[[:space:]]*$//' in"),
    ] {
        place.write("in", format!("{before}{one}{after}\n{before}{two}{after}\n"));
        let advised = remedy.replace(" in", " FILE");
        place.run(&["score", "in"]).expect(1).says(&advised);
        let mut shell = std::process::Command::new("sh");
        let written = shell.args(["-c", remedy]).current_dir(place.folder.path()).output().unwrap();
        let ended = place.feed(&["score", "-"], &written.stdout).expect(0);
        assert_eq!(ended.stdout.lines().count(), 2, "{remedy}");
    }
}

#[test]
fn an_array_of_lines_is_named_once_and_the_line_that_can_be_read_is_decided() {
    let ended = Place::new().run(&["score", &case("K-array-lines.json")]).expect(1);
    hints(&ended, "this is a JSON array, not one JSON object a line: `jq -c '.[]' FILE` writes");
    assert_eq!(ended.stdout.lines().count(), 1);
    ended.says("lines       5 in").says("malformed   4");
}

#[test]
fn the_framing_of_a_schema_registry_is_named_once() {
    let ended = Place::new().run(&["score", &case("K-registry-framing.jsonl")]).expect(1);
    hints(&ended, "JSON in a schema registry's framing (a zero byte and a schema id of 4 bytes)");
    ended.says("malformed   3");
}

#[test]
fn a_line_among_good_ones_is_only_reported() {
    let lines = format!("{}\nid,type,time\n{}\n", charge("a"), charge("b"));
    let place = Place::new();
    place.write("in", &lines);
    let ended = place.run(&["score", "in"]).expect(1).says("in:2: not_json: ");
    assert!(!ended.stderr.contains("this is"), "{}", ended.stderr);
}

#[test]
fn equal_errors_are_shown_a_few_times_and_counted() {
    let place = Place::new();
    let lines: String = (0..12_350).map(|line| format!("{line} is nothing\n")).collect();
    place.write("in", lines + &charge("a") + "\n{}\n");
    for arguments in
        [&["score", "in", "--quiet"][..], &["rules", "eval", "amount", "--input", "in"]]
    {
        let ended = place.run(arguments).expect(1).says("in:12352: missing_field: ");
        let shown = |what: &str| ended.stderr.lines().filter(|line| line.contains(what)).count();
        assert_eq!(shown(": trailing_bytes: ") + shown(": not_an_object: "), 6, "{}", ended.stderr);
        assert!(ended.stderr.contains("in: … and 12,345 more like it: "), "{}", ended.stderr);
    }
    // The advice is unchanged, including its numbers.
    let times = charge("a").replace("00:00Z", "00:00+0000") + "\n";
    place.write("in", times.repeat(9));
    let ended = place.run(&["score", "in", "--quiet"]).expect(1);
    let more = ended.stderr.lines().find(|line| line.contains("… and 4 more")).unwrap();
    assert!(more.contains("`+00:00`") && more.contains("rfc3339_no_colon"), "{more}");
}

#[test]
fn zeros_after_compressed_data_change_nothing() {
    let place = Place::new();
    let padded = std::fs::read(case("K-zeros-after-gzip.jsonl.gz")).unwrap();
    let end = padded.iter().rposition(|byte| *byte != 0).unwrap();
    let ended = place.run(&["score", &case("K-zeros-after-gzip.jsonl.gz")]).expect(0);
    // The length that ends gzip data ends in zeros itself, so up to three zeros belong to the data.
    for length in end + 1..end + 4 {
        place.write("in.gz", &padded[..length]);
        let plain = place.run(&["score", "in.gz"]);
        if plain.code == Some(0) {
            assert!(!plain.stdout.is_empty());
            assert_eq!(plain.stdout, ended.stdout);
            return;
        }
    }
    panic!("the file without the zeros cannot be read");
}

#[test]
fn other_bytes_after_compressed_data_are_an_error() {
    let place = Place::new();
    let mut bytes = std::fs::read(case("K-zeros-after-gzip.jsonl.gz")).unwrap();
    bytes.extend_from_slice(b"more");
    place.write("in.gz", &bytes);
    place.run(&["score", "in.gz"]).expect(3).says("neither zeros nor more gzip data");
}

#[test]
fn a_file_with_the_newest_first_is_found_by_its_late_lines() {
    let ended = Place::new().run(&["score", &case("K-newest-first.jsonl")]).expect(0);
    ended
        .says("late        8 (too late to be kept 0)")
        .says("warning: 8 of 9 lines came late: older than an earlier line of their card")
        .says("sort the input by time, oldest first");
}

/// The number after `what` in the summary.
fn counted(ended: &Ended, what: &str) -> usize {
    let (_, rest) = ended.stderr.split_once(what).unwrap_or_else(|| panic!("{what}: {ended:?}"));
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn the_lines_counted_as_too_late_are_those_that_memory_did_not_keep() {
    const RETENTION_DAYS: i64 = 30;
    const NEWEST: usize = 40;
    let end_ms = 1_780_000_000_000;
    let place = Place::new();
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
        place.write("in", times.iter().enumerate().map(line).collect::<String>());
        let ended = place.run(&["score", "in"]).expect(0);
        let too_late = counted(&ended, "too late to be kept");
        let outdated = counted(&ended, "kept but older than the retention");
        let horizon = end_ms - RETENTION_DAYS * DAY_MS;
        let before = times.iter().filter(|time| **time <= horizon).count();
        assert_eq!(too_late + outdated, before, "{}", ended.stderr);
        assert_eq!(too_late > 0, any_too_late, "{}", ended.stderr);
        let expression = r#"card.last("5m").size()"#;
        let values = place.run(&["rules", "eval", expression, "--input", "in"]).expect(0).stdout;
        let second_of_pairs = values.lines().skip(NEWEST).skip(1).step_by(2);
        let alone = second_of_pairs.filter(|value| !value.starts_with('1')).count();
        assert_eq!(2 * alone, too_late, "{values}");
    }
}

#[test]
fn lines_that_are_too_late_to_be_kept_are_counted() {
    let place = Place::new();
    let at = |id: &str, time: &str| charge(id).replace("2026-03-02T10:00:00Z", time) + "\n";
    // A single message does not move the time up to which charges are kept.
    let times = (0..64).map(|n| format!("2026-03-02T10:{:02}:{:02}Z", n / 60, n % 60));
    let mut lines: String = times.enumerate().map(|(n, time)| at(&format!("{n}"), &time)).collect();
    lines += &at("old", "2025-01-01T00:00:00Z");
    place.write("in", lines);
    let ended = place.run(&["score", "in"]).expect(0);
    let ended = ended.says("(too late to be kept 1)");
    assert!(!ended.stderr.contains("warning"), "few are late: {}", ended.stderr);
}
