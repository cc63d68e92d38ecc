//! Plans bursts: several charges in a row that are genuine but look like fraud.

use super::draft::Draft;
use super::holder::{Holder, HolderLocation};
use super::post_authorization;
use super::purchase::Purchase;
use super::rhythm;
use super::world::{CategoryIndex, MerchantIndex, World, category};
use crate::transaction::{Channel, MINUTE_MS, SECOND_MS, Time};
use std::ops::RangeInclusive;

/// How much likelier gift card purchases are in December.
const SEASON: u32 = 10;

/// The kinds of bursts and their relative frequencies.
const BURST_KINDS: [(BurstKind, u32); 6] = [
    (BurstKind::RoundsAtABar, 5),
    (BurstKind::Rides, 8),
    (BurstKind::Mall, 4),
    (BurstKind::Games, 5),
    (BurstKind::GiftCards, 2),
    (BurstKind::Basket, 3),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BurstKind {
    /// Drinks, one after the other, paid by contactless card.
    RoundsAtABar,
    /// A day in town by tram: the same fare several times.
    Rides,
    /// An afternoon in one shop after another.
    Mall,
    /// An evening of small purchases within a game.
    Games,
    /// A few gift cards for a few people.
    GiftCards,
    /// Orders at one shop, each for what was forgotten in the one before.
    Basket,
}

/// Plans a burst that begins now and returns its first charge; `None` if it does not fit.
pub fn begin(holder: &mut Holder, world: &World, at: Time, plan: &mut Vec<Draft>) -> Option<Draft> {
    let kind = choose_kind(holder, at);
    let steps = Steps::of(kind, holder);
    let in_person = !matches!(kind, BurstKind::Games | BurstKind::GiftCards | BurstKind::Basket);
    #[expect(clippy::cast_possible_wrap, reason = "a burst has nine charges at most")]
    let latest = Time(at.millis() + steps.count as i64 * steps.apart_ms.end());
    let home = |time| holder.location(time) == HolderLocation::Home;
    if in_person && !(home(at) && home(latest)) {
        return None;
    }
    let merchant = choose_merchant(kind, holder, world);
    let fare = holder.dice.between(steps.dollars.clone());
    let mut time = at;
    let mut first = None;
    for n in 0..steps.count {
        let merchant = if kind == BurstKind::Mall { mall(holder, world, n) } else { merchant };
        let dollars = match kind {
            BurstKind::Rides => fare,
            _ => holder.dice.between(steps.dollars.clone()),
        };
        let draft = paid(kind, holder, world, merchant, dollars, time);
        match first {
            None => first = Some(draft),
            Some(_) => {
                post_authorization::follow(holder, world, &draft, plan);
                plan.push(draft);
            }
        }
        time = holder.dice.later(time, steps.apart_ms.clone());
    }
    first
}

/// How many charges, how far apart, and how much each.
struct Steps {
    count: usize,
    apart_ms: RangeInclusive<i64>,
    dollars: RangeInclusive<f64>,
}

impl Steps {
    fn of(kind: BurstKind, holder: &mut Holder) -> Self {
        let (count, apart_ms, dollars) = match kind {
            BurstKind::RoundsAtABar => (3..=7, 12 * MINUTE_MS..=40 * MINUTE_MS, 6.0..=28.0),
            BurstKind::Rides => (3..=6, 15 * MINUTE_MS..=80 * MINUTE_MS, 2.0..=4.5),
            BurstKind::Mall => (4..=9, 10 * MINUTE_MS..=45 * MINUTE_MS, 12.0..=140.0),
            BurstKind::Games => (3..=8, 2 * MINUTE_MS..=20 * MINUTE_MS, 0.99..=6.99),
            BurstKind::GiftCards => (2..=4, 40 * SECOND_MS..=8 * MINUTE_MS, 20.0..=60.0),
            BurstKind::Basket => (2..=3, 2 * MINUTE_MS..=30 * MINUTE_MS, 8.0..=90.0),
        };
        Self { count: holder.dice.between(count), apart_ms, dollars }
    }
}

#[expect(clippy::indexing_slicing, reason = "`by_weight` returns an index into its table")]
fn choose_kind(holder: &mut Holder, at: Time) -> BurstKind {
    let season = if rhythm::is_december(at) { SEASON } else { 1 };
    let presents = BURST_KINDS.iter().find(|(kind, _)| *kind == BurstKind::GiftCards);
    let extra = presents.map_or(0, |(_, weight)| weight * (season - 1));
    let usual: u32 = BURST_KINDS.iter().map(|(_, weight)| weight).sum();
    if holder.dice.between(1..=usual + extra) > usual {
        return BurstKind::GiftCards;
    }
    BURST_KINDS[holder.dice.by_weight(&BURST_KINDS, |(_, weight)| *weight)].0
}

/// The merchant where the burst takes place.
fn choose_merchant(kind: BurstKind, holder: &mut Holder, world: &World) -> MerchantIndex {
    let of = match kind {
        BurstKind::RoundsAtABar => category::RESTAURANT,
        BurstKind::Rides => category::TRANSIT,
        BurstKind::Mall => category::CLOTHING,
        BurstKind::Games => category::SITE_DIGITAL,
        BurstKind::GiftCards => category::SITE_GIFT_CARDS,
        BurstKind::Basket => category::SITE_RETAIL,
    };
    let n = holder.favourite(of);
    if of.get().venue.is_physical() {
        world.shop(holder.home, of, n)
    } else {
        world.site(holder.country(), of, n)
    }
}

fn mall(holder: &mut Holder, world: &World, n: usize) -> MerchantIndex {
    let shops = [category::CLOTHING, category::GROCERY, category::PHARMACY, category::CAFE];
    let of: CategoryIndex = *holder.dice.one_of(&shops);
    world.shop(holder.home, of, n)
}

fn paid(
    kind: BurstKind,
    holder: &mut Holder,
    world: &World,
    merchant: MerchantIndex,
    dollars: f64,
    at: Time,
) -> Draft {
    let purchase = match kind {
        BurstKind::RoundsAtABar | BurstKind::Rides => {
            Purchase { merchant, dollars, channel: Channel::Contactless }
        }
        _ => Purchase::usual(holder, world, merchant, dollars),
    };
    purchase.authorize(holder, world, at)
}
