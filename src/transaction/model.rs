//! The transaction and its parts.
//!
//! Every [`Transaction`] is valid, and nothing downstream checks it again. This file does not know
//! how a message is written: `schema` lists the fields, and `decode` reads them.

use super::country::Country;
use super::currency::Money;
use super::enums::{CardStatus, Channel, Check, DeclineReason, Funding, Kind, ThreeDSecure};
use super::place::Place;
use super::time::Time;
use std::borrow::Cow;

/// A string of a message, borrowed from the input if it contains no escapes.
pub type Text<'a> = Cow<'a, str>;

/// One authorization, reversal, refund or clearing message about a card.
///
/// Field names are those of the message (docs/reference/transaction.md). No string contains a card
/// number.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction<'a> {
    /// Part of a message's identity, with its card, [`Kind`], merchant and second. Ids may be
    /// reused.
    pub id: Text<'a>,
    /// `type` on the wire.
    pub kind: Kind,
    /// When the charge was made, according to the message.
    pub time: Time,
    pub card: Card<'a>,
    pub cardholder: Cardholder<'a>,
    /// The amount as charged: minor units of its currency, never negative.
    pub amount: Money,
    /// The amount in minor units of the base currency; `None` if its currency has no rate.
    pub base_amount: Option<i64>,
    pub merchant: Merchant<'a>,
    /// `terminal.id`
    pub terminal_id: Option<Text<'a>>,
    pub channel: Option<Channel>,
    pub card_present: Option<bool>,
    pub card_on_file: Option<bool>,
    pub recurring: Option<bool>,
    pub checks: Checks,
    pub response: Response,
    pub device: Device<'a>,
    pub ship_to: ShipTo<'a>,
    /// The id of the message that a clearing captures, a reversal reverses or a refund refunds.
    pub original_id: Option<Text<'a>>,
}

impl<'a> Transaction<'a> {
    /// With nothing but the values that no message lacks. The amount has no base currency yet.
    pub fn new(
        (kind, id): (Kind, Text<'a>),
        time: Time,
        card_token: Text<'a>,
        amount: Money,
        merchant_id: Text<'a>,
    ) -> Self {
        Self {
            id,
            kind,
            time,
            card: Card {
                token: card_token,
                former_token: None,
                last4: None,
                brand: None,
                funding: None,
                country: None,
                status: None,
                expiry: None,
            },
            cardholder: Cardholder::default(),
            amount,
            base_amount: None,
            merchant: Merchant {
                id: merchant_id,
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
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Card<'a> {
    /// What replaces the card number: the message's own token, or `v<version>_<hex of
    /// HMAC-SHA-256>`.
    pub token: Text<'a>,
    /// The same card's token under the previous key, while two keys are in use. A card that memory
    /// remembers by this token keeps it; see [`Card::resolve_token`].
    pub former_token: Option<Text<'a>>,
    /// Exactly four digits.
    pub last4: Option<Text<'a>>,
    pub brand: Option<Text<'a>>,
    pub funding: Option<Funding>,
    /// The issuer's country.
    pub country: Option<Country>,
    pub status: Option<CardStatus>,
    /// A keyed hash of the expiry date, never the date.
    pub expiry: Option<Text<'a>>,
}

impl<'a> Card<'a> {
    /// Switches the card to its former token if `is_known` returns true for it.
    pub fn resolve_token(&mut self, is_known: impl FnOnce(&str) -> bool) {
        if let Some(former) = self.former_token.take().filter(|former| is_known(former)) {
            self.token = former;
        }
    }

    /// Whether [`Card::resolve_token`] may choose this token.
    pub fn may_resolve_to(&self, token: &str) -> bool {
        self.token == token || self.former_token.as_deref() == Some(token)
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cardholder<'a> {
    pub id: Option<Text<'a>>,
    pub account_id: Option<Text<'a>>,
    pub country: Option<Country>,
    pub place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Merchant<'a> {
    pub id: Text<'a>,
    pub name: Option<Text<'a>>,
    /// Merchant category code, ISO 18245: 0 to 9999, four digits on the wire.
    pub mcc: Option<u16>,
    pub country: Option<Country>,
    pub city: Option<Text<'a>>,
    pub place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Checks {
    pub cvv: Option<Check>,
    pub address: Option<Check>,
    pub pin: Option<Check>,
    pub three_d_secure: Option<ThreeDSecure>,
}

/// The response of the issuer or the network, if the stream carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Response {
    pub approved: Option<bool>,
    pub reason: Option<DeclineReason>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Device<'a> {
    pub id: Option<Text<'a>>,
    pub ip: Option<Text<'a>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShipTo<'a> {
    pub country: Option<Country>,
    pub key: Option<Text<'a>>,
}
