//! Builds an ordinary charge at a merchant: how the card is read, what is checked, the amount in
//! the merchant's currency. Genuine and fraudulent charges both start from here and change what
//! they need.

use super::draft::Draft;
use super::holder::Holder;
use super::world::{Merchant, MerchantIndex, SalesVenue, World};
use crate::number::i64_toward_zero;
use crate::transaction::{CardStatus, Channel, Check, Checks, Kind, Response, ThreeDSecure, Time};

/// The limit for contactless payments without a PIN, in US dollars.
const CONTACTLESS_DOLLARS_MAX: f64 = 50.0;
/// Cash comes in banknotes: multiples of this many minor units.
const CASH_STEP_MINOR: i64 = 1_000;

/// What is paid, where, and how.
#[derive(Debug, Clone, Copy)]
pub struct Purchase {
    pub merchant: MerchantIndex,
    pub dollars: f64,
    pub channel: Channel,
}

impl Purchase {
    /// As most people pay this merchant.
    pub fn usual(
        holder: &mut Holder,
        world: &World,
        merchant: MerchantIndex,
        dollars: f64,
    ) -> Self {
        let channel = match world.merchant(merchant).category.venue {
            SalesVenue::CashMachine => Channel::Atm,
            SalesVenue::Street | SalesVenue::Visitors => {
                in_person(holder, world.merchant(merchant), dollars)
            }
            SalesVenue::MailOrder => Channel::Moto,
            SalesVenue::SiteWithGoods | SalesVenue::Site | SalesVenue::Subscription => {
                Channel::Ecommerce
            }
        };
        Self { merchant, dollars, channel }
    }

    /// The message: an approved authorization in which every check passed.
    pub fn authorize(self, holder: &mut Holder, world: &World, at: Time) -> Draft {
        let merchant = world.merchant(self.merchant);
        let remote = matches!(self.channel, Channel::Ecommerce | Channel::Moto);
        let online = self.channel == Channel::Ecommerce;
        let own_device = u32::from(holder.dice.chance(0.3));
        let goods = remote && merchant.category.venue == SalesVenue::SiteWithGoods;
        Draft {
            id: holder.next_id(),
            kind: Kind::Authorization,
            time: at,
            card: holder.card,
            status: CardStatus::Active,
            merchant: self.merchant,
            terminal: (!remote).then(|| holder.dice.between(1..=merchant.terminals)),
            amount: self.minor(merchant),
            channel: self.channel,
            card_on_file: false,
            recurring: false,
            checks: checks(self.channel, holder),
            response: Response { approved: Some(true), reason: None },
            device: online.then(|| holder.device(own_device)),
            ship_to: goods.then(|| holder.home_address()),
            original: None,
            fraud: None,
        }
    }

    fn minor(self, merchant: &Merchant) -> i64 {
        let minor = (self.dollars * merchant.country.minor_per_dollar).round().max(1.0);
        let minor = i64_toward_zero(minor);
        if self.channel == Channel::Atm {
            (minor / CASH_STEP_MINOR).max(2) * CASH_STEP_MINOR
        } else {
            minor
        }
    }
}

fn in_person(holder: &mut Holder, merchant: &Merchant, dollars: f64) -> Channel {
    if dollars < CONTACTLESS_DOLLARS_MAX && holder.dice.chance(0.7) {
        Channel::Contactless
    } else if merchant.country.code == "US" && holder.dice.chance(0.03) {
        Channel::Magstripe
    } else {
        Channel::Chip
    }
}

fn checks(channel: Channel, holder: &mut Holder) -> Checks {
    let none = Checks::default();
    match channel {
        Channel::Chip | Channel::Atm => Checks { pin: Some(Check::Match), ..none },
        Channel::Contactless | Channel::Magstripe | Channel::Fallback => {
            Checks { pin: Some(Check::Absent), ..none }
        }
        Channel::Moto => Checks { cvv: Some(Check::Match), address: Some(Check::Match), ..none },
        Channel::Ecommerce => Checks {
            cvv: Some(Check::Match),
            address: Some(if holder.dice.chance(0.8) { Check::Match } else { Check::Unchecked }),
            pin: None,
            three_d_secure: Some(*holder.dice.one_of(&THREE_D_SECURE)),
        },
    }
}

/// How web shops authenticate their customers.
const THREE_D_SECURE: [ThreeDSecure; 4] = [
    ThreeDSecure::Authenticated,
    ThreeDSecure::Authenticated,
    ThreeDSecure::Attempted,
    ThreeDSecure::None,
];
