//! Generates card traffic: a population with habits, and fraud among it, as one stream in order of
//! time.
//!
//! The same settings give the same bytes on the same platform. What a person does depends only on
//! the seed and on their index: a larger population or a longer stream changes nothing for the
//! people already in it. Time is simulated and starts where the settings say. This folder knows no
//! clock, Kafka or files, and nothing of how redcard scores what it reads.
//!
//! ```text
//!            ┌───────────────── schedule: what happens next ─────────────────┐
//!            ▼                                                               │
//! rhythm ─▶ spending ─▶ purchase ─▶ draft ─▶ message (JSON), label            │
//!               │                    │                                       │
//!               ├─▶ fraud ───────────┤ (a story's charges)                    │
//!               └────────────────────┴─▶ post_authorization (clearing, …) ───┘
//! ```

mod benign_bursts;
mod draft;
mod fraud;
mod holder;
mod label;
mod message;
mod population;
mod post_authorization;
mod purchase;
mod rhythm;
mod rng;
mod schedule;
mod spending;
mod test_number;
#[cfg(test)]
mod tests;
mod world;

pub use draft::{CardRef, MessageRef};
pub use label::{Episode, FraudKind, Label};
pub use message::Generated;
pub use population::Population;

use crate::transaction::Time;
use draft::Draft;
use holder::Holder;
use rng::Dice;
use schedule::{Happening, Schedule};
use world::World;

/// As many as message ids can distinguish.
pub const CARDS_MAX: u32 = 1 << 26;

/// How much likelier fraud follows a charge on a rarely used card. Its number was stolen long ago,
/// and each of its few charges covers many days.
const DRAWER_EXPOSURE: f64 = 40.0;

/// What is generated.
#[derive(Debug, Clone)]
pub struct GeneratorSettings {
    pub seed: u64,
    pub population: Population,
    /// How many people, each with a card: 1 to [`CARDS_MAX`].
    pub cards: u32,
    /// Probability that a genuine charge is followed by a fraud on the same card, 0 to 1.
    pub fraud_rate: f64,
    /// When the stream starts.
    pub start: Time,
    /// No fraud begins before this.
    pub fraud_from: Time,
    /// Whether messages have test card numbers instead of tokens.
    pub card_numbers: bool,
}

/// An endless stream of messages in order of time.
#[derive(Debug)]
pub struct Generator {
    settings: GeneratorSettings,
    world: World,
    holders: Vec<Holder>,
    schedule: Schedule,
    plan: Vec<Draft>,
}

impl Generator {
    pub fn new(settings: GeneratorSettings) -> Self {
        let world = World::new(&mut Dice::new(settings.seed, 0));
        let people = 0..settings.cards.clamp(1, CARDS_MAX);
        let mut holders: Vec<Holder> =
            people.map(|n| Holder::new(settings.seed, n, &settings.population)).collect();
        let mut schedule = Schedule::default();
        for holder in &mut holders {
            schedule.begin(holder, settings.start);
        }
        Self { settings, world, holders, schedule, plan: Vec::new() }
    }

    /// The next message.
    pub fn generate(&mut self) -> Generated<'_> {
        let (draft, holder) = loop {
            let (time, holder, happening) = self.schedule.take_next();
            if let Some(draft) = self.happen(time, holder, happening) {
                break (draft, holder);
            }
        };
        // A holder's number is their index in the population.
        let holder = &self.holders[holder as usize];
        let GeneratorSettings { card_numbers, population, .. } = self.settings;
        let missing = population.missing_fields;
        Generated { draft, holder, world: &self.world, card_numbers, missing }
    }

    fn happen(&mut self, time: Time, holder: u32, happening: Happening) -> Option<Draft> {
        let life = Life {
            settings: &self.settings,
            world: &self.world,
            // A holder's number is their index in the population.
            holder: &mut self.holders[holder as usize],
            plan: &mut self.plan,
        };
        let draft = life.happen(time, happening, &mut self.schedule);
        self.schedule.add(self.plan.drain(..));
        draft
    }
}

/// One person at one moment.
struct Life<'g> {
    settings: &'g GeneratorSettings,
    world: &'g World,
    holder: &'g mut Holder,
    plan: &'g mut Vec<Draft>,
}

impl Life<'_> {
    fn happen(
        mut self,
        time: Time,
        happening: Happening,
        schedule: &mut Schedule,
    ) -> Option<Draft> {
        match happening {
            Happening::Message(draft) => Some(draft),
            Happening::Subscription(slot) => {
                let draft = spending::subscription(self.holder, self.world, slot, time)?;
                schedule.subscription(self.holder, slot, time);
                Some(self.follow(draft))
            }
            Happening::Spend => {
                schedule.spend(self.holder, time);
                if time < self.holder.rests_until {
                    return None;
                }
                let draft = self.spend(time);
                Some(self.follow(draft))
            }
        }
    }

    /// An everyday charge, or the first of an occasion.
    fn spend(&mut self, time: Time) -> Draft {
        let Self { settings, world, holder, plan } = self;
        let people = &settings.population;
        let occasion = holder.dice.chance(people.occasions);
        let first = occasion.then(|| benign_bursts::begin(holder, world, time, plan)).flatten();
        first.unwrap_or_else(|| spending::charge(holder, world, people, time))
    }

    /// Plans what follows a charge: a clearing, a repeated charge, a retry or a fraud.
    fn follow(self, draft: Draft) -> Draft {
        let Self { settings, world, holder, plan } = self;
        if draft.approved() {
            post_authorization::follow(holder, world, &draft, plan);
            if let Some(again) = spending::charged_twice(holder, &settings.population, &draft) {
                post_authorization::take_back(holder, &again, plan);
                plan.push(again);
            }
        } else if let Some(again) = spending::retry(holder, &draft) {
            post_authorization::follow(holder, world, &again, plan);
            plan.push(again);
        }
        let exposed = draft.time >= settings.fraud_from && draft.time >= holder.spared_until;
        let rate = settings.fraud_rate * if holder.in_a_drawer { DRAWER_EXPOSURE } else { 1.0 };
        if exposed && !draft.recurring && holder.dice.chance(rate) {
            fraud::strike(holder, world, &settings.population, &draft, plan);
        }
        draft
    }
}
