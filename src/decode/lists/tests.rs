use super::*;
use crate::decode::{DecodeSettings, Tokenizer};
use crate::transaction::{BaseCurrency, Currency, Time};

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NUMBER: &str = "4242424242424242";

fn settings(key_file: Option<&str>) -> DecodeSettings {
    let base = BaseCurrency::with_shipped_rates(Currency::parse("USD").unwrap());
    let tokenizer = key_file.map(|text| Tokenizer::from_toml(text).unwrap());
    DecodeSettings { tokenizer, ..DecodeSettings::new(base) }
}

fn with_key() -> DecodeSettings {
    settings(Some(&format!("current = 1\n[keys]\n1 = \"{KEY}\"")))
}

fn entry(settings: &DecodeSettings, json: &str) -> Result<ListEntry, ListFault> {
    ListDecoder::new(settings).entry(json.as_bytes())
}

fn record(settings: &DecodeSettings, key: &str, json: &str) -> Result<ListChange, ListFault> {
    ListDecoder::new(settings).record(Some(key.as_bytes()), Some(json.as_bytes()))
}

const FULL: &str = r#"{"list":"travel_notices","entry":"c_9f21","values":["DK","SE"],"from":"2026-02-01T00:00:00.000Z","until":"2026-02-15T00:00:00.000Z","reason":"customer called","by":"analyst-7"}"#;

#[test]
fn an_entry_is_written_as_it_is_read() {
    let settings = settings(None);
    let read = entry(&settings, FULL).unwrap();
    assert_eq!(read.key.to_text(), "travel_notices/c_9f21");
    assert_eq!(read.to_json(), FULL);
    assert_eq!(read.until, Time::parse_rfc3339("2026-02-15T00:00:00Z"));
    let short = r#"{"list":"blocked","entry":"m_1"}"#;
    assert_eq!(entry(&settings, short).unwrap().to_json(), short);
    let nulls = r#" { "entry" : " m_1 ", "list":"blocked","values":null,"from":null,"until":null,"reason":" ","by":null}"#;
    assert_eq!(entry(&settings, nulls).unwrap().to_json(), short);
    let forever = r#"{"list":"blocked","entry":"m_1","until":"9999-12-31T23:59:59Z"}"#;
    assert_eq!(entry(&settings, forever).unwrap().until, None);
}

#[test]
fn a_record_sets_or_removes_the_entry_of_its_key() {
    let settings = settings(None);
    let set = record(&settings, "travel_notices/c_9f21", FULL).unwrap();
    assert!(matches!(&set, ListChange::Set(entry) if entry.to_json() == FULL), "{set:?}");
    let removed = ListDecoder::new(&settings).record(Some(b"blocked/a/b"), None).unwrap();
    let ListChange::Remove(key) = removed else { panic!("{removed:?}") };
    assert_eq!((key.list.as_str(), key.entry.text.as_str()), ("blocked", "a/b"));
}

