//! Messages in a word, and a memory to try them on.

use crate::memory::*;
use crate::transaction::*;

pub const LIMITS: Limits =
    Limits { retention_ms: 30 * DAY_MS, events_per_card: 256, cards: 1_000, bytes: usize::MAX };

/// A transaction and the card that it goes to.
#[derive(Debug, Clone)]
pub struct Message {
    pub tx: Transaction<'static>,
    pub card: CardKey,
}

fn message(kind: Kind, id: &str, time: i64, amount: Option<i64>) -> Message {
    let currency = Currency::parse("USD").unwrap();
    let tx = Transaction {
        id: id.to_owned().into(),
        kind,
        time: Time(time),
        card: Card {
            former_token: None,
            token: "c".into(),
            last4: None,
            brand: None,
            funding: None,
            country: None,
            status: None,
            expiry: None,
        },
        cardholder: Cardholder::default(),
        amount: Money { minor: amount.unwrap_or(0), currency },
        base_amount: amount,
        merchant: Merchant {
            // Recalled events are told apart by their merchants.
            id: id.to_owned().into(),
            name: None,
            mcc: None,
            country: None,
            city: None,
            place: None,
        },
        terminal_id: None,
        channel: None,
        card_present: None,
        card_on_file: None,
        recurring: None,
        checks: Checks::default(),
        response: Response::default(),
        device: Device::default(),
        ship_to: ShipTo::default(),
        original_id: None,
    };
    Message { tx, card: CardKey(0) }
}

/// An authorization over 100.
pub fn charge(id: &str, time: i64) -> Message {
    message(Kind::Authorization, id, time, Some(100))
}

pub fn refund(id: &str, time: i64) -> Message {
    message(Kind::Refund, id, time, Some(100))
}

pub fn clearing(id: &str, time: i64, amount: i64) -> Message {
    message(Kind::Clearing, id, time, Some(amount))
}

pub fn reversal(id: &str, time: i64, amount: i64) -> Message {
    message(Kind::Reversal, id, time, Some(amount))
}

impl Message {
    pub fn on(self, card: u128) -> Self {
        Self { card: CardKey(card), ..self }
    }

    pub fn amount(mut self, amount: Option<i64>) -> Self {
        self.tx.base_amount = amount;
        self
    }

    pub fn original(mut self, id: &str) -> Self {
        self.tx.original_id = Some(id.to_owned().into());
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

/// A memory, and the names that were given to it.
pub struct World {
    pub memory: Memory,
    names: Vec<String>,
}

impl World {
    pub fn new(limits: Limits) -> Self {
        Self { memory: Memory::new(limits), names: Vec::new() }
    }

    pub fn record(&mut self, message: &Message) -> Recorded {
        self.names.push(message.tx.id.to_string());
        self.record_with(message, None).1
    }

    /// With what the card's last alert becomes.
    pub fn record_with(
        &mut self,
        message: &Message,
        alert: Option<LastAlert>,
    ) -> (Entry, Recorded) {
        let card = self.memory.open(message.card);
        let role = card.role(&message.tx);
        let outcome = card.record(message.id(), &message.tx, role, alert);
        self.memory.check();
        outcome
    }

    pub fn all(&mut self, messages: impl IntoIterator<Item = Message>) {
        messages.into_iter().for_each(|message| {
            self.record(&message);
        });
    }

    /// Carries the clock there, by messages of a card that no test looks at.
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

    pub fn remembers(&mut self, message: &Message) -> bool {
        self.memory.open(message.card).remembers(message.id())
    }

    /// The charges of card 0 as of `now`, as `id time amount`.
    pub fn charges(&mut self, now: i64) -> Vec<String> {
        self.charges_of(0, now)
    }

    pub fn charges_of(&mut self, card: u128, now: i64) -> Vec<String> {
        let names = self.names.clone();
        self.open_card(card, |card| show(&names, card.recall(Time(now)).charges))
    }

    pub fn refunds(&mut self, now: i64) -> Vec<String> {
        let names = self.names.clone();
        self.open(|card| show(&names, card.recall(Time(now)).refunds))
    }
}

fn show(names: &[String], past: Past<'_>) -> Vec<String> {
    let name_of = |event: &Event| names.iter().find(|name| id_hash64(name) == event.merchant());
    let line = |event: &Event| {
        let amount = event.amount().map_or("?".to_owned(), |amount| amount.to_string());
        format!("{} {} {amount}", name_of(event).unwrap(), event.time().millis())
    };
    past.iter().map(line).collect()
}
