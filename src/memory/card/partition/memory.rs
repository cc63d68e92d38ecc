//! Holds all cards of one input partition: found by key, bounded in number and bytes, dropped when
//! idle.
//!
//! Querying changes nothing. What changes memory is in [`super::apply`].

use super::partition_state::{Progress, State, Usage};
use crate::memory::card::limits::Limits;
use crate::memory::card::message::identity::CardKey;
use crate::memory::card::state::card::{Card, Size};
use crate::memory::store::clock::PartitionClock;
use crate::memory::store::keyed_store::KeyedStore;
use crate::transaction::Time;

/// The memory of one partition's cards.
#[derive(Debug)]
pub struct Memory {
    pub(in crate::memory) limits: Limits,
    pub(in crate::memory) cards: KeyedStore<Card>,
    pub(in crate::memory) state: State,
    /// The state at the beginning of the batch, if there is one.
    pub(in crate::memory) before_batch: Option<State>,
}

/// How many cards are looked up at once. A processor has ten or so cache misses in progress.
const CARDS_AHEAD: usize = 16;

/// What every card takes besides its lists.
pub(in crate::memory) const BYTES_PER_CARD: usize = KeyedStore::<Card>::BYTES_PER_VALUE;

impl Memory {
    /// An empty memory. A limit of zero cards or events is raised to one.
    pub fn new(limits: Limits) -> Self {
        let events_per_card = limits.events_per_card.max(1);
        Self {
            limits: Limits { events_per_card, cards: limits.cards.max(1), ..limits },
            cards: KeyedStore::default(),
            state: State {
                clock: PartitionClock::new(),
                forgotten: None,
                gap: None,
                usage: Usage::default(),
                recorded: 0,
                recorded_labels: 0,
            },
            before_batch: None,
        }
    }

    /// The limits of memory.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the card is remembered.
    pub fn knows(&self, card: CardKey) -> bool {
        self.find(card).is_some()
    }

    /// Reads a little of each card, so that the processor fetches what the next messages of these
    /// cards will need. Cards are scattered over memory, and several cache misses in parallel cost
    /// about as much as one. It changes nothing, and what it finds is not kept: a message may evict
    /// another's card.
    pub fn look_ahead(&self, cards: impl Iterator<Item = CardKey>) {
        let mut cards = cards.peekable();
        while cards.peek().is_some() {
            let mut slots = [None; CARDS_AHEAD];
            for (slot, card) in slots.iter_mut().zip(&mut cards) {
                *slot = self.find(card);
            }
            let cards = || slots.iter().filter_map(|slot| self.card((*slot)?));
            let ends = cards().map(|card| [card.charges.oldest(), card.charges.newest()]);
            let times = ends.flatten().flatten().map(|event| event.time().millis());
            std::hint::black_box(times.fold(0, |sum, time| sum ^ time));
            cards().filter_map(|card| card.ledger.as_ref()).for_each(|ledger| ledger.look_ahead());
        }
    }

    /// Current sizes, and counts since memory was created.
    pub fn usage(&self) -> Usage {
        self.state.usage
    }

    /// How far memory has advanced.
    pub fn progress(&self) -> Progress {
        let State { recorded, recorded_labels, clock, .. } = &self.state;
        Progress { recorded: *recorded, labels: *recorded_labels, reached: clock.reached() }
    }

    /// Notes that messages up to this event time may be missing. From now on a window that reaches
    /// back before it is cut, for every card, known or not.
    pub fn note_gap(&mut self, until: Time) {
        self.state.gap = self.state.gap.max(Some(until));
    }

    /// Anything at or before this time is out of retention for every card.
    pub(in crate::memory) fn retention_floor(&self) -> Time {
        Time(self.state.clock.reached().millis().saturating_sub(self.limits.retention_ms))
    }

    pub(in crate::memory) fn find(&self, key: CardKey) -> Option<u32> {
        self.cards.find(key)
    }

    pub(in crate::memory) fn card(&self, slot: u32) -> Option<&Card> {
        self.cards.get(slot)
    }

    /// Creates a card, evicting others if the limit of cards is reached.
    pub(in crate::memory) fn create(&mut self, key: CardKey, now: Time) -> Option<u32> {
        let cut = self.state.forgotten;
        while self.state.usage.cards >= self.limits.cards && self.evict(None) {}
        self.add(Card::new(key, now, cut))
    }

    /// Adds a card with everything in it, and counts its size.
    pub(in crate::memory) fn add(&mut self, card: Card) -> Option<u32> {
        let size = card.size();
        let slot = self.cards.insert(card)?;
        self.state.usage.cards += 1;
        self.state.usage.bytes += BYTES_PER_CARD;
        self.state.resize(Size::default(), size);
        Some(slot)
    }

    /// Evicts cards other than `keep` until memory is within its byte limit.
    pub(in crate::memory) fn evict_for_bytes(&mut self, keep: u32) {
        while self.state.usage.bytes > self.limits.bytes && self.evict(Some(keep)) {}
    }

    /// Moves the clock to the time that all messages have reached, if this memory gets only those of
    /// some cards. To be called before each message; the clock then never moves by itself, and memory
    /// is what it would be with the messages of all cards.
    pub fn follow_clock(&mut self, reached: Time) {
        if self.state.clock.follow(reached) {
            self.drop_idle();
        }
    }

    /// Passes the time of a message to the clock, and drops cards that are idle beyond the
    /// retention.
    pub(in crate::memory) fn tick(&mut self, time: Time) {
        if self.state.clock.tick(time) {
            self.drop_idle();
        }
    }

    /// Drops cards that are idle beyond the retention.
    fn drop_idle(&mut self) {
        let retention_floor = self.retention_floor();
        while self.cards.drop_until(retention_floor, |card| self.state.forget(card)) {
            self.state.usage.expired_cards += 1;
        }
    }

    /// Evicts the card, other than `keep`, that has been idle longest.
    fn evict(&mut self, keep: Option<u32>) -> bool {
        let is_evicted = self.cards.evict_longest_idle(keep, |card| self.state.forget(card));
        self.state.usage.evicted_cards += u64::from(is_evicted);
        is_evicted
    }
}

impl State {
    /// Updates the usage when a card's size has changed.
    pub(in crate::memory) fn resize(&mut self, before: Size, after: Size) {
        self.usage.bytes = self.usage.bytes + after.bytes - before.bytes;
        self.usage.events = self.usage.events + after.events - before.events;
    }

    /// Notes that a card is dropped.
    fn forget(&mut self, card: &Card) {
        self.forgotten = self.forgotten.max(card.known_until());
        self.resize(card.size(), Size::default());
        self.usage.cards -= 1;
        self.usage.bytes -= BYTES_PER_CARD;
    }
}

/// Two memories are equal if they remember the same, no matter how it is stored. This is slow and
/// meant for tests.
impl PartialEq for Memory {
    fn eq(&self, other: &Self) -> bool {
        self.dump() == other.dump()
    }
}

impl Memory {
    /// Everything that is remembered, in an order that does not depend on how it is stored.
    pub(in crate::memory) fn dump(&self) -> (Vec<&Card>, &State) {
        let mut cards: Vec<_> = self.cards.iter().collect();
        cards.sort_by_key(|card| card.key);
        (cards, &self.state)
    }
}
