//! What an addition costs: how many files of the source name a field, a format or an output that
//! nothing treats specially. ARCHITECTURE.md says where each goes, and how many files it takes.
//!
//! Counted are the identifiers of production code, without comments and texts. Not counted are the
//! generator, which writes messages by itself, the former format versions, which a new field does not
//! change, and a `mod.rs`, which only re-exports.

use super::paths::Named;
use super::{production, source};
use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;
use std::path::Path;

const STRUCT: &str = "src/transaction/model.rs";
const SCHEMA: &str = "src/transaction/schema.rs";
const EVENT: &str = "src/memory/card/message/event.rs";
const COLUMNS: &str = "src/rules/ir/columns.rs";
const HISTORY: &str = "src/history/v2/event.rs";
const CHECKPOINT: &str = "src/memory/card/checkpoint/card.rs";
const EVENT_FLAGS: &str = "src/memory/card/message/event_flags.rs";
const EVENT_CODEC: &str = "src/memory/card/message/event_codec.rs";
const TOPICS: &str = "src/topics.rs";
const TOPIC_KEYS: &str = "src/config/keys/kafka.rs";
const VALUES: &str = "src/decision/wire.rs";
const OUTPUT_WRITER: &str = "src/kafka/shard/output_writer.rs";

const REMEMBERED_FIELD_FILES_MAX: usize = 6;
const OUTPUT_FILES_MAX: usize = 4;

fn is_counted(file: &str) -> bool {
    let is_former =
        file.starts_with("src/history/v1/") || file.starts_with("src/memory/card/checkpoint/v1/");
    !is_former && !file.starts_with("src/generate/") && !file.ends_with("/mod.rs")
}

/// The tokens of a file with a space between each two, without comments and test modules.
fn code(text: &str) -> String {
    fn write(tokens: TokenStream, out: &mut String) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some(after) = super::paths::cfg_test(&tokens[at..]) {
                let start = at + after;
                at = start + super::paths::test_item(&tokens[start..], &mut Named::default());
                continue;
            }
            match token {
                // A comment is an attribute to the compiler.
                TokenTree::Group(group) if group.stream().to_string().starts_with("doc =") => {}
                TokenTree::Group(group) => write(group.stream(), out),
                TokenTree::Literal(_) => {}
                other => {
                    out.push_str(&other.to_string());
                    out.push(' ');
                }
            }
            at += 1;
        }
    }
    let mut out = String::new();
    write(text.parse().unwrap(), &mut out);
    out
}

/// The counted files in which the code matches a pattern.
fn files_naming(pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let files = production().into_iter().filter(|(file, _)| is_counted(file));
    files.filter(|(_, text)| pattern.is_match(&code(text))).map(|(file, _)| file).collect()
}

fn check(pattern: &str, expected: &[&str], most: usize) {
    let files = files_naming(pattern);
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(files, expected, "{pattern}");
    assert!(files.len() <= most, "{pattern}: {files:?}");
}

#[test]
fn an_optional_field_is_named_by_the_schema_and_its_struct_alone() {
    check(r"\bthree_d_secure\b", &[STRUCT, SCHEMA], 2);
    // Where the name alone is too common, the member is named by the schema alone.
    for member in ["checks . pin", "checks . address", "cardholder . id", "cardholder . country"] {
        check(&format!(r"\b{}\b", regex::escape(member)), &[SCHEMA], 1);
    }
}

#[test]
fn a_remembered_field_is_named_by_few_files() {
    let places = [STRUCT, SCHEMA, EVENT, COLUMNS, HISTORY, CHECKPOINT];
    // An id, and the code of a country.
    check(r"(?i)\bship_?to(_?key)?\b", &places, REMEMBERED_FIELD_FILES_MAX);
    check(r"(?i)\bship_?to_?country\b", &[SCHEMA, EVENT, COLUMNS, HISTORY], 4);
    check(r"(?i)\bship_?to", &places, REMEMBERED_FIELD_FILES_MAX);
    // One of the packed fields, which the formats copy together.
    let packed = [STRUCT, SCHEMA, EVENT, EVENT_FLAGS, EVENT_CODEC, COLUMNS];
    check(r"(?i)\bcard_?on_?file\b", &packed, REMEMBERED_FIELD_FILES_MAX);
}

/// A topic that only redcard writes to. Commands also read the topics of alerts and dead letters.
#[test]
fn an_output_is_named_by_few_files() {
    let topic = r"\btopics \. decisions\b|\bdecisions : Option\b";
    check(topic, &[TOPICS, TOPIC_KEYS, OUTPUT_WRITER], OUTPUT_FILES_MAX);
    // What is sent to the topic: its name in errors, and its value.
    check(r"\bDECISION\b", &[OUTPUT_WRITER], 1);
    check(r"\bwrite_alert\b", &[VALUES, OUTPUT_WRITER], 2);
    let places = [TOPICS, TOPIC_KEYS, OUTPUT_WRITER, VALUES];
    assert_eq!(places.len(), OUTPUT_FILES_MAX);
}

#[test]
fn a_format_of_messages_is_named_by_the_decoder_alone() {
    let of_json = |named: &Named| {
        let json = ["crate", "decode", "json"].map(str::to_owned);
        named.paths.iter().any(|path| path.starts_with(&json))
    };
    let files = source().into_iter().filter(|(file, _)| !file.starts_with("src/decode/json/"));
    let files: Vec<String> =
        files.filter(|(_, named)| of_json(named)).map(|(file, _)| file).collect();
    assert_eq!(files, ["src/decode/decoder.rs"]);
}

/// The files of `src/` that a row of the table "To add X, go here" names.
fn row(beginning: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with(&format!("| {beginning} ")));
    let row = row.unwrap_or_else(|| panic!("no row for {beginning}"));
    let named = row.split('`').skip(1).step_by(2).map(str::to_owned);
    named.filter(|name| name.starts_with("src/") && name.ends_with(".rs")).collect()
}

/// Asserts that a row begins with these files.
fn check_row(beginning: &str, expected: &[&str]) {
    let found = row(beginning);
    assert_eq!(found[..expected.len().min(found.len())], *expected, "{beginning}");
}

#[test]
fn the_architecture_names_the_places_of_additions() {
    check_row("an optional field of a transaction", &[SCHEMA, STRUCT]);
    check_row(
        "a remembered field of a charge",
        &[STRUCT, SCHEMA, EVENT, COLUMNS, HISTORY, CHECKPOINT],
    );
    check_row("a format of messages", &["src/decode/decoder.rs"]);
    check_row("an output (a topic that", &[OUTPUT_WRITER, VALUES, TOPICS, TOPIC_KEYS]);
}

#[test]
fn only_code_is_counted() {
    let text =
        "//! ship_to\n#[cfg(test)]\nmod tests { fn ship_to() {} }\nfn f() { g(\"ship_to\") }";
    let code = code(text);
    let words = code.split(' ').filter(|word| word.chars().all(char::is_alphabetic));
    assert_eq!(words.collect::<Vec<_>>().join(" ").trim(), "fn f g");
}
