//! What the scoring core must not use. Methods that look at files or clocks are forbidden by
//! clippy.toml: clippy knows the types of values.

use super::modules::{Modules, SourceFile};
use super::{covers, is_below, production, source, violations};
use std::collections::BTreeSet;

/// What the core must not use: Kafka, async, threads, locks, clocks, logging, globals. It must not
/// import their modules either.
const FORBIDDEN_IN_CORE: &[&str] = &[
    "anyhow",
    "axum",
    "clippy::disallowed_methods",
    "dashmap",
    "dbg!",
    "eprint!",
    "eprintln!",
    "hyper",
    "print!",
    "println!",
    "prometheus",
    "rand",
    "rdkafka",
    "core::sync::atomic",
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::sync::Barrier",
    "std::sync::Condvar",
    "std::sync::LazyLock",
    "std::sync::Mutex",
    "std::sync::Once",
    "std::sync::OnceLock",
    "std::sync::RwLock",
    "std::sync::atomic",
    "std::sync::mpsc",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "thread_local!",
    "tokio",
    "tracing",
];

/// What else it must not use, from modules that it may import.
const FORBIDDEN_FUNCTIONS: &[&str] = &["std::io::stderr", "std::io::stdin", "std::io::stdout"];

/// What clippy rejects everywhere, since it is called on values and not named by a path.
const FORBIDDEN_METHODS: &[&str] = &[
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "std::env::var",
    "std::path::Path::canonicalize",
    "std::path::Path::exists",
    "std::path::Path::is_dir",
    "std::path::Path::is_file",
    "std::path::Path::is_symlink",
    "std::path::Path::metadata",
    "std::path::Path::read_dir",
    "std::path::Path::read_link",
    "std::path::Path::symlink_metadata",
    "std::path::Path::try_exists",
    "std::time::Instant::now",
    "std::time::SystemTime::now",
];

/// The one file of the core that reads files, and what it may use to do so.
const EXCEPTIONS: &[(&str, &str)] = &[("src/rules/source/loader.rs", "std::fs")];

#[test]
fn every_exception_is_still_needed() {
    let source = source();
    for (file, allowed) in EXCEPTIONS {
        let named = source.get(*file).unwrap_or_else(|| panic!("{file} does not exist"));
        let used = named.paths.iter().any(|path| covers(allowed, path));
        assert!(used, "{file} no longer names {allowed}");
    }
}

#[test]
fn impure_code_is_caught() {
    let modules = Modules::read(production());
    let check = |code: &str, expected: usize| {
        let found = violations(&modules, &SourceFile::read("src/decode/notes.rs", code));
        assert_eq!(found.len(), expected, "{code}: {found:?}");
    };
    check("use std::io::{self, Read, Write};\nfn f(e: io::Error) {}", 0);
    check("use std::io;\nfn f() { io::stdin().lock() }", 1);
    check("use std::io as input;\nfn f() { input::stdin().lock() }", 1);
    check("fn f() { std::io::stdout().lock() }", 1);
    check("use std::io::{Write, stderr};", 1);
    check("use std::io::*;", 1);
    check("use std::sync::{Arc, OnceLock};", 1);
    check("static X: std::sync::LazyLock<u8> = std::sync::LazyLock::new(f);", 2);
    check("thread_local! { static X: u8 = 1; }", 1);
    check("std::thread_local! { static X: u8 = 1; }", 1);
    check("use std::thread_local as per_thread;", 1);
    check("fn f() { std::println!(\"x\"); ::std::eprint!(\"x\") }", 2);
    check("use core::sync::atomic::AtomicU64;", 1);
    check("use core::net::IpAddr;", 0);
    check("use std::os::fd::AsFd;", 1);
    check("#[expect(clippy::disallowed_methods, reason = \"\")]\nfn f() { p.exists() }", 1);
    check("#[cfg(test)]\nmod tests { use std::sync::LazyLock; }", 0);
}

#[test]
fn clippy_rejects_clocks_environment_and_files() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("clippy.toml");
    let settings: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let methods = settings["disallowed-methods"].as_array().unwrap();
    for method in FORBIDDEN_METHODS {
        let is_listed = methods.iter().any(|row| row["path"].as_str() == Some(method));
        assert!(is_listed, "clippy.toml does not list {method}");
    }
}

/// Whether a path, or what it means, is forbidden in the core.
pub fn is_impure(file: &str, path: &[String], meanings: &BTreeSet<Vec<String>>) -> bool {
    let is_allowed = |path: &[String]| {
        EXCEPTIONS.iter().any(|(place, allowed)| *place == file && covers(allowed, path))
    };
    let is_forbidden = |path: &[String]| {
        FORBIDDEN_IN_CORE.iter().any(|forbidden| covers(forbidden, path)) && !is_allowed(path)
    };
    let is_function = |path: &[String]| FORBIDDEN_FUNCTIONS.iter().any(|name| names(name, path));
    let leads_there = |meaning: &Vec<String>| {
        let mut forbidden = FORBIDDEN_IN_CORE.iter();
        let meaning = &without_std(meaning);
        is_function(meaning) || forbidden.any(|rule| names(rule, meaning)) && !is_allowed(meaning)
    };
    is_forbidden(path) || meanings.iter().any(leads_there)
}

/// Whether a path names what is forbidden, something below it, or everything beside it.
fn names(forbidden: &str, path: &[String]) -> bool {
    let (last, parent) = path.split_last().unwrap();
    let forbidden_parent = forbidden.rsplit_once("::").map(|(parent, _)| parent);
    is_below(forbidden, path) || (last == "*" && forbidden_parent == Some(&parent.join("::")))
}

/// `std::println!` as `println!`, and so `std::println` as an import.
fn without_std(path: &[String]) -> Vec<String> {
    let [root, name] = path else { return path.to_vec() };
    let name = format!("{}!", name.trim_end_matches('!'));
    let is_macro = root == "std" && FORBIDDEN_IN_CORE.contains(&name.as_str());
    if is_macro { vec![name] } else { path.to_vec() }
}
