//! Generates the stream: takes the next event from the schedule, and lets its holder act.

use super::draft::Draft;
use super::holder::Holder;
use super::message::Generated;
use super::rng::Dice;
use super::schedule::{LifeEvent, Schedule};
use super::settings::{CARDS_MAX, GeneratorSettings};
use super::world::World;
use super::{benign_bursts, fraud, post_authorization, spending};
use crate::transaction::Time;

/// How much likelier fraud follows a charge on a rarely used card. Its number was stolen long ago,
/// and each of its few charges covers many days.
const DRAWER_EXPOSURE: f64 = 40.0;

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
            let (time, holder, event) = self.schedule.take_next();
            if let Some(draft) = self.step(time, holder, event) {
                break (draft, holder);
            }
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "a holder's number is their index in the population"
        )]
        let holder = &self.holders[holder as usize];
        let GeneratorSettings { card_numbers, population, .. } = self.settings;
        let missing = population.missing_fields;
        Generated { draft, holder, world: &self.world, card_numbers, missing }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a holder's number is their index in the population"
    )]
    fn step(&mut self, time: Time, holder: u32, event: LifeEvent) -> Option<Draft> {
        let person = PersonStep {
            settings: &self.settings,
            world: &self.world,
            holder: &mut self.holders[holder as usize],
            plan: &mut self.plan,
        };
        let draft = person.step(time, event, &mut self.schedule);
        self.schedule.add(self.plan.drain(..));
        draft
    }
}

/// One person at one moment.
struct PersonStep<'g> {
    settings: &'g GeneratorSettings,
    world: &'g World,
    holder: &'g mut Holder,
    plan: &'g mut Vec<Draft>,
}

impl PersonStep<'_> {
    fn step(mut self, time: Time, event: LifeEvent, schedule: &mut Schedule) -> Option<Draft> {
        match event {
            LifeEvent::Message(draft) => Some(draft),
            LifeEvent::Subscription(slot) => {
                let draft = spending::subscription(self.holder, self.world, slot, time)?;
                schedule.subscription(self.holder, slot, time);
                Some(self.follow(draft))
            }
            LifeEvent::Spend => {
                schedule.spend(self.holder, time);
                if time < self.holder.idle_until {
                    return None;
                }
                let draft = self.spend(time);
                Some(self.follow(draft))
            }
        }
    }

    /// An everyday charge, or the first of a burst.
    fn spend(&mut self, time: Time) -> Draft {
        let Self { settings, world, holder, plan } = self;
        let people = &settings.population;
        let is_burst = holder.dice.chance(people.bursts);
        let first = is_burst.then(|| benign_bursts::begin(holder, world, time, plan)).flatten();
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
        let exposed = draft.time >= settings.fraud_from && draft.time >= holder.no_fraud_until;
        let rate = settings.fraud_rate * if holder.is_rarely_used { DRAWER_EXPOSURE } else { 1.0 };
        if exposed && !draft.recurring && holder.dice.chance(rate) {
            fraud::strike(holder, world, &settings.population, &draft, plan);
        }
        draft
    }
}
