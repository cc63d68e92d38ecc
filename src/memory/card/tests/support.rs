//! Provides short constructors for messages, and a memory to test with.

use crate::fixtures;
use crate::memory::card::partition::memory::BYTES_PER_CARD;
use crate::memory::card::state::card::Card;
use crate::memory::*;
use crate::transaction::{self, Time, *};
use std::fmt;

pub const LIMITS: Limits = Limits {
    retention_ms: fixtures::RETENTION_MS,
    events_per_card: fixtures::EVENTS_PER_CARD,
    cards: 1_000,
    bytes: usize::MAX,
};

/// The base currency of every memory in these tests.
pub const BASE: &str = "USD";
const TOKEN: &str = "c";
const MERCHANT: &str = "m";

pub fn base() -> Currency {
    fixtures::dollar()
}

/// A transaction and its card.
#[derive(Clone)]
pub struct Message {
    pub tx: Transaction<'static>,
    pub card: CardKey,
}

fn message(kind: Kind, id: &str, time: i64, amount: i64) -> Message {
    let mut tx = fixtures::transaction(id, Time(time), amount);
    tx.kind = kind;
    tx.card.token = TOKEN.into();
    tx.merchant.id = MERCHANT.into();
    Message { tx, card: CardKey(0) }
}

/// An authorization of 100.
pub fn charge(id: &str, time: i64) -> Message {
    message(Kind::Authorization, id, time, 100)
}

pub fn refund(id: &str, time: i64) -> Message {
    message(Kind::Refund, id, time, 100)
}

pub fn clearing(id: &str, time: i64, amount: i64) -> Message {
    message(Kind::Clearing, id, time, amount)
}

pub fn reversal(id: &str, time: i64, amount: i64) -> Message {
    message(Kind::Reversal, id, time, amount)
}

impl Message {
    pub fn on(self, card: u128) -> Self {
        Self { card: CardKey(card), ..self }
    }

    /// Sets the amount, in the base currency.
    pub fn amount(self, minor: i64) -> Self {
        self.foreign(BASE, minor, Some(minor))
    }

    pub fn without_rate(self) -> Self {
        let minor = self.tx.amount.minor;
        self.foreign("CHF", minor, None)
    }

    /// Sets the amount in this currency, worth `base_amount` in the base currency.
    pub fn foreign(mut self, currency: &str, minor: i64, base_amount: Option<i64>) -> Self {
        self.tx.amount = Money { minor, currency: Currency::parse(currency).unwrap() };
        self.tx.base_amount = base_amount;
        self
    }

    pub fn at(mut self, merchant: &str) -> Self {
        self.tx.merchant.id = merchant.to_owned().into();
        self
    }

    pub fn named(mut self, id: &str) -> Self {
        self.tx.id = id.to_owned().into();
        self
    }

    pub fn time(mut self, time: i64) -> Self {
        self.tx.time = Time(time);
        self
    }

    pub fn original(mut self, id: &str) -> Self {
        self.tx.original_id = Some(id.to_owned().into());
        self
    }

    pub fn recurring(mut self, recurring: bool) -> Self {
        self.tx.recurring = Some(recurring);
        self
    }

    pub fn approved(self) -> Self {
        self.response(Response { approved: Some(true), reason: None })
    }

    pub fn declined(self) -> Self {
        let reason = Some(DeclineReason::InsufficientFunds);
        self.response(Response { approved: Some(false), reason })
    }

    pub fn response(mut self, response: Response) -> Self {
        self.tx.response = response;
        self
    }

    pub fn country(mut self, code: &str) -> Self {
        self.tx.merchant.country = Country::parse(code);
        self
    }

    pub fn id(&self) -> MessageId {
        MessageId::of(self.tx.kind, &self.tx.id)
    }
}

/// Short, since a history prints many of them.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tx = &self.tx;
        let (kind, id, merchant) = (tx.kind.name(), &tx.id, &tx.merchant.id);
        write!(f, "{} {kind} {id} at {merchant}, {}", self.card.0, tx.time.millis())?;
        write!(f, ", {} {}", tx.amount.currency.code(), tx.amount.minor)?;
        if tx.base_amount != Some(tx.amount.minor) {
            write!(f, " = {:?}", tx.base_amount)?;
        }
        if let Some(original) = &tx.original_id {
            write!(f, ", original {original}")?;
        }
        if tx.recurring == Some(true) {
            write!(f, ", recurring")?;
        }
        if tx.response != Response::default() {
            write!(f, ", {:?} {:?}", tx.response.approved, tx.response.reason)?;
        }
        Ok(())
    }
}

