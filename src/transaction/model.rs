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
/// Field names are those of the message (docs/reference/transaction.md), and DE is the data element
/// of ISO 8583 that usually carries the value. `None` means that the message lacks the value, or
/// had one that decode could not use. No string contains a card number.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction<'a> {
    /// Part of a message's identity, with its card, [`Kind`], merchant and second. Ids may be
    /// reused.
    pub id: Text<'a>,
    /// `type` on the wire.
    pub kind: Kind,
    /// When the charge was made, according to the message.
    pub time: Time,
    /// Identified by its token; the card number is never part of a transaction.
    pub card: Card<'a>,
    /// Whom the issuer gave the card to.
    pub cardholder: Cardholder<'a>,
    /// The amount as charged: minor units of its currency, never negative.
    pub amount: Money,
    /// The amount in minor units of the base currency; `None` if its currency has no rate.
    pub base_amount: Option<i64>,
    /// The card acceptor that the charge was made at.
    pub merchant: Merchant<'a>,
    /// `terminal.id`: the card acceptor's terminal (DE 41).
    pub terminal_id: Option<Text<'a>>,
    /// How the card was read, or that it was used without being read (DE 22).
    pub channel: Option<Channel>,
    /// Whether the card was at the terminal (DE 22 and DE 25).
    pub card_present: Option<bool>,
    /// Whether the merchant had stored the card before (DE 22).
    pub card_on_file: Option<bool>,
    /// Whether it is one of a series that the cardholder agreed to (DE 25).
    pub recurring: Option<bool>,
    /// Results of verifications, never the values that were verified.
    pub checks: Checks,
    /// Not redcard's action: what the issuer or the network answered.
    pub response: Response,
    /// What the cardholder ordered with.
    pub device: Device<'a>,
    /// Where the goods are sent.
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
            card: Card { token: card_token, ..Card::default() },
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

/// The card of a message, as far as the message describes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Card<'a> {
    /// What replaces the card number: the message's own token, or `v<version>_<hex of
    /// HMAC-SHA-256>`.
    pub token: Text<'a>,
    /// The same card's token under the previous key, while two keys are in use. A card that memory
    /// remembers by this token keeps it; see [`Card::resolve_token`].
    pub former_token: Option<Text<'a>>,
    /// Exactly four digits.
    pub last4: Option<Text<'a>>,
    /// Free text such as `visa`, at most 256 characters.
    pub brand: Option<Text<'a>>,
    /// What kind of account a charge is paid from.
    pub funding: Option<Funding>,
    /// The issuer's country.
    pub country: Option<Country>,
    /// As the issuer had it at the time of the message.
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

/// The person whom the issuer gave the card to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cardholder<'a> {
    /// At the issuer. Several cards may have the same cardholder.
    pub id: Option<Text<'a>>,
    /// The account behind the card (DE 102). Several cards may share it.
    pub account_id: Option<Text<'a>>,
    /// The country of residence.
    pub country: Option<Country>,
    /// Home.
    pub place: Option<Place>,
}

/// The card acceptor.
#[derive(Debug, Clone, PartialEq)]
pub struct Merchant<'a> {
    /// The acceptor's identification code (DE 42); part of a message's identity.
    pub id: Text<'a>,
    /// Descriptive text, at most 256 characters (DE 43). Not remembered.
    pub name: Option<Text<'a>>,
    /// Merchant category code, ISO 18245: 0 to 9999, four digits on the wire.
    pub mcc: Option<u16>,
    /// Where the charge was made (DE 43), which may differ from where the company is.
    pub country: Option<Country>,
    /// Descriptive text, at most 256 characters (DE 43). Not remembered.
    pub city: Option<Text<'a>>,
    /// Where the charge was made.
    pub place: Option<Place>,
}

/// Results of verifications. `None` means that the message has no result, which is different from
/// [`Check::Absent`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Checks {
    /// The card verification value (DE 44).
    pub cvv: Option<Check>,
    /// The billing address (DE 44).
    pub address: Option<Check>,
    /// The PIN, as far as the response says (DE 39).
    pub pin: Option<Check>,
    /// EMV 3-D Secure, for charges over the internet.
    pub three_d_secure: Option<ThreeDSecure>,
}

/// The response of the issuer or the network, if the stream carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Response {
    /// From DE 39. A charge without it counts as approved.
    pub approved: Option<bool>,
    /// Why it was declined (DE 39). An unknown name or code is [`DeclineReason::Other`].
    pub reason: Option<DeclineReason>,
}

/// The device that the cardholder ordered with, in charges over the internet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Device<'a> {
    /// A device fingerprint or an installation id.
    pub id: Option<Text<'a>>,
    /// An IP address as the message writes it. It is compared as text, and any other text is
    /// accepted too.
    pub ip: Option<Text<'a>>,
}

/// Where the goods are sent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShipTo<'a> {
    /// The country of the delivery address.
    pub country: Option<Country>,
    /// A name or hash of the address that is equal for equal addresses, never the address itself.
    pub key: Option<Text<'a>>,
}
