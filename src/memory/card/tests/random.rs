//! Applies random histories to memory and to its oracle. A history on which they disagree is
//! shortened as far as possible before it is shown.

use super::oracle::{self, Counts, Oracle, Shown, Snoozed};
use super::support::*;
use super::traffic::{MERCHANTS, NAMES, Traffic, for_each_seed};
use crate::memory::{self, *};
use crate::transaction::{Country, HOUR_MS, Kind, Time};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// To run one history alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..150;
const STEPS_PER_HISTORY: usize = 300;

#[test]
fn memory_agrees_with_its_oracle_over_random_histories() {
    for_each_seed(SEEDS, |random| {
        let history = History::new(random);
        if history.disagreement().is_some() {
            let shortest = history.shortest();
            panic!("{}{shortest:?}", shortest.disagreement().unwrap());
        }
    });
}

#[derive(Clone)]
struct History {
    limits: Limits,
    steps: Vec<Step>,
}

/// A message, followed by a look at some card at some moment.
#[derive(Debug, Clone)]
struct Step {
    message: Message,
    alert: Option<u8>,
    /// A label that is read after the message.
    label: Option<LabelMessage>,
    card: CardKey,
    now: i64,
    severity: u8,
    cooldown_ms: i64,
}

/// Where memory and its oracle differ.
struct Disagreement(String);

impl History {
    fn new(mut random: ChaCha8Rng) -> Self {
        let limits = Limits {
            retention_ms: random.random_range(2_000..100_000),
            events_per_card: random.random_range(1..=8),
            cards: random.random_range(1..=4),
            bytes: usize::MAX,
        };
        let mut traffic = Traffic::new(random);
        let steps = (0..STEPS_PER_HISTORY).map(|_| Step::next(&mut traffic)).collect();
        Self { limits, steps }
    }

    fn disagreement(&self) -> Option<String> {
        let run = || Run::new(self.limits).all(&self.steps);
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(())) => None,
            Ok(Err(Disagreement(what))) => Some(what),
            Err(_) => Some("memory panics, see above".to_owned()),
        }
    }

    /// The same history without any step that the disagreement does not need.
    fn shortest(&self) -> Self {
        let mut shortest = self.clone();
        let mut length = self.steps.len();
        while length > 0 {
            let mut at = 0;
            let before = shortest.steps.len();
            while at < shortest.steps.len() {
                let mut shorter = shortest.clone();
                shorter.steps.drain(at..(at + length).min(shortest.steps.len()));
                if shorter.disagreement().is_some() {
                    shortest = shorter;
                } else {
                    at += length;
                }
            }
            if length > 1 || shortest.steps.len() == before {
                length /= 2;
            }
        }
        shortest
    }
}

impl Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{:?}", self.limits)?;
        for step in &self.steps {
            write!(f, "\n{:?}", step.message)?;
            step.alert.iter().try_for_each(|severity| write!(f, ", alert {severity}"))?;
            step.label.iter().try_for_each(|label| write!(f, "\n{label:?}"))?;
        }
        f.write_char('\n')
    }
}

impl Step {
    fn next(traffic: &mut Traffic) -> Self {
        let (message, alert) = (traffic.message(), traffic.alert());
        let label = traffic.random.random_bool(0.15).then(|| traffic.label());
        let random = &mut traffic.random;
        Self {
            message,
            alert,
            label,
            card: CardKey(random.random_range(0..traffic.cards)),
            now: traffic.around + random.random_range(-20_000..20_000),
            severity: random.random_range(0..4),
            cooldown_ms: random.random_range(0..10_000),
        }
    }
}

struct Run {
    limits: Limits,
    memory: Memory,
    oracle: Oracle,
    entries: Vec<Entry<'static>>,
    /// The id of the charge that each message was last reported to belong to.
    charges: BTreeMap<(CardKey, Identity), OriginalId>,
}

impl Run {
    fn new(limits: Limits) -> Self {
        let (memory, oracle) = (Memory::new(limits), Oracle::new(limits));
        Self { limits, memory, oracle, entries: Vec::new(), charges: BTreeMap::new() }
    }

    fn all(mut self, steps: &[Step]) -> Result<(), Disagreement> {
        for step in steps {
            self.step(step)?;
        }
        self.replay()
    }

    fn step(&mut self, step: &Step) -> Result<(), Disagreement> {
        self.record_in_both(&step.message, step.alert)?;
        step.label.iter().try_for_each(|label| self.label_in_both(label))?;
        let (card, time) = (step.message.card, step.message.tx.time.millis());
        self.compare(card, time)?;
        self.compare(card, time + self.limits.retention_ms - 1)?;
        self.compare(step.card, step.now)?;
        self.compare_alerts(step)
    }

    fn compare_alerts(&mut self, step: &Step) -> Result<(), Disagreement> {
        let Step { card, now, severity, cooldown_ms, .. } = *step;
        let open = self.memory.open(card);
        let expected = self.oracle.alert_near(card, now, severity, cooldown_ms);
        same("alert near", open.alert_near(Time(now), severity, cooldown_ms), expected)?;
        same("last alert", open.last_alert(), self.oracle.last_alert(card))
    }