/// A memory, and the ids that were given to it.
pub struct MemoryFixture {
    pub memory: Memory,
    ids: Vec<String>,
}

impl MemoryFixture {
    pub fn new(limits: Limits) -> Self {
        Self { memory: Memory::new(limits), ids: Vec::new() }
    }

    /// Records a message that is not a duplicate.
    pub fn record(&mut self, message: &Message) -> Recorded {
        self.record_with(message, None).unwrap().1
    }

    /// Records a message with the severity of the alert about it; `None` for a duplicate, which is
    /// not recorded.
    pub fn record_with(
        &mut self,
        message: &Message,
        alert: Option<u8>,
    ) -> Option<(Entry<'static>, Recorded)> {
        self.ids.push(message.tx.id.to_string());
        let recorded = record(&mut self.memory, message, alert);
        self.memory.check();
        recorded.map(|(entry, recorded, _)| (entry, recorded))
    }

    /// Records a label.
    pub fn label(&mut self, label: &LabelMessage) -> Labelled {
        let (entry, labelled) = record_label(&mut self.memory, label);
        assert_eq!(entry.is_some(), labelled.is_kept());
        self.memory.check();
        labelled
    }

    pub fn all(&mut self, messages: impl IntoIterator<Item = Message>) {
        messages.into_iter().for_each(|message| {
            self.record(&message);
        });
    }

    /// Advances the clock to `time` by messages of a card that no test looks at.
    pub fn advance_to(&mut self, time: i64) {
        (0..64).for_each(|n| {
            self.record(&charge(&format!("tick {time} {n}"), time).on(u128::MAX));
        });
    }

    pub fn open_card<T>(&mut self, card: u128, look: impl FnOnce(&CardMemory<'_>) -> T) -> T {
        look(&self.memory.open(CardKey(card)))
    }

    pub fn open<T>(&mut self, look: impl FnOnce(&CardMemory<'_>) -> T) -> T {
        self.open_card(0, look)
    }

    pub fn recognise(&mut self, message: &Message) -> Recognised {
        self.memory.open(message.card).recognise(&message.tx)
    }

    /// Whether a message is recognised as one that was seen before.
    pub fn remembers(&mut self, message: &Message) -> bool {
        !matches!(self.recognise(message), Recognised::New { .. })
    }

    /// The charges of card 0 at `now`, one per line: see [`MemoryFixture::charges_of`].
    pub fn charges(&mut self, now: i64) -> Vec<String> {
        self.charges_of(0, now)
    }

    /// The charges of a card at `now` as `id time amount`, with `/attempted` if that amount
    /// differs, and with any marks.
    pub fn charges_of(&mut self, card: u128, now: i64) -> Vec<String> {
        let ids = self.ids.clone();
        self.open_card(card, |card| show(&ids, card.recall(Time(now)).charges))
    }

    pub fn refunds(&mut self, now: i64) -> Vec<String> {
        let ids = self.ids.clone();
        self.open(|card| show(&ids, card.recall(Time(now)).refunds))
    }
}

/// Records a message in a memory; `None` for a duplicate.
pub fn record(
    memory: &mut Memory,
    message: &Message,
    alert: Option<u8>,
) -> Option<(Entry<'static>, Recorded, Vec<ChargeLink>)> {
    let card = memory.open(message.card);
    let role = match card.recognise(&message.tx) {
        Recognised::Duplicate { .. } => return None,
        Recognised::Response { .. } => Role::Response,
        Recognised::New { .. } => card.role(&message.tx),
    };
    let alert = alert_for(role, alert).map(alert_of);
    let (entry, recorded, links) = card.record(&message.tx, role, base(), alert);
    Some((kept(&entry), recorded, links))
}

/// A label and its card.
#[derive(Clone)]
pub struct LabelMessage {
    pub label: Label<'static>,
    pub card: CardKey,
}

pub fn label(of: &str, value: LabelValue, known_at: i64) -> LabelMessage {
    let label = Label {
        transaction_id: of.to_owned().into(),
        card: transaction::Card { token: TOKEN.into(), ..transaction::Card::default() },
        label: value,
        kind: None,
        known_at: Time(known_at),
        source: None,
        time: None,
        amount: None,
        base_amount: None,
        merchant_id: None,
    };
    LabelMessage { label, card: CardKey(0) }
}

impl LabelMessage {
    pub fn on(self, card: u128) -> Self {
        Self { card: CardKey(card), ..self }
    }

    pub fn at(mut self, merchant: &str) -> Self {
        self.label.merchant_id = Some(merchant.to_owned().into());
        self
    }

    pub fn from(mut self, source: LabelSource) -> Self {
        self.label.source = Some(source);
        self
    }

    pub fn of_time(mut self, time: i64) -> Self {
        self.label.time = Some(Time(time));
        self
    }
}

impl fmt::Debug for LabelMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Label { transaction_id, label, known_at, time, merchant_id, source, .. } = &self.label;
        let (name, known_at) = (label.name(), known_at.millis());
        write!(f, "{} {name} {transaction_id}, known at {known_at}", self.card.0)?;
        write!(f, ", time {:?}, merchant {merchant_id:?}", time.map(Time::millis))?;
        write!(f, ", source {source:?}")
    }
}

