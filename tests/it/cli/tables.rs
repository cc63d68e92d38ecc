//! Tests transactions and labels in CSV and Parquet. tests/tables/make.py wrote the tables, with pandas
//! and pyarrow: the same messages in each.

use super::{CommandResult, Workspace};
use std::fs;
use std::path::Path;

/// Reacts to fields of every type, and to the card's past.
const RULES: &str = r#"
[ruleset]
name = "tables"
version = "1"
review = 10
decline = 500

[[rule]]
id = "everything"
description = "Shows every field."
when = 'amount >= 0.00 || !has(merchant.mcc)'
points = 'card.last("3d").count(t, t.approved) + 10'
severity = "low"
reason = "ALL"
message = "{id} {type} {time} {amount} {channel} {card_present} {merchant.name} {merchant.country} {merchant.mcc} {merchant.latitude} {merchant.longitude} {response.approved} {response.reason} {card.funding} {original_id}"

[[rule]]
id = "fraud"
description = "The card has confirmed fraud."
when = 'card.last("30d").exists(t, t.fraud)'
points = 100
severity = "low"
reason = "FRAUD"
message = "after fraud"
"#;

fn table(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder with the rules and these tables.
fn workspace(tables: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    for name in ["messages.jsonl"].iter().chain(tables) {
        workspace.write(name, table(name));
    }
    workspace
}

fn score(workspace: &Workspace, file: &str, more: &[&str]) -> CommandResult {
    workspace.run(&[&["score", file, "--rules", "rules.toml"], more].concat())
}

/// The decisions on a table are those on its messages as lines, byte for byte.
#[track_caller]
fn check(file: &str, other_files: &[&str], more: &[&str]) {
    let workspace = workspace(&[&[file], other_files].concat());
    let expected = score(&workspace, "messages.jsonl", &[]).expect(0);
    assert_eq!(expected.stdout.lines().count(), 120);
    let result = score(&workspace, file, more).expect(0);
    for (line, (found, expected)) in result.stdout.lines().zip(expected.stdout.lines()).enumerate()
    {
        assert_eq!(found, expected, "decision {}", line + 1);
    }
    assert_eq!(result.stdout, expected.stdout);
    result.expect_stderr("lines       120 in ");
}

#[test]
fn columns_with_the_paths_of_fields_need_no_mapping() {
    check("paths.csv", &[], &[]);
    check("paths.tsv.gz", &[], &[]);
    check("paths.parquet", &[], &[]);
}

#[test]
fn an_export_is_read_with_a_mapping() {
    check("export.csv", &["export.toml"], &["--columns", "export.toml"]);
}

#[test]
fn typed_and_nested_parquet_columns_are_read() {
    check("nested.parquet", &[], &["--amounts", "major"]);
    check("old.parquet", &[], &["--amounts", "major"]);
    check("doubles.parquet", &[], &["--amounts", "major"]);
}

#[test]
fn timestamps_are_read_whatever_the_format_of_times_is() {
    for format in ["rfc3339_no_colon", "unix_seconds", "unix_milliseconds"] {
        let workspace = workspace(&["nested.parquet"]);
        let expected = score(&workspace, "messages.jsonl", &[]).expect(0).stdout;
        let arguments = ["score", "nested.parquet", "--rules", "rules.toml", "--amounts", "major"];
        let result = workspace.run_with(&arguments, &[("REDCARD__SOURCE__TIME", format)]);
        assert_eq!(result.expect(0).stdout, expected, "{format}");
    }
}

#[test]
fn a_table_on_standard_input_needs_a_mapping() {
    let workspace = workspace(&["export.csv", "export.toml"]);
    let expected = score(&workspace, "messages.jsonl", &[]).expect(0).stdout;
    let arguments = ["score", "-", "--rules", "rules.toml", "--columns", "export.toml"];
    let fed = workspace.feed(&arguments, &table("export.csv")).expect(0);
    assert_eq!(fed.stdout, expected);
    let parquet = ["score", "-", "--rules", "rules.toml"];
    workspace.feed(&parquet, &table("old.parquet")).expect(1).expect_stderr("a Parquet file");
}

#[test]
fn labels_may_be_tables_too() {
    let workspace =
        workspace(&["labels.jsonl", "labels.csv", "chargebacks.parquet", "chargebacks.toml"]);
    let labelled = |more: &[&str]| score(&workspace, "messages.jsonl", more).expect(0);
    let expected = labelled(&["--labels", "labels.jsonl"]);
    assert_ne!(expected.stdout, labelled(&[]).stdout);
    assert_eq!(labelled(&["--labels", "labels.csv"]).stdout, expected.stdout);
    let parquet =
        labelled(&["--labels", "chargebacks.parquet", "--label-columns", "chargebacks.toml"]);
    assert_eq!(parquet.stdout, expected.stdout);
}

#[test]
fn the_other_commands_read_tables_as_well() {
    let workspace = workspace(&["nested.parquet", "paths.csv"]);
    let count = "card.last(\"1d\").size()";
    let eval = |file| {
        let result =
            workspace.run(&["rules", "eval", count, "--input", file, "--amounts", "major"]);
        result.expect(0).stdout
    };
    assert_eq!(eval("nested.parquet").lines().count(), 120);
    let lines = workspace.run(&["rules", "eval", count, "--input", "messages.jsonl"]).expect(0);
    assert_eq!(eval("nested.parquet"), lines.stdout);

    let explain = |file, more: &[&str]| {
        let arguments =
            ["rules", "explain", "rules.toml", "--transaction", "t050", "--input", file];
        workspace.run(&[&arguments[..], more].concat()).expect(0).stdout
    };
    let lines = explain("messages.jsonl", &[]);
    let of_rows = explain("paths.csv", &[]).replace("paths.csv, row ", "messages.jsonl:");
    assert_eq!(of_rows, lines);
    let of_rows = explain("nested.parquet", &["--amounts", "major"]);
    assert_eq!(of_rows.replace("nested.parquet, row ", "messages.jsonl:"), lines);
}

/// A small table with the required columns.
const CSV: &str = "id,type,time,card.token,amount,currency,merchant.id\n\
                   a,authorization,2026-01-05T10:15:30Z,c_1,500,USD,m_1\n\
                   b,authorization,2026-01-05T10:16:30Z,c_1,12.5,USD,m_1\n\
                   c,authorization,2026-01-05T10:17:30Z,c_1,x,USD,m_1\n\
                   d,authorization,2026-01-05T10:18:30Z,c_1,,USD,m_1\n";

fn csv(text: &str, more: &[&str]) -> CommandResult {
    let workspace = Workspace::new();
    workspace.write("day.csv", text);
    workspace.run(&[&["score", "day.csv"], more].concat())
}

#[test]
fn a_malformed_row_is_reported_with_its_place_and_reason() {
    csv(CSV, &[])
        .expect(1)
        .expect_stderr("day.csv, row 2: bad_amount: ")
        .expect_stderr(
            "day.csv, row 3: wrong_type: `amount` has the wrong JSON type: it should be a number; ",
        )
        .expect_stderr("day.csv, row 4: missing_field: `amount` is missing")
        .expect_stderr("lines       4 in ")
        .expect_stderr("malformed   3 ");
}

#[test]
fn a_row_with_another_number_of_cells_ends_the_run() {
    csv(&format!("{CSV}e,authorization\nf"), &[])
        .expect(3)
        .expect_stderr("row 5 of day.csv has 2 cells, and the header has 7");
}

/// Runs with a mapping, and expects an error before anything is read.
#[track_caller]
fn check_mapping(mapping: &str, expected: &[&str]) {
    let workspace = Workspace::new();
    workspace.write("day.csv", CSV);
    workspace.write("columns.toml", mapping);
    let result = workspace.run(&["score", "day.csv", "--columns", "columns.toml"]).expect(2);
    assert_eq!(result.stdout, "");
    for text in expected {
        assert!(result.stderr.contains(text), "no {text:?} in:\n{}", result.stderr);
    }
}

#[test]
fn a_wrong_mapping_is_rejected_with_the_closest_name() {
    check_mapping(
        "[columns]\nid = \"idd\"\nmerchant.idd = \"merchant.id\"\nmood = \"id\"\n",
        &[
            "columns.toml: `id` is mapped to column `idd`, which day.csv does not have; did you mean `id`?",
            "columns.toml: `merchant.idd` is not a field of a transaction; did you mean `merchant.id`?",
            "columns.toml: `mood` is not a field of a transaction",
            "day.csv: no column has the required field `type` (the closest of the other columns is `type`)",
            "day.csv: no column has the required field `card.token`",
        ],
    );
    check_mapping("columns = 1", &["columns.toml: "]);
    check_mapping("delimiter = \"tab\"", &["`delimiter` is one ASCII character"]);
}

#[test]
fn a_table_without_the_required_columns_is_rejected() {
    csv("id,Type,card_token\n", &[])
        .expect(2)
        .expect_stderr("required field `type` (the closest of the other columns is `Type`)")
        .expect_stderr(
            "required field `card.token` (the closest of the other columns is `card_token`)",
        )
        .expect_stderr("`type = { value = \"authorization\" }`");
    csv("", &[]).expect(2).expect_stderr("day.csv: the table has no columns");
    csv("id;type;time\n", &[]).expect(2).expect_stderr("set `delimiter = \";\"`");
    csv("id,id,type\n", &[]).expect(2).expect_stderr("several of its columns are called `id`");
    let jsonl = String::from_utf8(table("messages.jsonl")).unwrap();
    csv(&jsonl, &[]).expect(2).expect_stderr("it begins with a JSON object");
}

#[test]
fn a_default_currency_and_constants_replace_columns() {
    let workspace = Workspace::new();
    workspace.write("day.csv", "id,time,card,cents\na,2026-01-05 10:15:30,c_1,500\n");
    let mapping = "offset = \"Z\"\n[source]\ndefault_currency = \"EUR\"\n[columns]\nid = \"id\"\n\
                   time = \"time\"\ncard.token = \"card\"\namount = \"cents\"\n\
                   type = { value = \"authorization\" }\nmerchant.id = { value = \"m_1\" }\n";
    workspace.write("columns.toml", mapping);
    let expression = "[id, currency, merchant.id, type, string(time)]";
    let arguments =
        ["rules", "eval", expression, "--input", "day.csv", "--columns", "columns.toml"];
    let result = workspace.run(&arguments).expect(0);
    let expected = "[\"a\",\"EUR\",\"m_1\",\"authorization\",\"2026-01-05T10:15:30Z\"]\n";
    assert_eq!(result.stdout, expected);
}

#[test]
fn a_column_that_is_almost_a_field_is_pointed_out() {
    let text = CSV
        .replacen("merchant.id\n", "merchant.id,Merchant_MCC\n", 1)
        .replace(",m_1\n", ",m_1,5411\n");
    csv(&text, &[])
        .expect(1)
        .expect_stderr("day.csv: column `Merchant_MCC` is not read; did you mean `merchant.mcc`?");
}

#[test]
fn a_damaged_parquet_file_is_an_error() {
    let workspace = workspace(&["nested.parquet"]);
    let whole = table("nested.parquet");
    for length in [4, 100, whole.len() / 2, whole.len() - 1] {
        workspace.write("cut.parquet", &whole[..length]);
        score(&workspace, "cut.parquet", &[])
            .expect(3)
            .expect_stderr("cannot read cut.parquet: it is not a complete Parquet file");
    }
}