    /// Records a message in both, unless both call it a duplicate.
    fn record_in_both(&mut self, message: &Message, alert: Option<u8>) -> Result<(), Disagreement> {
        let card = self.memory.open(message.card);
        let recognised = card.recognise(&message.tx);
        same("recognised", recognised, self.oracle.recognise(message))?;
        let role = match recognised {
            Recognised::Duplicate { .. } => return Ok(()),
            Recognised::Response { .. } => Role::Response,
            Recognised::New { .. } => {
                let role = card.role(&message.tx);
                same("role", role, self.oracle.role(message))?;
                role
            }
        };
        let alert = alert_for(role, alert);
        let (entry, recorded, links) = card.record(&message.tx, role, base(), alert.map(alert_of));
        let card = message.card;
        if role != Role::Response {
            // It may have been forgotten since it arrived before.
            self.charges.remove(&(card, Identity::of(&message.tx)));
        }
        self.charges.extend(links.iter().map(|link| ((card, link.message()), link.charge_id())));
        let entry = kept(&entry);
        self.memory.check();
        same("recorded", recorded, self.oracle.record(message, role, alert))?;
        same("entry", (entry.id(), entry.time()), (message.id(), message.tx.time))?;
        self.entries.push(entry);
        self.compare_charges(card)?;
        same("counts", counts_of(&self.memory.usage()), self.oracle.counts())
    }

    /// Checks which charge labels of a card's messages belong to, as far as it matters for alerts.
    fn compare_charges(&self, card: CardKey) -> Result<(), Disagreement> {
        for (message, charges) in self.oracle.charges_of_labels(card) {
            let name = NAMES.iter().find(|name| Self::is_named(message, name)).unwrap();
            let reported = self.charges.get(&(card, message)).copied();
            let charge = reported.unwrap_or(OriginalId::of(name));
            let found = NAMES.iter().find(|name| OriginalId::of(name) == charge).unwrap();
            if !charges.iter().any(|charge| charge == found) {
                same(&format!("the charge of {name}"), vec![(*found).to_owned()], charges)?;
            }
        }
        Ok(())
    }

    fn is_named(message: Identity, name: &str) -> bool {
        let ids = [Kind::Authorization, Kind::Clearing].map(|kind| MessageId::of(kind, name));
        ids.contains(&message.id)
    }

    fn label_in_both(&mut self, label: &LabelMessage) -> Result<(), Disagreement> {
        let (entry, labelled) = record_label(&mut self.memory, label);
        self.memory.check();
        same("labelled", labelled, self.oracle.label(label.card, &label.label))?;
        same("is an entry", entry.is_some(), labelled.is_kept())?;
        self.entries.extend(entry);
        same("counts", counts_of(&self.memory.usage()), self.oracle.counts())?;
        let known_at = label.label.known_at.millis();
        self.compare(label.card, known_at)?;
        self.compare(label.card, known_at + HOUR_MS - 1)?;
        self.compare(label.card, known_at + HOUR_MS)
    }

    fn compare(&mut self, card: CardKey, now: i64) -> Result<(), Disagreement> {
        let actual = past_of(&self.memory.open(card).recall(Time(now)));
        same(&format!("{card:?} at {now}"), actual, self.oracle.recall(card, now))
    }

    /// Checks that the entries, applied to a new memory, give an equal one.
    fn replay(&self) -> Result<(), Disagreement> {
        let mut replayed = Memory::new(self.limits);
        self.entries.iter().for_each(|entry| {
            replayed.apply(entry);
        });
        same("dump after a replay", replayed.dump(), self.memory.dump())?;
        same("usage after a replay", replayed.usage(), self.memory.usage())
    }
}

fn same<T: PartialEq + Debug>(what: &str, actual: T, expected: T) -> Result<(), Disagreement> {
    if actual == expected {
        return Ok(());
    }
    Err(Disagreement(format!("{what}: memory has\n{actual:#?}\nand the oracle\n{expected:#?}")))
}

fn counts_of(usage: &Usage) -> Counts {
    Counts {
        cards: usage.cards,
        events: usage.events,
        evicted_cards: usage.evicted_cards,
        expired_cards: usage.expired_cards,
        too_old: usage.too_old,
        evicted_waiting: usage.evicted_waiting,
    }
}

/// What memory recalls, as the oracle's type.
pub fn past_of(recall: &Recall<'_>) -> oracle::Past {
    past_with(recall, &NAMES, &MERCHANTS)
}

/// The same for messages with any of these ids and merchants.
pub fn past_with(recall: &Recall<'_>, ids: &[&str], merchants: &[&str]) -> oracle::Past {
    let list = |past: memory::Past<'_>| -> Vec<Shown> {
        past.iter().map(|event| shown(event, ids, merchants)).collect()
    };
    let country = |(country, time): &(Country, Time)| (country.to_string(), time.millis());
    let mut countries: Vec<_> = recall.cut_countries.iter().map(country).collect();
    countries.sort();
    let mut snoozes: Vec<_> = recall.snoozes.iter().map(snoozed).collect();
    snoozes.sort();
    oracle::Past {
        charges: list(recall.charges),
        refunds: list(recall.refunds),
        countries,
        cut: recall.cut.map(Time::millis),
        unknown_until: recall.unknown_until.map(Time::millis),
        snoozes,
    }
}

fn snoozed(snooze: CardSnooze<'_>) -> Snoozed {
    let CardSnooze { merchant, amount_max, rules, until } = snooze;
    Snoozed { merchant, amount_max, rules: rules.to_vec(), until: until.millis() }
}

fn shown(event: &Event, ids: &[&str], merchants: &[&str]) -> Shown {
    let (kind, id) = name_of(event, ids.iter().copied()).unwrap();
    let merchant = merchants.iter().find(|id| id_hash64(id) == event.merchant()).unwrap();
    assert_eq!(event.is_clearing(), kind == crate::transaction::Kind::Clearing);
    assert_eq!(event.approved(), !event.declined());
    Shown {
        name: oracle::name(kind, id, merchant),
        time: event.time().millis(),
        amount: event.amount(),
        attempted: event.attempted(),
        reversed: event.reversed(),
        declined: event.declined(),
        alerted: event.alerted(),
        alert: event.alert(),
        verdict: (event.fraud(), event.genuine()),
    }
}