#[test]
fn anything_wrong_rejects_the_entry_and_says_where() {
    let settings = settings(None);
    for (json, expected) in [
        ("", "the entry is not JSON at line 1, column 0"),
        ("{\"list\":\"l\",\n x", "the entry is not JSON at line 2, column 2"),
        ("[1]", "the entry is JSON, but not an object"),
        (
            r#"{"list":"l","entry":"e","untill":"x"}"#,
            "the entry has a field that entries do not have",
        ),
        (r#"{"list":"l","list":"l"}"#, "`list` is there twice"),
        (r#"{"list":"l"}"#, "`entry` is missing"),
        (r#"{"entry":"e"}"#, "`list` is missing"),
        (r#"{"list":"l","entry":null}"#, "`entry` is missing"),
        (r#"{"list":"l","entry":7}"#, "`entry` has the wrong type"),
        (r#"{"list":"l","entry":"  "}"#, "`entry` is blank"),
        (r#"{"list":"l","entry":"e","values":"DK"}"#, "`values` has the wrong type"),
        (r#"{"list":"l","entry":"e","values":["DK",1]}"#, "`values` has the wrong type"),
        (r#"{"list":"l","entry":"e","values":[""]}"#, "`values` is blank"),
        (r#"{"list":"a/b","entry":"e"}"#, "`list` is not a name of a list"),
        (r#"{"list":"","entry":"e"}"#, "`list` is not a name of a list"),
        (r#"{"list":"l","entry":"e","until":"2026-02-01"}"#, "`until` is not a time"),
        (r#"{"list":"l","entry":"e","from":"9999-01-01T00:00:00Z"}"#, "`from` is not a time"),
        (
            r#"{"list":"l","entry":"e","from":"2026-02-01T00:00:00Z","until":"2026-02-01T00:00:00Z"}"#,
            "`from` is not before `until`",
        ),
        (r#"{"list":"snoozes","entry":"c_1"}"#, "`entry` is not `CARD/RULE`"),
        (r#"{"list":"snoozes","entry":"c_1//m"}"#, "`entry` is not `CARD/RULE`"),
    ] {
        let fault = entry(&settings, json).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{json}: {fault}");
    }
    let long = format!(r#"{{"list":"l","entry":"{}"}}"#, "e".repeat(1_001));
    assert_eq!(entry(&settings, &long).unwrap_err().reason, ListReason::TooLong);
    let many = format!(r#"{{"list":"l","entry":"e","values":[{}"x"]}}"#, "\"x\",".repeat(1_000));
    assert_eq!(entry(&settings, &many).unwrap_err().reason, ListReason::TooManyValues);
    let decoder = ListDecoder::new(&settings);
    assert_eq!(decoder.entry(&[b'"', 0xff]).unwrap_err().reason, ListReason::NotUtf8);
    assert_eq!(decoder.entry(&[b' '; 70_000]).unwrap_err().reason, ListReason::TooLarge);
    let short = br#"{"list":"l","entry":"e"}"#;
    for (key, expected) in [
        (None, ListReason::NoKey),
        (Some(&b"l"[..]), ListReason::NoKey),
        (Some(&[0xff][..]), ListReason::NoKey),
        (Some(&b"l/f"[..]), ListReason::OtherKey),
        (Some(&b"m/e"[..]), ListReason::OtherKey),
    ] {
        assert_eq!(decoder.record(key, Some(short)).unwrap_err().reason, expected, "{key:?}");
    }
}

#[test]
fn a_card_number_becomes_its_token_or_rejects_the_entry() {
    let json =
        format!(r#"{{"list":"blocked","entry":"{NUMBER}","values":["4242 4242 4242 4242"]}}"#);
    let fault = entry(&settings(None), &json).unwrap_err();
    assert_eq!(fault.reason, ListReason::CardNumberWithoutKey);
    assert!(!fault.to_string().contains("4242"), "{fault}");
    let read = entry(&with_key(), &json).unwrap();
    assert!(read.key.entry.text.starts_with("v1_"), "{}", read.key.entry.text);
    assert_eq!(read.key.entry.text, read.values[0].text);
    assert!(!read.to_json().contains("4242424242424242"));
    let both =
        format!("current = 2\nprevious = 1\n[keys]\n1 = \"{KEY}\"\n2 = \"{}\"", "00".repeat(32));
    let two = entry(&settings(Some(&both)), &json).unwrap();
    assert!(two.key.entry.text.starts_with("v2_"));
    assert_eq!(two.key.entry.former.as_ref(), Some(&read.key.entry.text));
}

/// Compaction would bring such a record back after `redcard list remove`, which writes the token.
#[test]
fn a_record_with_a_card_number_in_its_key_or_entry_is_invalid_and_removes_nothing() {
    let token = entry(&with_key(), &format!(r#"{{"list":"blocked","entry":"{NUMBER}"}}"#)).unwrap();
    let token = token.key.entry.text;
    let value = |entry: &str| format!(r#"{{"list":"blocked","entry":"{entry}"}}"#);
    let snooze = format!(r#"{{"list":"snoozes","entry":"{NUMBER}/abroad"}}"#);
    let removed = |key: &str| {
        let decoded = ListDecoder::new(&with_key()).record(Some(key.as_bytes()), None);
        let Ok(ListChange::Remove(key)) = decoded else { panic!("{decoded:?}") };
        Some(ListChange::Remove(key))
    };
    for settings in [settings(None), with_key()] {
        let decoder = ListDecoder::new(&settings);
        for (key, value, change) in [
            (format!("blocked/{NUMBER}"), Some(value(NUMBER)), None),
            (format!("blocked/{NUMBER}"), Some(value(&token)), None),
            (format!("blocked/{NUMBER}"), None, None),
            ("blocked/4242 4242 4242 4242".to_owned(), None, None),
            (format!("snoozes/{NUMBER}/abroad"), Some(snooze.clone()), None),
            (format!("{NUMBER}/m_1"), None, None),
            // The record replaces that of the token.
            (format!("blocked/{token}"), Some(value(NUMBER)), removed(&format!("blocked/{token}"))),
        ] {
            let value = value.as_deref().map(str::as_bytes);
            let (found, fault) = decoder.change(Some(key.as_bytes()), value);
            assert_eq!(found, change, "{key}");
            let fault = fault.unwrap().to_string();
            assert!(!fault.contains("4242") && !fault.contains(&token), "{fault}");
        }
    }
}

#[test]
fn a_key_with_white_space_around_a_part_is_invalid_and_removes_nothing() {
    let settings = settings(None);
    let decoder = ListDecoder::new(&settings);
    let snooze = r#"{"list":"snoozes","entry":"c_1/abroad"}"#;
    for (key, value) in [
        ("blocked/ m_1", r#"{"list":"blocked","entry":"m_1"}"#),
        ("blocked/m_1\n", r#"{"list":"blocked","entry":"m_1\n"}"#),
        ("blocked/\u{a0}m_1", r#"{"list":"blocked","entry":"m_1"}"#),
        ("snoozes/c_1 /abroad", snooze),
        ("snoozes/c_1/ abroad", snooze),
    ] {
        for value in [Some(value.as_bytes()), None] {
            let (change, fault) = decoder.change(Some(key.as_bytes()), value);
            assert_eq!(change, None, "{key}");
            assert_eq!(fault.unwrap().reason, ListReason::SpacedKey, "{key}");
        }
    }
    // White space inside an entry is part of it.
    let (change, fault) = decoder.change(Some(b"shops/Corner Shop"), None);
    assert!(change.is_some() && fault.is_none());
}

#[test]
fn during_a_change_of_the_key_an_entry_is_written_under_both_tokens() {
    let both =
        format!("current = 2\nprevious = 1\n[keys]\n1 = \"{KEY}\"\n2 = \"{}\"", "00".repeat(32));
    let both = settings(Some(&both));
    let json = format!(
        r#"{{"list":"snoozes","entry":"{NUMBER}/abroad","values":["{NUMBER}","DK"],"reason":"r"}}"#
    );
    let read = entry(&both, &json).unwrap();
    let written: Vec<String> = read.under_each_token().map(|entry| entry.to_json()).collect();
    let former = entry(&with_key(), &json).unwrap();
    let keys: Vec<String> = read.key.under_each_token().map(|key| key.to_text()).collect();
    assert_eq!(keys, [read.key.to_text(), former.key.to_text()]);
    for (text, key) in written.iter().zip(&keys) {
        // A service with either key, or with none, reads the record.
        for settings in [&both, &with_key(), &settings(None)] {
            assert!(record(settings, key, text).is_ok(), "{key}: {text}");
        }
        let read = entry(&settings(None), text).unwrap();
        let values: Vec<&str> = read.values.iter().map(|value| &*value.text).collect();
        assert!(matches!(values[..], [a, b, "DK"] if a.starts_with("v2_") && b.starts_with("v1_")));
    }
    // With one key, or without a card number, there is one record.
    assert_eq!(former.under_each_token().count(), 1);
    assert_eq!(entry(&both, FULL).unwrap().under_each_token().count(), 1);
}

#[test]
fn each_part_of_a_snooze_is_searched_on_its_own() {
    let json = format!(r#"{{"list":"snoozes","entry":"{NUMBER}/4242/17"}}"#);
    let read = entry(&with_key(), &json).unwrap();
    let text = &read.key.entry.text;
    assert!(text.starts_with("v1_") && text.ends_with("/4242/17"), "{text}");
    let apart = r#"{"list":"snoozes","entry":"c_4242/4242/42424242"}"#;
    assert_eq!(entry(&settings(None), apart).unwrap().key.entry.text, "c_4242/4242/42424242");
}

#[test]
fn a_card_number_in_what_people_write_is_masked() {
    let json =
        format!(r#"{{"list":"l","entry":"e","reason":"called about {NUMBER}","by":"{NUMBER}"}}"#);
    let read = entry(&settings(None), &json).unwrap();
    assert_eq!(read.reason.as_deref(), Some("called about ************4242"));
    assert_eq!(read.by.as_deref(), Some("************4242"));
    let name = format!(r#"{{"list":"{NUMBER}","entry":"e"}}"#);
    assert_eq!(entry(&with_key(), &name).unwrap_err().reason, ListReason::BadName);
}
