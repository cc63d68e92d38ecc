//! Plans occasions: several charges in a row that are genuine but look like fraud.

use super::draft::Draft;
use super::holder::{Holder, Whereabouts};
use super::post_authorization;
use super::purchase::Purchase;
use super::rhythm;
use super::world::{CategoryIndex, MerchantIndex, World, category};
use crate::transaction::{Channel, MINUTE_MS, SECOND_MS, Time};
use std::ops::RangeInclusive;

/// How much likelier gift card purchases are in December.
const SEASON: u32 = 10;

/// The occasions and their relative frequencies.
const OCCASIONS: [(Occasion, u32); 6] = [
    (Occasion::RoundsAtABar, 5),
    (Occasion::Rides, 8),
    (Occasion::Mall, 4),
    (Occasion::Games, 5),
    (Occasion::GiftCards, 2),
    (Occasion::Basket, 3),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
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

/// Plans an occasion that begins now and returns its first charge; `None` if it does not fit.
pub fn begin(holder: &mut Holder, world: &World, at: Time, plan: &mut Vec<Draft>) -> Option<Draft> {
    let occasion = choose(holder, at);
    let steps = Steps::of(occasion, holder);
    let in_person = !matches!(occasion, Occasion::Games | Occasion::GiftCards | Occasion::Basket);
    let latest = Time(at.millis() + steps.count as i64 * steps.apart_ms.end());
    let home = |time| holder.whereabouts(time) == Whereabouts::Home;
    if in_person && !(home(at) && home(latest)) {
        return None;
    }
    let merchant = meet(occasion, holder, world);
    let fare = holder.dice.between(steps.dollars.clone());
    let mut time = at;
    let mut first = None;
    for n in 0..steps.count {
        let merchant = if occasion == Occasion::Mall { mall(holder, world, n) } else { merchant };
        let dollars = match occasion {
            Occasion::Rides => fare,
            _ => holder.dice.between(steps.dollars.clone()),
        };
        let draft = paid(occasion, holder, world, merchant, dollars, time);
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
    fn of(occasion: Occasion, holder: &mut Holder) -> Self {
        let (count, apart_ms, dollars) = match occasion {
            Occasion::RoundsAtABar => (3..=7, 12 * MINUTE_MS..=40 * MINUTE_MS, 6.0..=28.0),
            Occasion::Rides => (3..=6, 15 * MINUTE_MS..=80 * MINUTE_MS, 2.0..=4.5),
            Occasion::Mall => (4..=9, 10 * MINUTE_MS..=45 * MINUTE_MS, 12.0..=140.0),
            Occasion::Games => (3..=8, 2 * MINUTE_MS..=20 * MINUTE_MS, 0.99..=6.99),
            Occasion::GiftCards => (2..=4, 40 * SECOND_MS..=8 * MINUTE_MS, 20.0..=60.0),
            Occasion::Basket => (2..=3, 2 * MINUTE_MS..=30 * MINUTE_MS, 8.0..=90.0),
        };
        Self { count: holder.dice.between(count), apart_ms, dollars }
    }
}

fn choose(holder: &mut Holder, at: Time) -> Occasion {
    let season = if rhythm::is_december(at) { SEASON } else { 1 };
    let presents = OCCASIONS.iter().find(|(occasion, _)| *occasion == Occasion::GiftCards);
    let extra = presents.map_or(0, |(_, weight)| weight * (season - 1));
    let usual: u32 = OCCASIONS.iter().map(|(_, weight)| weight).sum();
    if holder.dice.between(1..=usual + extra) > usual {
        return Occasion::GiftCards;
    }
    OCCASIONS[holder.dice.by_weight(&OCCASIONS, |(_, weight)| *weight)].0
}

/// The merchant where the occasion takes place.
fn meet(occasion: Occasion, holder: &mut Holder, world: &World) -> MerchantIndex {
    let of = match occasion {
        Occasion::RoundsAtABar => category::RESTAURANT,
        Occasion::Rides => category::TRANSIT,
        Occasion::Mall => category::CLOTHING,
        Occasion::Games => category::SITE_DIGITAL,
        Occasion::GiftCards => category::SITE_GIFT_CARDS,
        Occasion::Basket => category::SITE_RETAIL,
    };
    let n = holder.favourite(of);
    if of.get().premises.is_in_the_street() {
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
    occasion: Occasion,
    holder: &mut Holder,
    world: &World,
    merchant: MerchantIndex,
    dollars: f64,
    at: Time,
) -> Draft {
    let purchase = match occasion {
        Occasion::RoundsAtABar | Occasion::Rides => {
            Purchase { merchant, dollars, channel: Channel::Contactless }
        }
        _ => Purchase::usual(holder, world, merchant, dollars),
    };
    purchase.authorize(holder, world, at)
}
