//! A cardholder's label from bytes to decisions: which rules it keeps from firing, after a restart, a
//! checkpoint and an aborted batch too.

use super::*;
use crate::decision::Decision;
use crate::fixtures;
use crate::history::{Continuity, FormatVersion, Gap, Record, Restore, Start, Writer};
use crate::memory::{Limits, Mark};

const LIMITS: Limits =
    Limits { retention_ms: fixtures::RETENTION_MS, events_per_card: 8, cards: 10, bytes: 1 << 20 };
const RULES: &str = r#"
[ruleset]
name = "t"
version = "1"
review = 300
decline = 600
alert_cooldown = "0s"

[[rule]]
id = "large"
when = 'amount >= 100.00'
points = 300
severity = "medium"
reason = "LARGE"
message = "m"

[[rule]]
id = "abroad"
when = 'merchant.country == "DK"'
points = 300
severity = "medium"
reason = "ABROAD"
message = "m"

[[rule]]
id = "blocked"
when = 'channel == "moto"'
points = 600
severity = "high"
action = "decline"
reason = "BLOCKED"
message = "m"

[[rule]]
id = "shadow"
mode = "shadow"
when = 'amount >= 100.00'
points = 300
severity = "medium"
reason = "SHADOW"
message = "m"
"#;

struct LabelledService {
    pipeline: Pipeline,
    memory: Memory,
    /// One record for each entry.
    history: Vec<Vec<u8>>,
    read: [i64; 2],
}

/// What differs from a charge of 100 dollars at 10:00.
#[derive(Debug, Clone, Copy)]
struct Try {
    time: &'static str,
    cents: u32,
    merchant: &'static str,
    country: &'static str,
    channel: &'static str,
}

const FIRST: Try =
    Try { time: "10:00:00", cents: 10_000, merchant: "m", country: "US", channel: "chip" };
/// After the label.
const AGAIN: Try = Try { time: "10:05:00", ..FIRST };

impl LabelledService {
    fn new(rules: &str) -> Self {
        let mut service = Self {
            pipeline: pipeline(rules),
            memory: Memory::new(LIMITS),
            history: Vec::new(),
            read: [0, 0],
        };
        assert_eq!(service.fired(FIRST), ["large"]);
        service
    }

    /// The live rules that fire.
    fn fired(&mut self, charge: Try) -> Vec<String> {
        self.decided(charge, |decision| {
            let rules = decision.ruleset.rules();
            let fired = decision.evaluation.fired.iter();
            fired.map(|fired| rules[fired.rule].id.clone()).collect()
        })
    }

    /// What `look` finds in the decision.
    fn decided<T>(&mut self, charge: Try, look: impl FnOnce(&Decision<'_>) -> T) -> T {
        let Try { time, cents, merchant, country, channel } = charge;
        let text = format!(
            "{{\"id\":\"t{}\",\"type\":\"authorization\",\"time\":\"2026-01-05T{time}Z\",\
             \"card\":{{\"token\":\"c\"}},\"amount\":{cents},\"currency\":\"USD\",\
             \"channel\":\"{channel}\",\
             \"merchant\":{{\"id\":\"{merchant}\",\"country\":\"{country}\"}}}}",
            self.read[0]
        );
        let (start, pipeline) = (start(self.read, &self.memory), &mut self.pipeline);
        self.read[0] += 1;
        let mut message = pipeline.decode(Incoming::line(text.as_bytes())).unwrap();
        match pipeline.decide(&mut self.memory, &mut message) {
            Outcome::Decided { decision, entry, .. } => {
                self.history.push(record(start, self.read, &entry));
                look(&decision)
            }
            Outcome::Duplicate { .. } => panic!("a duplicate"),
        }
    }

    /// Labels the first charge.
    fn label(&mut self, label: &str, source: &str, known_at: &str) {
        let text = format!(
            "{{\"transaction_id\":\"t0\",\"card\":{{\"token\":\"c\"}},\"label\":\"{label}\",\
             \"source\":\"{source}\",\"known_at\":\"2026-01-05T{known_at}Z\"}}"
        );
        let start = start(self.read, &self.memory);
        self.read[1] += 1;
        let mut label = self.pipeline.decode_label(Incoming::line(text.as_bytes())).unwrap();
        let (entry, labelled) = self.pipeline.label(&mut self.memory, &mut label);
        assert_eq!(labelled, Labelled::Bound);
        self.history.push(record(start, self.read, &entry.unwrap()));
    }

    /// Checks what fires on a charge, and forgets it.
    #[track_caller]
    fn check(&mut self, charge: Try, expected: &[&str]) {
        let (history, read) = (self.history.len(), self.read);
        self.memory.begin();
        assert_eq!(self.fired(charge), expected, "{charge:?}");
        self.memory.undo();
        self.history.truncate(history);
        self.read = read;
    }
}

fn pipeline(rules: &str) -> Pipeline {
    let ruleset = fixtures::compiled(&fixtures::sources(rules));
    Pipeline::new(Arc::new(fixtures::decoder()), Arc::new(ruleset))
}

fn start([first_offset, first_label]: [i64; 2], memory: &Memory) -> Start {
    Start {
        partition: 0,
        base_currency: fixtures::dollar(),
        first_offset,
        first_label: Some(first_label),
        progress: memory.progress(),
        gap: Gap::None,
        warm_up_until: None,
    }
}

fn record(start: Start, next: [i64; 2], entry: &Entry<'_>) -> Vec<u8> {
    let mut writer = Writer::new(FormatVersion::V2, usize::MAX);
    writer.begin(&start);
    writer.push(entry);
    writer.finish(next[0], Some(next[1])).to_vec()
}

#[test]
fn the_next_try_passes_once_the_cardholder_said_that_it_was_them() {
    let mut service = LabelledService::new(RULES);
    service.check(AGAIN, &["large"]);
    service.label("genuine", "cardholder", "10:01:00");
    service.check(AGAIN, &[]);
    service.check(Try { cents: 12_000, ..AGAIN }, &[]);
    service.check(Try { cents: 12_001, ..AGAIN }, &["large"]);
    service.check(Try { merchant: "n", ..AGAIN }, &["large"]);
    service.check(Try { country: "DK", ..AGAIN }, &["abroad"]);
    service.check(Try { channel: "moto", ..AGAIN }, &["blocked"]);
    service.check(Try { time: "10:00:59", ..AGAIN }, &["large"]);
    service.check(Try { time: "11:00:59", ..AGAIN }, &[]);
    service.check(Try { time: "11:01:00", ..AGAIN }, &["large"]);
    // No shadow rule was behind the alert.
    let is_snoozed = |decision: &Decision<'_>| {
        let evaluation = decision.evaluation;
        evaluation.snoozed == [0] && evaluation.shadow.len() == 1 && !decision.alert
    };
    assert!(service.decided(AGAIN, is_snoozed));
}

