//! A second reading of messages, naive and field by field, from a tree of JSON values.

use super::*;
use crate::transaction::{
    Card, Cardholder, Checks, Country, Device, Kind, Merchant, Money, Place, Response, ShipTo,
    Text, TimeError, WireName,
};
use serde_json::Value;

const SECTIONS: [&str; 8] =
    ["card", "cardholder", "merchant", "terminal", "checks", "response", "device", "ship_to"];

/// Reads without a key and amounts in minor units. It goes on after a fault, and collects them all.
struct Naive<'v> {
    message: &'v Value,
    wrong: Vec<Reason>,
    unknown: u32,
}

pub(super) type Outcome = Result<(Transaction<'static>, u32), Vec<Reason>>;

/// The transaction and how many unknown values it had, or everything that is wrong.
pub(super) fn naively(message: &Value) -> Outcome {
    let mut naive = Naive { message, wrong: Vec::new(), unknown: 0 };
    for section in SECTIONS {
        if naive.at(section).is_some_and(|value| !value.is_object()) {
            naive.wrong.push(Reason::WrongType);
        }
    }
    if depth(message) > 16 {
        naive.wrong.push(Reason::TooDeep);
    }
    let transaction = naive.transaction();
    match transaction {
        Some(transaction) if naive.wrong.is_empty() => Ok((transaction, naive.unknown)),
        _ => Err(naive.wrong),
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Names of sensitive data, at any depth.
fn sensitive(value: &Value) -> u32 {
    let is_sensitive = |name: &str| {
        ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"]
            .contains(&name.to_ascii_lowercase().as_str())
    };
    match value {
        Value::Array(values) => values.iter().map(sensitive).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| u32::from(is_sensitive(name)) + sensitive(value))
            .sum(),
        _ => 0,
    }
}

/// The same without what stands in `checks`.
pub(super) fn sensitive_outside_checks(message: &Value) -> u32 {
    sensitive(message) - message.get("checks").map_or(0, sensitive)
}

impl<'v> Naive<'v> {
    fn at(&self, path: &str) -> Option<&'v Value> {
        let value = path.split('.').try_fold(self.message, |value, name| value.get(name));
        value.filter(|value| !value.is_null())
    }

    fn wrong<T>(&mut self, reason: Reason) -> Option<T> {
        self.wrong.push(reason);
        None
    }

    fn raw(&mut self, path: &str) -> Option<&'v str> {
        let value = self.at(path)?;
        value.as_str().or_else(|| self.wrong(Reason::WrongType))
    }

    fn optional(&mut self, path: &str) -> Option<&'v str> {
        self.raw(path).filter(|text| !text.trim().is_empty())
    }

    fn required(&mut self, path: &str) -> Option<&'v str> {
        match self.at(path) {
            None => self.wrong(Reason::MissingField),
            Some(Value::String(text)) if text.trim().is_empty() => self.wrong(Reason::EmptyText),
            Some(_) => self.raw(path),
        }
    }

    fn masked(&mut self, path: &str) -> Option<Text<'static>> {
        self.optional(path).map(|text| mask_card_numbers(text).into_owned().into())
    }

    fn counted<T>(&mut self, value: Option<T>) -> Option<T> {
        self.unknown += u32::from(value.is_none());
        value
    }

    fn named<T: WireName>(&mut self, path: &str) -> Option<T> {
        let name = self.optional(path)?;
        self.counted(T::from_name(name))
    }

    fn boolean(&mut self, path: &str) -> Option<bool> {
        let value = self.at(path)?;
        value.as_bool().or_else(|| self.wrong(Reason::WrongType))
    }

    fn small(number: &serde_json::Number) -> Option<u16> {
        u16::try_from(number.as_u64()?).ok()
    }

    fn country(&mut self, path: &str) -> Option<Country> {
        if let Some(Value::Number(number)) = self.at(path) {
            return self.counted(Self::small(number).and_then(Country::from_numeric));
        }
        let code = self.optional(path)?;
        self.counted(Country::parse(code))
    }

    fn mcc(&mut self, path: &str) -> Option<u16> {
        let code = match self.at(path) {
            Some(Value::Number(number)) => Self::small(number),
            _ => {
                let text = self.optional(path)?;
                text.parse().ok().filter(|_| text.len() == 4 && !text.starts_with('+'))
            }
        };
        code.filter(|code| *code < 10_000).or_else(|| self.wrong(Reason::BadMcc))
    }

    fn degrees(&mut self, path: &str, limit: f64) -> Option<f64> {
        let Some(degrees) = self.at(path)?.as_f64() else { return self.wrong(Reason::WrongType) };
        if degrees.abs() > limit { self.wrong(Reason::BadPlace) } else { Some(degrees) }
    }

    fn place(&mut self, section: &str) -> Option<Place> {
        let latitude = self.degrees(&format!("{section}.latitude"), 90.0);
        let longitude = self.degrees(&format!("{section}.longitude"), 180.0);
        Place::from_degrees(latitude?, longitude?)
    }

    fn kind(&mut self) -> Option<Kind> {
        let name = self.required("type")?;
        Kind::from_name(name).or_else(|| self.wrong(Reason::UnknownType))
    }

    fn time(&mut self) -> Option<Time> {
        let text = self.required("time")?;
        Time::parse(text)
            .map_err(|error| match error {
                TimeError::Malformed => self.wrong.push(Reason::BadTime),
                TimeError::NoSuchTime => self.wrong.push(Reason::NoSuchTime),
                TimeError::OutOfRange => self.wrong.push(Reason::TimeOutOfRange),
            })
            .ok()
    }

    fn amount(&mut self) -> Option<Money> {
        let currency = match self.at("currency") {
            None => self.wrong(Reason::MissingCurrency),
            Some(_) => self.required("currency").and_then(|code| {
                Currency::parse(code).or_else(|| self.wrong(Reason::UnknownCurrency))
            }),
        };
        let number = match self.at("amount") {
            None => return self.wrong(Reason::MissingField),
            Some(Value::Number(number)) => number,
            Some(_) => return self.wrong(Reason::WrongType),
        };
        let minor = match (number.as_i64(), number.is_f64()) {
            (Some(minor), _) if contains_card_number(minor.to_string().as_bytes()) => {
                self.wrong(Reason::CardNumberInAmount)
            }
            (Some(minor), _) if minor < 0 => self.wrong(Reason::NegativeAmount),
            (Some(minor), _) => Some(minor),
            (None, true) => self.wrong(Reason::BadAmount),
            (None, false) => self.wrong(Reason::AmountOverflow),
        };
        Some(Money { minor: minor?, currency: currency? })
    }

    fn card(&mut self) -> Option<Card<'static>> {
        match self.at("card.number") {
            Some(Value::String(text)) if text.trim().is_empty() => {}
            Some(Value::String(_)) => self.wrong.extend(NUMBER_REASONS),
            Some(Value::Number(number)) if !number.to_string().starts_with('-') => {
                self.wrong.extend(NUMBER_REASONS);
            }
            Some(_) => self.wrong.push(Reason::WrongType),
            None => {}
        }
        let token = self.required("card.token");
        if token.is_some_and(|token| contains_card_number(token.as_bytes())) {
            self.wrong.push(Reason::CardNumberInToken);
        }
        let last4 = self.optional("card.last4").map(|text| {
            let masked = mask_card_numbers(text).into_owned();
            masked.trim_start_matches('*').to_owned()
        });
        let is_last4 = |text: &String| text.len() == 4 && text.parse::<u16>().is_ok();
        if last4.as_ref().is_some_and(|last4| !is_last4(last4)) {
            self.wrong.push(Reason::BadLast4);
        }
        if self.optional("card.expiry").is_some_and(|month| !MONTHS.contains(&month)) {
            self.wrong.push(Reason::BadExpiry);
        }
        Some(Card {
            former_token: None,
            last4: last4.map(Text::Owned),
            brand: self.masked("card.brand"),
            funding: self.named("card.funding"),
            country: self.country("card.country"),
            status: self.named("card.status"),
            expiry: None,
            token: token?.to_owned().into(),
        })
    }

    fn merchant(&mut self) -> Option<Merchant<'static>> {
        let id = self.required("merchant.id").map(|id| mask_card_numbers(id).into_owned());
        Some(Merchant {
            name: self.masked("merchant.name"),
            mcc: self.mcc("merchant.mcc"),
            country: self.country("merchant.country"),
            city: self.masked("merchant.city"),
            place: self.place("merchant"),
            id: id?.into(),
        })
    }

    fn checks(&mut self) -> Checks {
        Checks {
            cvv: self.named("checks.cvv"),
            address: self.named("checks.address"),
            pin: self.named("checks.pin"),
            three_d_secure: self.named("checks.three_d_secure"),
        }
    }

    fn cardholder(&mut self) -> Cardholder<'static> {
        Cardholder {
            id: self.masked("cardholder.id"),
            account_id: self.masked("cardholder.account_id"),
            country: self.country("cardholder.country"),
            place: self.place("cardholder"),
        }
    }

    fn transaction(&mut self) -> Option<Transaction<'static>> {
        let id = self.required("id").map(|id| mask_card_numbers(id).into_owned());
        let (kind, time, card) = (self.kind(), self.time(), self.card());
        let (amount, merchant) = (self.amount(), self.merchant());
        let (cardholder, checks) = (self.cardholder(), self.checks());
        let response = Response {
            approved: self.boolean("response.approved"),
            reason: self.named("response.reason"),
        };
        let device = Device { id: self.masked("device.id"), ip: self.masked("device.ip") };
        let ship_to =
            ShipTo { country: self.country("ship_to.country"), key: self.masked("ship_to.key") };
        let terminal_id = self.masked("terminal.id");
        let channel = self.named("channel");
        let [card_present, card_on_file, recurring] =
            ["card_present", "card_on_file", "recurring"].map(|path| self.boolean(path));
        let original_id = self.masked("original_id");
        Some(Transaction {
            id: id?.into(),
            kind: kind?,
            time: time?,
            card: card?,
            cardholder,
            amount: amount?,
            base_amount: settings().base_currency.convert(amount?),
            merchant: merchant?,
            terminal_id,
            channel,
            card_present,
            card_on_file,
            recurring,
            checks,
            response,
            device,
            ship_to,
            original_id,
        })
    }
}

/// What a `card.number` may come to without a key.
const NUMBER_REASONS: [Reason; 3] =
    [Reason::NoKey, Reason::CardNumberLength, Reason::CardNumberLuhn];

/// Those that the random messages use.
const MONTHS: [&str; 2] = ["2029-12", "2100-01"];
