//! Runs the fuzz targets on their seeds and on random damage to them: they must not panic or hang.
//!
//! The targets themselves are in `fuzz/`. An input that one of them finds is added to its seeds and
//! is then tested here.

use crate::exercise;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

const SEEDS: std::ops::Range<u64> = 0..6;
/// Texts that damage may insert: they are difficult for parsers.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "'''",
    "\\",
    "\n",
    "#",
    "=",
    ".",
    ".?",
    "?",
    ":",
    ",",
    "&&",
    "||",
    "!",
    "-",
    "==",
    "in",
    "has(",
    "t",
    "card.last(\"1h\")",
    ".filter(t, ",
    "amount",
    "1e400",
    "9223372036854775808",
    "é",
    "😀",
    "\u{0}",
    "[[rule]]",
    "[features]",
    "null",
    "b\"x\"",
];

/// A function that damages a seed.
type Damage = fn(&[u8], &mut ChaCha8Rng) -> Vec<u8>;

/// Runs a target on each of its seeds, intact and damaged.
fn check(target: &str, run: fn(&[u8]), damage: Damage) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "`{target}` has no seeds");
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        run(&bytes);
        for seed in SEEDS {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let damaged = damage(&bytes, &mut random);
            let outcome = std::panic::catch_unwind(|| run(&damaged));
            if let Err(cause) = outcome {
                eprintln!("{} damaged with seed {seed}: {damaged:?}", path.display());
                std::panic::resume_unwind(cause);
            }
        }
    }
}

fn of_text(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    for _ in 0..random.random_range(1..5) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let Some(at) = places.get(random.random_range(0..places.len().max(1))) else { break };
        let piece = PIECES[random.random_range(0..PIECES.len())];
        let end = places.iter().find(|place| **place > at + random.random_range(0..9));
        match random.random_range(0..3) {
            0 => text.insert_str(*at, piece),
            1 => text.replace_range(at..end.unwrap_or(at), piece),
            _ => text.replace_range(at..end.unwrap_or(at), ""),
        }
    }
    text.into_bytes()
}

fn of_bytes(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..random.random_range(1..5) {
        let at = random.random_range(0..damaged.len().max(1));
        match random.random_range(0..4) {
            0 => damaged.truncate(at),
            1 => drop(damaged.splice(at..at, [0xff, 0])),
            2 => drop(damaged.drain(at..(at + 3).min(damaged.len()))),
            _ => damaged.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.random()),
        }
    }
    damaged
}

#[test]
fn hostile_rulesets_are_refused_or_run() {
    check("ruleset", exercise::ruleset, of_text);
}

#[test]
fn hostile_expressions_are_refused_or_run() {
    check("expression", exercise::expression, of_text);
}

#[test]
fn hostile_messages_are_decoded_or_rejected() {
    check("transaction", exercise::transaction, of_text);
}

#[test]
fn hostile_entries_of_lists_are_read_or_refused() {
    check("list", exercise::list, of_text);
    check("list", exercise::list, of_bytes);
}

#[test]
fn hostile_records_of_the_history_are_refused_or_restored() {
    check("history", exercise::history, of_bytes);
}
