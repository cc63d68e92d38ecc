//! The path of a transaction, as ARCHITECTURE.md lists it: each file exists and is listed once, below
//! a file that calls it.
//!
//! A file calls another if it imports an item of it. A method may be defined in another file than its
//! type, and a type may be known only by inference; then the file must call one of the methods.

use super::cycles::production_imports;
use super::production;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

const HEADING: &str = "## The path of a transaction";
const FILES_MIN: usize = 15;

/// A file on the path, and how far its line is indented.
#[derive(Debug, PartialEq)]
struct Entry<'d> {
    indent: usize,
    file: &'d str,
}

/// The files that the list names, in its order.
fn listed(document: &str) -> Vec<Entry<'_>> {
    let section = document.split_once(HEADING).map_or("", |(_, after)| after);
    let block = section.split("```").nth(1).unwrap_or_default();
    let entry = |line| {
        let text = str::trim_start(line);
        let file = text.split_whitespace().next().filter(|word| word.ends_with(".rs"))?;
        Some(Entry { indent: line.len() - text.len(), file })
    };
    block.lines().filter_map(entry).collect()
}

/// The entry that this one is listed below.
fn caller<'e, 'd>(entries: &'e [Entry<'d>], at: usize) -> Option<&'e Entry<'d>> {
    entries[..at].iter().rev().find(|entry| entry.indent < entries[at].indent)
}

fn twice<'d>(entries: &[Entry<'d>]) -> Vec<&'d str> {
    let mut seen = BTreeSet::new();
    entries.iter().map(|entry| entry.file).filter(|file| !seen.insert(*file)).collect()
}

/// The functions that other files may call.
fn public_functions(text: &str) -> BTreeSet<&str> {
    let function = Regex::new(r"\bpub(?:\([^)]*\))? (?:const )?fn (\w+)").unwrap();
    function.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

/// The methods that a file calls on values.
fn called_methods(text: &str) -> BTreeSet<&str> {
    let call = Regex::new(r"\.\s*(\w+)(?:::<[^>]*>)?\(").unwrap();
    call.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

#[test]
fn the_listed_path_exists_and_names_each_file_once() {
    let text = include_str!("../../../ARCHITECTURE.md");
    let entries = listed(text);
    assert!(entries.len() >= FILES_MIN, "only {} files are listed", entries.len());
    assert_eq!(twice(&entries), [""; 0]);
    let (source, imports) = (production(), production_imports());
    let source: BTreeMap<String, String> = source.into_iter().collect();
    for (at, entry) in entries.iter().enumerate() {
        let file = format!("src/{}", entry.file);
        assert!(source.contains_key(&file), "{file} is not a file of the source");
        let Some(caller) = caller(&entries, at) else { continue };
        let caller = format!("src/{}", caller.file);
        let has_method = || {
            let (called, offered) =
                (called_methods(&source[&caller]), public_functions(&source[&file]));
            called.intersection(&offered).next().is_some()
        };
        let calls = imports[&caller].contains(&file) || has_method();
        assert!(calls, "{caller} does not call {file}");
    }
}

#[test]
fn calls_are_found_in_the_source() {
    let file = "pub fn apply(&mut self) {}\npub(in crate::memory) fn undo() {}\nfn own() {}";
    assert_eq!(public_functions(file), BTreeSet::from(["apply", "undo"]));
    let caller = "fn f() { memory\n    .apply(x); a.b.undo::<T>(); own(); c.field }";
    assert_eq!(called_methods(caller), BTreeSet::from(["apply", "undo"]));
}

#[test]
fn the_list_is_read_from_the_document() {
    let document = "## The path of a transaction\n\nIts files.\n\n```text\nKafka\n  │\na.rs  one\n  \
                    b/c.rs   two\n  d.rs\n  a.rs\n```\n\n```text\ne.rs\n```\n";
    let entries = listed(document);
    let files: Vec<(usize, &str)> =
        entries.iter().map(|entry| (entry.indent, entry.file)).collect();
    assert_eq!(files, [(0, "a.rs"), (2, "b/c.rs"), (2, "d.rs"), (2, "a.rs")]);
    assert_eq!(twice(&entries), ["a.rs"]);
    assert_eq!(caller(&entries, 2), Some(&entries[0]));
    assert_eq!(caller(&entries, 0), None);
}