#[test]
fn only_the_cardholder_snoozes_and_a_later_label_ends_it() {
    for (label, source, expected) in [
        ("genuine", "cardholder", &[][..]),
        ("genuine", "analyst", &["large"]),
        ("fraud", "cardholder", &["large"]),
        ("suspected", "cardholder", &["large"]),
    ] {
        let mut service = LabelledService::new(RULES);
        service.label(label, source, "10:01:00");
        service.check(AGAIN, expected);
    }
    for label in ["fraud", "unknown"] {
        let mut service = LabelledService::new(RULES);
        service.label("genuine", "cardholder", "10:01:00");
        service.label(label, "chargeback", "10:04:00");
        service.check(Try { time: "10:03:59", ..FIRST }, &[]);
        service.check(AGAIN, &["large"]);
    }
}

#[test]
fn a_rule_that_demands_a_decline_is_not_snoozed_even_if_it_did_not_demand_it_before() {
    let declined = Try { channel: "moto", ..FIRST };
    let mut service = LabelledService::new(RULES);
    service.label("genuine", "cardholder", "10:01:00");
    assert_eq!(service.fired(Try { channel: "moto", ..AGAIN }), ["blocked"]);
    let demands = "id = \"large\"\naction = \"decline\"";
    service.pipeline = pipeline(&RULES.replace("id = \"large\"", demands));
    service.check(AGAIN, &["large"]);
    // And if it demanded it when it fired, but does not any more.
    let rules = RULES.replace("action = \"decline\"\n", "");
    let mut service = LabelledService {
        pipeline: pipeline(RULES),
        memory: Memory::new(LIMITS),
        history: Vec::new(),
        read: [0, 0],
    };
    assert_eq!(service.fired(declined), ["large", "blocked"]);
    service.label("genuine", "cardholder", "10:01:00");
    service.pipeline = pipeline(&rules);
    service.check(Try { channel: "moto", ..AGAIN }, &["blocked"]);
}

#[test]
fn a_restored_memory_has_the_snooze() {
    let mut service = LabelledService::new(RULES);
    service.label("genuine", "cardholder", "10:01:00");
    let (mut memory, mut restore) = (Memory::new(LIMITS), Restore::new());
    for bytes in &service.history {
        let record = Record::parse(bytes).unwrap();
        let follows = restore.take(&record, Time(0), &mut memory);
        assert_eq!(follows, Continuity::Contiguous);
    }
    assert!(memory == service.memory);
    let mark = Mark {
        partition: 0,
        origin: 0,
        base_currency: fixtures::dollar(),
        next_offset: 1,
        next_label: Some(1),
        history_offset: 1,
        history_hash: 0,
    };
    let mut checkpoint = Vec::new();
    memory.write_checkpoint(mark, &mut checkpoint).unwrap();
    let (read, _) = Memory::read_checkpoint(LIMITS, &mut &*checkpoint).unwrap();
    assert!(read == service.memory);
    for memory in [memory, read] {
        service.memory = memory;
        service.check(AGAIN, &[]);
        service.check(Try { merchant: "n", ..AGAIN }, &["large"]);
    }
}

#[test]
fn a_snooze_is_undone_with_its_batch() {
    let mut service = LabelledService::new(RULES);
    service.memory.begin();
    service.label("genuine", "cardholder", "10:01:00");
    assert_eq!(service.fired(AGAIN), [""; 0]);
    service.memory.undo();
    assert_eq!(service.fired(AGAIN), ["large"]);
}
