//! Tests `redcard features`: its columns, and that each value is what `rules eval` and the evidence of
//! decisions show.

use super::{CommandResult, Workspace};
use crate::support::guard;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::process::Stdio;

/// A feature of each type; one is often absent, and one is often saturated, because a card remembers
/// few charges.
const RULES: &str = r#"
[ruleset]
name = "features"
version = "1"
review = 1
decline = 1000

[features]
charges_1d = 'card.last("1d").size()'
spent_7d = 'card.last("7d").sum(t, t.amount)'
share = 'amount / (card.last("7d").sum(t, t.amount) + 1.00)'
abroad = 'merchant.country != card.country'
last_shop = 'card.previous.merchant.country'
last_time = 'card.previous.time'
most = 'card.last("30d").size()'
recent = 'card.last("1h")'
fraud_before = 'card.last("30d").exists(t, t.fraud)'

[[rule]]
id = "all"
description = "Shows features as evidence."
when = 'charges_1d >= 0 && (spent_7d >= 0.00 || abroad || most > 0)'
points = 1
severity = "low"
reason = "ALL"
message = "{charges_1d} {spent_7d} {share} {abroad} {last_shop} {most}"
"#;

const SCALARS: [&str; 8] =
    ["charges_1d", "spent_7d", "share", "abroad", "last_shop", "last_time", "most", "fraud_before"];
/// Few enough that busy cards are cut.
const CAP: (&str, &str) = ("REDCARD__MEMORY__EVENTS_PER_CARD", "6");

/// A folder with the rules and random traffic.
fn workspace(seed: u32) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    let seed = seed.to_string();
    let options = ["--count", "3000", "--cards", "40", "--fraud-rate", "0.02", "--seed", &seed];
    let command = [&["simulate", "--output", "day.jsonl", "--quiet"][..], &options].concat();
    workspace.run(&command).expect(0);
    workspace
}

fn run(workspace: &Workspace, arguments: &[&str]) -> CommandResult {
    workspace.run_with(arguments, &[CAP])
}

fn features(workspace: &Workspace, input: &str, more: &[&str]) -> CommandResult {
    run(workspace, &[&["features", input, "--rules", "rules.toml"], more].concat())
}

/// The rows of a CSV file without quoted line ends, as texts by column.
fn rows(workspace: &Workspace, name: &str) -> Vec<Vec<(String, String)>> {
    let text = workspace.read(name).unwrap();
    let mut lines = text.lines().map(cells);
    let header = lines.next().unwrap();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

fn cell<'r>(row: &'r [(String, String)], column: &str) -> &'r str {
    &row.iter().find(|(name, _)| name == column).unwrap_or_else(|| panic!("no {column}")).1
}

