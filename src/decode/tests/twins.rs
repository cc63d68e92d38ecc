//! Reads damaged messages in both ways in which texts are read: borrowed from serde_json's only pass
//! if the message has no escapes, and otherwise skipped by serde_json and read afterwards.
//!
//! Twins are two messages of the same length that differ in one unlisted value, which has an escape
//! in one of them. Their transactions, notes and rejections must be equal. serde_json, skipping the
//! whole message, says whether it is JSON, and where it stops being JSON.

use super::hostile::mutant;
use super::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const SEEDS: u64 = 40;
const TWINS_PER_SEED: usize = 500;

/// The beginnings of two twins.
const PLAIN: &str = r#"{"x":"aaaaaa","#;
const ESCAPED: &str = r#"{"x":"\u0061","#;

/// A damaged message as twins; `None` if it does not begin as an object.
fn twins(damaged: &[u8]) -> Option<[Vec<u8>; 2]> {
    let members: Vec<u8> = damaged.strip_prefix(b"{")?.to_vec();
    let members: Vec<u8> = members.into_iter().filter(|byte| *byte != b'\\').collect();
    Some([PLAIN, ESCAPED].map(|beginning| [beginning.as_bytes(), &members].concat()))
}

/// Where serde_json stops, as the end of a rejection's place; `None` if the text is JSON.
fn place_of_fault(text: &str) -> Option<String> {
    let error = serde_json::from_str::<&RawValue>(text).err()?;
    let lines_before = text.split('\n').take(error.line() - 1);
    let start_of_line: usize = lines_before.map(|line| line.len() + 1).sum();
    Some(format!("(byte {});", start_of_line + error.column().saturating_sub(1)))
}

/// Checks twins, and returns the reason for which they are rejected.
fn check([plain, escaped]: &[Vec<u8>; 2], decoder: &Decoder, seed: u64) -> Option<Reason> {
    let shown = String::from_utf8_lossy(plain);
    let outcome = decoder.decode(plain, None);
    assert_eq!(outcome, decoder.decode(escaped, None), "seed {seed}: {shown}");
    let Ok(text) = std::str::from_utf8(plain) else {
        let reason = outcome.err().map(|rejection| rejection.reason);
        assert_eq!(reason, Some(Reason::NotUtf8), "seed {seed}: {shown}");
        return reason;
    };
    let fault = place_of_fault(text);
    let Err(Rejection { reason, message }) = outcome else {
        assert_eq!(fault, None, "seed {seed}: {shown}");
        return None;
    };
    if matches!(reason, Reason::NotJson | Reason::TrailingBytes) {
        let is_there = fault.as_ref().is_some_and(|place| message.contains(place));
        assert!(is_there, "seed {seed}: {message}, not {fault:?}: {shown}");
    }
    Some(reason)
}

#[test]
fn a_message_with_escapes_and_one_without_are_read_alike_wherever_they_are_damaged() {
    let decoders = [Decoder::new(settings()), Decoder::new(with_key())];
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..TWINS_PER_SEED {
            let Some(twins) = twins(&mutant(&mut random)) else { continue };
            for decoder in &decoders {
                let reason = check(&twins, decoder, seed);
                *counts.entry(reason.map_or("accepted", Reason::code)).or_default() += 1;
            }
        }
    }
    for code in ["accepted", "not_json", "trailing_bytes", "duplicate_key", "not_utf8"] {
        assert!(counts.get(code).is_some_and(|count| *count > 20), "{code}: {counts:?}");
    }
}

/// Every place within the example's object that is not within a character.
fn places() -> impl Iterator<Item = usize> {
    let object = EXAMPLE.trim_end();
    object.char_indices().map(|(at, _)| at).skip(1)
}

#[test]
fn a_message_cut_anywhere_is_rejected_where_it_ends() {
    let decoder = Decoder::new(settings());
    for end in places() {
        let twins = twins(&EXAMPLE.as_bytes()[..end]).unwrap();
        assert_eq!(check(&twins, &decoder, 0), Some(Reason::NotJson), "cut at {end}");
    }
}

#[test]
fn a_control_character_is_rejected_anywhere_but_a_new_line_between_values() {
    let decoder = Decoder::new(settings());
    for at in places() {
        let (before, after) = EXAMPLE.split_at(at);
        let is_in_text = before.matches('"').count() % 2 == 1;
        for control in ["\0", "\u{1f}", "\n"] {
            if is_in_text || control != "\n" {
                let twins = twins(format!("{before}{control}{after}").as_bytes()).unwrap();
                assert_eq!(
                    check(&twins, &decoder, 0),
                    Some(Reason::NotJson),
                    "{control:?} at {at}"
                );
            }
        }
    }
}
