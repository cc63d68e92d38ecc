//! Labels from bytes to decisions, and through the history into another memory.

use super::*;
use crate::fixtures;
use crate::history::{Continuity, FormatVersion, Gap, Record, Restore, Start, Writer};
use crate::memory::{Limits, Progress};
use crate::rules::Action;

const LIMITS: Limits =
    Limits { retention_ms: fixtures::RETENTION_MS, events_per_card: 8, cards: 10, bytes: 1 << 20 };
/// Declines a card with known fraud.
const RULES: &str = r#"
[ruleset]
name = "t"
version = "1"
review = 300
decline = 600

[[rule]]
id = "after-fraud"
when = 'card.last("30d").exists(t, t.fraud)'
points = 600
severity = "low"
reason = "FRAUD"
message = "m"
"#;

struct Service {
    pipeline: Pipeline,
    memory: Memory,
    writer: Writer,
}

fn service() -> Service {
    let ruleset = fixtures::compiled(&fixtures::sources(RULES));
    let pipeline = Pipeline::new(Arc::new(fixtures::decoder()), Arc::new(ruleset));
    let memory = Memory::new(LIMITS);
    let mut writer = Writer::new(FormatVersion::V2, usize::MAX);
    writer.begin(&start(0, 0, memory.progress()));
    Service { pipeline, memory, writer }
}

fn start(first_offset: i64, first_label: i64, progress: Progress) -> Start {
    Start {
        partition: 0,
        base_currency: fixtures::dollar(),
        first_offset,
        first_label: Some(first_label),
        progress,
        gap: Gap::None,
        warm_up_until: None,
    }
}

impl Service {
    fn charge(&mut self, id: &str, time: &str) -> Action {
        let text = format!(
            "{{\"id\":\"{id}\",\"type\":\"authorization\",\"time\":\"2026-01-05T{time}Z\",\
             \"card\":{{\"token\":\"c\"}},\"amount\":5,\"currency\":\"USD\",\
             \"merchant\":{{\"id\":\"m\"}}}}"
        );
        let mut message = self.pipeline.decode(Incoming::line(text.as_bytes())).unwrap();
        match self.pipeline.decide(&mut self.memory, &mut message) {
            Outcome::Decided { decision, entry, .. } => {
                self.writer.push(&entry);
                decision.assessment.action
            }
            Outcome::Duplicate { .. } => panic!("{id} is a duplicate"),
        }
    }

    fn label(&mut self, of: &str, card: &str, known_at: &str) -> Labelled {
        let text = format!(
            "{{\"transaction_id\":\"{of}\",\"card\":{{\"token\":\"{card}\"}},\"label\":\"fraud\",\
             \"known_at\":\"2026-01-05T{known_at}Z\"}}"
        );
        let mut label = self.pipeline.decode_label(Incoming::line(text.as_bytes())).unwrap();
        let (entry, labelled) = self.pipeline.label(&mut self.memory, &mut label);
        assert_eq!(entry.is_some(), labelled.is_kept());
        entry.iter().for_each(|entry| self.writer.push(entry));
        labelled
    }
}

#[test]
fn a_label_changes_the_next_decision_and_is_restored_from_the_history() {
    let mut service = service();
    assert_eq!(service.charge("a", "10:00:00"), Action::Approve);
    assert_eq!(service.charge("b", "10:01:00"), Action::Approve);
    // Labels begin a record.
    let charges = service.writer.finish(2, Some(0)).to_vec();
    service.writer.begin(&start(2, 0, service.memory.progress()));
    assert_eq!(service.label("a", "c", "10:05:00"), Labelled::Bound);
    assert_eq!(service.label("a", "c", "10:05:00"), Labelled::Repeated);
    assert_eq!(service.label("later", "c", "10:05:00"), Labelled::Waits);
    assert_eq!(service.label("a", "other", "10:05:00"), Labelled::UnknownCard);
    assert_eq!(service.charge("late", "10:04:00"), Action::Approve);
    assert_eq!(service.charge("c", "10:06:00"), Action::Decline);
    let bytes = service.writer.finish(4, Some(4)).to_vec();
    let (mut memory, mut restore) = (Memory::new(LIMITS), Restore::new());
    for (bytes, entries) in [(charges, 2), (bytes, 5)] {
        let record = Record::parse(&bytes).unwrap();
        assert_eq!(record.header.entries, entries);
        let follows = restore.take(&record, Time(0), &mut memory);
        assert_eq!(follows, Continuity::Contiguous);
    }
    assert!(memory == service.memory);
    assert_eq!((restore.next_offset(), restore.next_label()), (Some(4), Some(4)));
    service.memory = memory;
    assert_eq!(service.label("a", "c", "10:05:00"), Labelled::Repeated);
    assert_eq!(service.charge("d", "10:07:00"), Action::Decline);
}

#[test]
fn a_label_is_undone_with_its_batch() {
    let mut service = service();
    service.charge("a", "10:00:00");
    service.memory.begin();
    assert_eq!(service.label("a", "c", "10:05:00"), Labelled::Bound);
    assert_eq!(service.charge("b", "10:06:00"), Action::Decline);
    service.memory.undo();
    assert_eq!(service.charge("b", "10:06:00"), Action::Approve);
    assert_eq!(service.label("a", "c", "10:05:00"), Labelled::Bound, "it is not known any more");
}

#[test]
fn a_rejected_label_names_its_field_and_no_value() {
    let service = service();
    let text = r#"{"transaction_id":"secret","card":{"token":"c"},"label":"secret","known_at":1}"#;
    let rejection = service.pipeline.decode_label(Incoming::line(text.as_bytes())).unwrap_err();
    assert_eq!(rejection.reason.code(), "unknown_label");
    assert!(rejection.message.starts_with("`label` is none of the known labels"), "{rejection}");
    assert!(!rejection.message.contains("secret"), "{rejection}");
}
