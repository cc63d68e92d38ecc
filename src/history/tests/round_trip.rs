//! Writes records and reads them again.

use super::support::*;
use crate::history::*;
use crate::memory::{CardKey, Effect, Entry};
use crate::transaction::Time;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// To run one record alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..2_000;

/// Random contents of one version, with their bytes.
fn for_each_seed(version: FormatVersion, check: impl Fn(&Content<'_>, &[u8])) {
    for seed in SEEDS {
        println!("to reproduce it: SEEDS = {seed}..{}", seed + 1);
        let content = random_content(&mut ChaCha8Rng::seed_from_u64(seed));
        let content = in_version(version, content);
        check(&content, &content.write());
    }
}

/// The content as far as the version can hold it: version 1 has no labels.
fn in_version(version: FormatVersion, mut content: Content<'_>) -> Content<'_> {
    content.version = version;
    if !version.holds_labels() {
        content.entries.retain(|entry| !matches!(entry.effect, Effect::Label(_)));
        (content.start.first_label, content.next_label) = (None, None);
        content.start.progress.labels = 0;
    }
    content
}

#[test]
fn random_entries_round_trip() {
    for_each_seed(FormatVersion::V2, |content, bytes| {
        assert_eq!(Content::read(bytes).as_ref(), Ok(content));
    });
}

#[test]
fn version_1_round_trips_the_fields_that_it_has() {
    for_each_seed(FormatVersion::V1, |content, bytes| {
        let entries = content.entries.iter().map(reduced).collect();
        let expected = Content { entries, ..content.clone() };
        assert_eq!(Content::read(bytes).as_ref(), Ok(&expected));
        // Reading and writing again changes nothing more.
        assert_eq!(Content::read(&expected.write()).as_ref(), Ok(&expected));
    });
}

#[test]
fn no_record_is_longer_than_its_bound() {
    for version in FormatVersion::ALL {
        let labels = version.holds_labels().then_some(0);
        let start = Start { first_label: labels, ..empty().start };
        let header = Content { version, start, next_label: labels, ..empty() }.write().len();
        for_each_seed(version, |content, bytes| {
            let most = header + content.entries.len() * version.entry_bytes_max();
            assert!(bytes.len() <= most, "{} bytes, at most {most}", bytes.len());
        });
    }
}

#[test]
fn a_record_without_entries_carries_its_offsets() {
    for (version, length) in [(FormatVersion::V1, 57), (FormatVersion::V2, 59)] {
        let content = Content { version, entries: vec![], ..sample() };
        let bytes = content.write();
        assert_eq!(Content::read(&bytes), Ok(content));
        assert_eq!(bytes.len(), length);
    }
}

#[test]
fn a_record_may_carry_the_end_of_a_gap_before_it() {
    for version in FormatVersion::ALL {
        for gap in [Gap::Closed(Time(1_767_608_100_000)), Gap::Open] {
            let content = Content { version, start: Start { gap, ..start() }, ..empty() };
            assert_eq!(Content::read(&content.write()), Ok(content.clone()));
        }
    }
}

#[test]
fn a_card_is_introduced_once_a_record() {
    let entry = sample().entries[0];
    let length = |entries| Content { entries, ..sample() }.write().len();
    let (one, two, three) = (length(vec![entry]), length(vec![entry; 2]), length(vec![entry; 3]));
    // The second entry's time step takes one byte instead of six.
    assert_eq!(one - length(vec![]) - (two - one), "c_9f21".len() + 1 + 5);
    assert_eq!(two - one, three - two);
}

#[test]
fn a_token_that_is_too_long_is_replaced_by_the_cards_key() {
    let token: &'static str = String::leak("x".repeat(1_025));
    let entry = Entry { card: CardKey::of(token), token: Some(token), ..sample().entries[0] };
    let bytes = Content { entries: vec![entry], ..sample() }.write();
    assert_eq!(Content::read(&bytes).unwrap().entries, [Entry { token: None, ..entry }]);
}

#[test]
fn starting_again_drops_an_unfinished_record() {
    for version in FormatVersion::ALL {
        let sample = Content { version, ..sample() };
        let mut writer = Writer::new(version, RECORD_BYTES_DEFAULT);
        writer.begin(&start());
        writer.push(&sample.entries[1]);
        writer.begin(&sample.start);
        sample.entries.iter().for_each(|entry| writer.push(entry));
        assert_eq!(writer.entries(), 7);
        assert_eq!(writer.finish(sample.next_offset, sample.next_label), sample.write());
    }
}

#[test]
fn a_full_record_is_finished_before_the_next_entry_would_exceed_the_bound() {
    for version in FormatVersion::ALL {
        let bound = version.entry_bytes_max() + 600;
        let all = (0..40).flat_map(|_| sample().entries);
        let entries: Vec<_> = match version {
            FormatVersion::V1 => all.map(|entry| reduced(&entry)).collect(),
            FormatVersion::V2 => all.collect(),
        };
        let (mut records, mut offset) = (Vec::new(), 1_000);
        let mut writer = Writer::new(version, bound);
        writer.begin(&start());
        for entry in &entries {
            writer.push(entry);
            offset += 1;
            if writer.is_full() {
                records.push(writer.finish(offset, None).to_vec());
                writer.begin(&Start { first_offset: offset, ..start() });
            }
        }
        records.push(writer.finish(offset, None).to_vec());
        let contents: Vec<_> = records.iter().map(|bytes| Content::read(bytes).unwrap()).collect();
        assert!(records.len() > 10 && records.iter().all(|bytes| bytes.len() <= bound));
        assert_eq!(contents.iter().flat_map(|c| c.entries.clone()).collect::<Vec<_>>(), entries);
        assert!(contents.windows(2).all(|w| w[0].next_offset == w[1].start.first_offset));
    }
}