/// A value of `rules eval` as a cell has it.
fn as_cell(value: &Value) -> String {
    match value {
        Value::Object(unknown) => {
            assert!(unknown.contains_key("error"), "{unknown:?}");
            String::new()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Numbers may have been written with other digits.
#[track_caller]
fn assert_same(found: &str, expected: &str, what: &str) {
    let is_same = match (found.parse::<f64>(), expected.parse::<f64>()) {
        (Ok(found), Ok(expected)) => found.to_bits() == expected.to_bits(),
        _ => found == expected,
    };
    assert!(is_same, "{what}: {found:?} is not {expected:?}");
}

#[test]
fn every_value_is_what_rules_eval_shows_on_random_traffic() {
    let expression = "card.last(\"2d\").max(t, t.amount)";
    for seed in [1, 2, 3] {
        let workspace = workspace(seed);
        let more = format!("biggest={expression}");
        features(&workspace, "day.jsonl", &["--feature", &more, "--output", "out.csv"])
            .expect(0)
            .expect_stderr("are lists or charges: recent");
        let rows = rows(&workspace, "out.csv");
        assert!(rows.len() > 1_500, "{} rows", rows.len());
        let (mut absent, mut present) = (0, 0);
        for (column, asked) in
            SCALARS.iter().map(|name| (*name, *name)).chain([("biggest", expression)])
        {
            let eval = ["rules", "eval", asked, "--input", "day.jsonl", "--rules", "rules.toml"];
            let values = run(&workspace, &eval).expect(0).stdout;
            let values = values.lines().filter(|line| *line != "{\"error\":\"no_rules\"}");
            let values: Vec<&str> = values.collect();
            assert_eq!(values.len(), rows.len());
            for (at, (row, value)) in rows.iter().zip(values).enumerate() {
                let expected = as_cell(&serde_json::from_str(value).unwrap());
                // A number is compared as it is written, not as serde_json reads it.
                let expected =
                    if value.starts_with(['"', '{']) { expected } else { value.to_owned() };
                let what = format!("seed {seed}, row {}, {column}", at + 1);
                assert_same(cell(row, column), &expected, &what);
                *(if expected.is_empty() { &mut absent } else { &mut present }) += 1;
            }
        }
        assert!(absent > 500 && present > 5_000, "{absent} absent, {present} present");
    }
}

#[test]
fn every_value_is_the_evidence_of_the_decision() {
    let workspace = workspace(4);
    features(&workspace, "day.jsonl", &["--output", "out.csv"]).expect(0);
    let rows = rows(&workspace, "out.csv");
    let score = ["score", "day.jsonl", "--rules", "rules.toml"];
    let decisions = run(&workspace, &score).expect(0).stdout;
    let decisions = decisions.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut seen = 0;
    let mut rows = rows.iter().peekable();
    for decision in decisions {
        if rows.peek().map(|row| cell(row, "id")) != decision["transaction_id"].as_str() {
            continue;
        }
        let row = rows.next().unwrap();
        let evidence = &decision["rules"][0]["evidence"];
        for name in ["charges_1d", "spent_7d", "abroad", "most"] {
            // Evidence may be a bound of what is saturated, if that was enough for the rule.
            if let Some(value) = evidence.get(name).filter(|_| !cell(row, name).is_empty()) {
                assert_same(cell(row, name), &as_cell(value), name);
                seen += 1;
            }
        }
    }
    assert!(rows.next().is_none() && seen > 3_000, "{seen} values");
}

/// The value of a Parquet cell as CSV has it.
fn of_parquet(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Bool(flag) => flag.to_string(),
        Field::Long(number) => number.to_string(),
        Field::Double(number) => format!("{number:?}"),
        Field::Str(text) => text.clone(),
        Field::TimestampMillis(millis) => {
            jiff::Timestamp::from_millisecond(*millis).unwrap().strftime("%FT%T%.3fZ").to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn parquet_has_the_same_values_with_types() {
    let workspace = workspace(5);
    features(&workspace, "day.jsonl", &["--output", "out.csv"]).expect(0);
    features(&workspace, "day.jsonl", &["--output", "out.parquet"]).expect(0);
    let expected = rows(&workspace, "out.csv");
    let reader = SerializedFileReader::new(File::open(workspace.path("out.parquet")).unwrap());
    let reader = reader.unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let types: Vec<(String, String)> = schema
        .columns()
        .iter()
        .map(|column| (column.name().to_owned(), column.physical_type().to_string()))
        .collect();
    let text = |name: &str, ty: &str| (name.to_owned(), ty.to_owned());
    let first = [text("id", "BYTE_ARRAY"), text("type", "BYTE_ARRAY"), text("time", "INT64")];
    assert_eq!(types[..3], first);
    for (name, ty) in [
        ("amount", "DOUBLE"),
        ("charges_1d", "INT64"),
        ("spent_7d", "DOUBLE"),
        ("abroad", "BOOLEAN"),
        ("last_time", "INT64"),
    ] {
        assert!(types.contains(&text(name, ty)), "{name} is not {ty}: {types:?}");
    }
    let mut count = 0;
    for (row, expected) in reader.get_row_iter(None).unwrap().zip(&expected) {
        let row = row.unwrap();
        for ((name, field), (column, text)) in row.get_column_iter().zip(expected) {
            assert_eq!(name, column);
            assert_same(&of_parquet(field), text, column);
        }
        count += 1;
    }
    assert_eq!(count, expected.len());
}

#[test]
fn compressed_csv_has_the_same_rows() {
    let workspace = workspace(6);
    for name in ["out.csv", "out.csv.gz", "out.csv.zst"] {
        features(&workspace, "day.jsonl", &["--output", name, "--quiet"]).expect(0);
    }
    let plain = std::fs::read(workspace.path("out.csv")).unwrap();
    let zst = std::fs::read(workspace.path("out.csv.zst")).unwrap();
    assert_eq!(zstd::decode_all(&zst[..]).unwrap(), plain);
    let mut gzip = Vec::new();
    let packed = File::open(workspace.path("out.csv.gz")).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut gzip).unwrap();
    assert_eq!(gzip, plain);
}

fn transaction(id: &str, kind: &str, hour: u32) -> Value {
    json!({
        "id": id, "type": kind, "time": format!("2026-01-05T{hour:02}:00:00Z"),
        "card": {"token": "c_1"}, "amount": 2610, "currency": "EUR", "merchant": {"id": "m_1"},
    })
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| value.to_string() + "\n").collect()
}

fn label(of: &str, label: &str, known_at: u32) -> Value {
    json!({
        "transaction_id": of, "card": {"token": "c_1"}, "label": label, "kind": "counterfeit",
        "known_at": format!("2026-01-05T{known_at:02}:30:00Z"),
    })
}

/// Runs with labels; the columns of labels and `fraud_before` of each row.
fn labelled(labels: &[Value], more: &[Value]) -> Vec<[String; 4]> {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    let charges =
        [("a", 8), ("b", 9), ("c", 10)].map(|(id, hour)| transaction(id, "authorization", hour));
    workspace.write("day.jsonl", lines(&[&charges[..], more].concat()));
    workspace.write("labels.jsonl", lines(labels));
    let options = ["--labels", "labels.jsonl", "--output", "out.csv"];
    features(&workspace, "day.jsonl", &options).expect(0);
    let columns = ["id", "fraud_before", "label", "label.known_at"];
    let row = |row: &Vec<(String, String)>| columns.map(|column| cell(row, column).to_owned());
    rows(&workspace, "out.csv").iter().map(row).collect()
}

#[test]
fn the_final_label_has_a_column_and_features_see_only_what_was_known() {
    let rows = labelled(&[label("a", "fraud", 9)], &[]);
    let known_at = "2026-01-05T09:30:00.000Z";
    let row = |cells: [&str; 4]| cells.map(str::to_owned);
    assert_eq!(rows[0], row(["a", "false", "fraud", known_at]));
    assert_eq!(rows[1], row(["b", "false", "", ""]));
    assert_eq!(rows[2], row(["c", "true", "", ""]));
}

#[test]
fn the_newest_label_counts_and_one_of_a_clearing_means_its_charge() {
    let mut clearing = transaction("b-cleared", "clearing", 11);
    clearing["original_id"] = "b".into();
    let labels =
        [label("a", "genuine", 12), label("a", "fraud", 11), label("b-cleared", "fraud", 13)];
    let found: Vec<String> =
        labelled(&labels, &[clearing]).into_iter().map(|[id, _, label, _]| id + &label).collect();
    assert_eq!(found, ["agenuine", "bfraud", "c"]);
}

#[test]
fn amounts_are_exact_in_the_currency_of_the_charge_and_in_the_base_currency() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    let mut yen = transaction("b", "authorization", 9);
    yen["currency"] = "JPY".into();
    let mut unknown = transaction("c", "refund", 10);
    unknown["currency"] = "XPF".into();
    workspace.write("day.jsonl", lines(&[transaction("a", "authorization", 8), yen, unknown]));
    let config = "[money]\nbase_currency = \"EUR\"\nrates = { EUR = 1.0, JPY = 0.01 }\n";
    workspace.write("redcard.toml", config);
    let options = ["--config", "redcard.toml", "--output", "out.csv"];
    features(&workspace, "day.jsonl", &options).expect(0);
    let rows = rows(&workspace, "out.csv");
    let amounts: Vec<[&str; 4]> = rows
        .iter()
        .map(|row| ["type", "amount", "currency", "base_amount"].map(|column| cell(row, column)))
        .collect();
    assert_eq!(amounts[0], ["authorization", "26.10", "EUR", "26.10"]);
    assert_eq!(amounts[1], ["authorization", "2610", "JPY", "26.10"]);
    assert_eq!(amounts[2], ["refund", "2610", "XPF", ""]);
}

#[test]
fn wrong_arguments_are_named() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    workspace.write("day.jsonl", lines(&[transaction("a", "authorization", 8)]));
    let check = |more: &[&str], expected: &str| {
        features(&workspace, "day.jsonl", more).expect(2).expect_stderr(expected);
    };
    check(&["--output", "out.txt"], "it ends in .parquet, .csv, .csv.gz or .csv.zst");
    let out = ["--output", "out.csv"];
    let with = |feature: &str, expected: &str| {
        check(&[&["--feature", feature], &out[..]].concat(), expected);
    };
    with("amount", "--feature is NAME=EXPRESSION");
    with("a b=amount", "--feature is NAME=EXPRESSION");
    with("x=amont", "nothing is named `amont`");
    with("charges_1d=amount", "there are several columns `charges_1d`");
    with("id=amount", "there are several columns `id`");
    with("x=card.last(\"1h\")", "`x` is a list, and a cell has one value");
    workspace.write("labels.jsonl", lines(&[label("a", "fraud", 9)]));
    let fed = ["features", "-", "--labels", "labels.jsonl", "--output", "out.csv"];
    workspace.feed(&fed, b"").expect(2).expect_stderr("it cannot be standard input");
    assert_eq!(workspace.read("out.csv"), None);
}

#[test]
fn malformed_lines_are_reported_and_the_others_have_rows() {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    let good = transaction("a", "authorization", 8);
    workspace
        .write("day.jsonl", format!("{good}\nx\n\n{good}\n{}\n", transaction("a", "reversal", 9)));
    features(&workspace, "day.jsonl", &["--output", "out.csv"])
        .expect(1)
        .expect_stderr("day.jsonl:2: not_json: ")
        .expect_stderr(
            "5 lines: 1 rows of 15 columns, 1 without rules, 1 duplicates, 1 malformed, 1 blank",
        );
    assert_eq!(rows(&workspace, "out.csv").len(), 1);
}

#[test]
fn an_interrupt_leaves_a_readable_table_with_another_name() {
    for name in ["out.csv", "out.parquet"] {
        let workspace = Workspace::new();
        workspace.write("rules.toml", RULES);
        let arguments = ["features", "-", "--rules", "rules.toml", "--output", name];
        let mut command = workspace.command(&arguments);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(lines(&[transaction("a", "authorization", 8)]).as_bytes()).unwrap();
        let partial = workspace.path(&format!("{name}.partial"));
        crate::support::wait_until("the output is open", || {
            std::fs::exists(&partial).ok().filter(|is| *is).map(drop)
        });
        std::thread::sleep(std::time::Duration::from_millis(300));
        guard::signal(&child, "INT");
        let result = CommandResult::of(child.wait_with_output().unwrap()).expect(130);
        result.expect_stderr("the features up to there are in ").expect_stderr(".partial");
        assert!(!std::fs::exists(workspace.path(name)).unwrap());
        if name.ends_with("parquet") {
            let reader = SerializedFileReader::new(File::open(&partial).unwrap()).unwrap();
            assert_eq!(reader.get_row_iter(None).unwrap().count(), 1);
        } else {
            assert_eq!(std::fs::read_to_string(&partial).unwrap().lines().count(), 2);
        }
    }
}
