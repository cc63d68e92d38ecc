//! Tests complete, unfinished and damaged checkpoint files.

use super::*;
use crate::memory::{AdjustmentEntry, AdjustmentKind, CardKey, Effect, Entry, MessageId};
use crate::transaction::{Currency, Time};

const LIMITS: Limits =
    Limits { retention_ms: 1_000, events_per_card: 8, cards: 100, bytes: usize::MAX };
const PARTITION: i32 = 3;

fn mark(next_offset: i64) -> Mark {
    let base_currency = Currency::parse("EUR").unwrap();
    Mark {
        partition: PARTITION,
        origin: 5,
        base_currency,
        next_offset,
        next_label: None,
        history_offset: 1,
        history_hash: 2,
    }
}

/// A memory of `messages` messages.
fn memory(messages: u64) -> Memory {
    let mut memory = Memory::new(LIMITS);
    for n in 0..messages {
        let effect = Effect::Adjustment(AdjustmentEntry {
            change: AdjustmentKind::Capture,
            id: MessageId(n),
            merchant: 1,
            time: Time(n as i64),
            amount: None,
            original: None,
            charged: None,
        });
        let card = CardKey(u128::from(n % 10));
        memory.apply(&Entry { card, token: None, effect, alert: None });
    }
    memory
}

/// A folder with one checkpoint, and the checkpoint's path.
fn saved(messages: u64) -> (tempfile::TempDir, Checkpoints, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(folder.path().join("made/when/needed"), 0);
    checkpoints.save(&memory(messages), mark(messages as i64)).unwrap();
    let path = checkpoints.path(PARTITION);
    (folder, checkpoints, path)
}

/// Checks that the loaded memory has `messages` messages.
#[track_caller]
fn check(checkpoints: &Checkpoints, messages: u64) {
    let (found, found_mark) = checkpoints.load(PARTITION, LIMITS).unwrap().unwrap();
    assert!(found == memory(messages));
    assert_eq!(found_mark, mark(messages as i64));
}

#[test]
fn the_last_saved_checkpoint_is_loaded() {
    let (_folder, checkpoints, path) = saved(20);
    check(&checkpoints, 20);
    let bytes = checkpoints.save(&memory(50), mark(50)).unwrap();
    check(&checkpoints, 50);
    assert_eq!(fs::metadata(path).unwrap().len(), bytes);
}

#[test]
fn there_is_no_checkpoint_before_the_first_save() {
    let (_folder, checkpoints, _) = saved(20);
    assert!(checkpoints.load(4, LIMITS).unwrap().is_none());
    assert!(Checkpoints::new("/no/such/folder", 0).load(0, LIMITS).unwrap().is_none());
}

#[test]
fn a_crash_while_saving_leaves_the_previous_checkpoint() {
    let (_folder, checkpoints, path) = saved(20);
    let unfinished = path.with_extension("checkpoint.new-0");
    let mut whole = Vec::new();
    memory(50).write_checkpoint(mark(50), &mut whole).unwrap();
    for length in (0..=whole.len()).step_by(7) {
        fs::write(&unfinished, &whole[..length]).unwrap();
        check(&checkpoints, 20);
    }
    checkpoints.save(&memory(50), mark(50)).unwrap();
    check(&checkpoints, 50);
    assert!(!fs::exists(unfinished).unwrap());
}

#[test]
fn a_damaged_or_truncated_checkpoint_is_reported() {
    let (_folder, checkpoints, path) = saved(20);
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[100] ^= 1;
    for bytes in [&whole[..whole.len() - 1], &whole[..3], &[], &damaged] {
        fs::write(&path, bytes).unwrap();
        let error = checkpoints.load(PARTITION, LIMITS).unwrap_err();
        let FileError::Read { source: CheckpointError::Damaged { .. }, .. } = error else {
            panic!("{error}");
        };
    }
    checkpoints.save(&memory(50), mark(50)).unwrap();
    check(&checkpoints, 50);
}

#[test]
fn a_folder_that_cannot_be_created_is_reported() {
    let (folder, _, _) = saved(1);
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = Checkpoints::new(&file, 0).save(&memory(1), mark(1)).unwrap_err();
    assert!(matches!(error, FileError::Write { .. }));
}

#[test]
fn an_unwritable_folder_is_reported_before_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let probe = |path: &Path| Checkpoints::new(path, 0).probe();
    probe(folder.path()).unwrap();
    probe(&folder.path().join("not/there/yet")).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = probe(&path).unwrap_err();
        assert!(matches!(error, FileError::Folder { .. }), "{error}");
    }
}