/// Records a label in a memory; without an entry if it changes nothing.
pub fn record_label(
    memory: &mut Memory,
    label: &LabelMessage,
) -> (Option<Entry<'static>>, Labelled) {
    let (entry, labelled) = memory.open(label.card).label(&label.label);
    (entry.map(|entry| kept(&entry)), labelled)
}

/// Drops the alert of a message that rules do not run on.
pub fn alert_for(role: Role, alert: Option<u8>) -> Option<u8> {
    alert.filter(|_| matches!(role, Role::Charge | Role::Refund | Role::Unlisted))
}

/// The rules behind an alert of a severity in these tests: none for the lowest, and one more for each
/// that is higher.
pub const RULES: [u32; 3] = [0x0403_0201, 0x0807_0605, 0x0c0b_0a09];

/// An alert of this severity, with its share of [`RULES`].
pub fn alert_of(severity: u8) -> AlertEntry<'static> {
    const BYTES: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let rules = RuleHashes::from_bytes(&BYTES[..4 * usize::from(severity.min(3))]);
    AlertEntry { severity, rules }
}

/// The entry with a token that outlives its transaction.
pub fn kept(entry: &Entry<'_>) -> Entry<'static> {
    assert_eq!(entry.token, Some(TOKEN));
    let alert = entry.alert.map(|alert| {
        let with_rules = alert_of(alert.severity);
        assert_eq!(alert, with_rules);
        with_rules
    });
    Entry { token: Some(TOKEN), card: entry.card, effect: entry.effect, alert }
}

/// The type and id of a charge or refund, if it is one of `ids`.
pub fn name_of<'i>(
    event: &Event,
    ids: impl IntoIterator<Item = &'i str>,
) -> Option<(Kind, &'i str)> {
    let kinds = [Kind::Authorization, Kind::Clearing, Kind::Refund];
    let of_id = |id: &'i str| kinds.map(|kind| (kind, id));
    let mut names = ids.into_iter().flat_map(of_id);
    names.find(|(kind, id)| MessageId::of(*kind, id) == event.id())
}

fn show(ids: &[String], past: Past<'_>) -> Vec<String> {
    let line = |event: &Event| {
        let (_, id) = name_of(event, ids.iter().map(String::as_str)).unwrap();
        let text = |amount: Option<i64>| amount.map_or("?".to_owned(), |amount| amount.to_string());
        let mut line = format!("{id} {} {}", event.time().millis(), text(event.amount()));
        if event.attempted() != event.amount() {
            line += &format!("/{}", text(event.attempted()));
        }
        let marks = [
            (event.reversed(), " reversed"),
            (event.declined(), " declined"),
            (event.alerted(), " alerted"),
            (event.fraud() == Some(true), " fraud"),
            (event.genuine() == Some(true), " genuine"),
        ];
        marks.iter().filter(|(is_set, _)| *is_set).for_each(|(_, mark)| line += mark);
        line
    };
    past.iter().map(line).collect()
}

impl Memory {
    /// Recounts the running totals and compares them.
    pub(in crate::memory) fn check(&self) {
        let sizes: Vec<_> = self.cards.iter().map(Card::size).collect();
        assert_eq!(self.state.usage.cards, sizes.len());
        assert_eq!(self.state.usage.events, sizes.iter().map(|size| size.events).sum::<usize>());
        let lists: usize = sizes.iter().map(|size| size.bytes).sum();
        assert_eq!(self.state.usage.bytes, lists + sizes.len() * BYTES_PER_CARD);
        assert_eq!(self.cards.queued(), sizes.len());
    }
}

impl Memory {
    /// The charges of every card, as stored.
    pub fn charges(&self) -> Vec<(CardKey, Vec<Event>)> {
        let cards = self.dump().0.into_iter();
        cards.map(|card| (card.key, card.charges.iter().copied().collect())).collect()
    }
}
