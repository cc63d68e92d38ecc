//! Converts a transaction and its card's past for the interpreter: to maps in which an absent field
//! has no key, and to lists of such maps.
//!
//! The fields follow docs/reference/transaction.md and docs/rules/reference.md, and not the tables of
//! the compiler, so that this test finds a wrong line in those tables. Groups (`merchant`, `checks`)
//! are always present. Ids of remembered charges are texts, not hashes; money is in minor units.

use super::history::{LISTED, NOTICES, label_of};
use crate::transaction::{Country, DAY_MS, LabelValue, Place, Time, Transaction, WireName};
use cel::{Context, Env, Program, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Creates programs, values and contexts of the interpreter.
pub struct Boxing {
    env: Arc<Env>,
    timestamp: Program,
}

impl Boxing {
    pub fn new(env: Env) -> Self {
        let timestamp = env.compile("timestamp(text)").unwrap();
        Self { env: Arc::new(env), timestamp }
    }

    pub fn program(&self, text: &str) -> Program {
        self.env.compile(text).unwrap_or_else(|errors| panic!("{text}: {errors}"))
    }

    /// What an expression sees: this transaction, and the charges and refunds before it.
    pub fn context(
        &self,
        tx: &Transaction<'_>,
        charges: &[Transaction<'_>],
        refunds: &[Transaction<'_>],
    ) -> Context<'static, 'static> {
        let list = |all: &[Transaction<'_>]| {
            Value::from(all.iter().map(|tx| self.charge(tx)).collect::<Vec<_>>())
        };
        let mut context = Context::with_env(self.env.clone());
        context.add_variable_from_value("tx", self.transaction(tx));
        context.add_variable_from_value("now", self.time(tx.time));
        context.add_variable_from_value("listed", self.listed(tx.time));
        context.add_variable_from_value("notices", self.notices(tx.time));
        context.add_variable_from_value("all_charges", list(charges));
        context.add_variable_from_value("all_refunds", list(refunds));
        context
    }

    /// The entries of the named list. An entry without an end time is valid for a day, which is long enough.
    fn listed(&self, now: Time) -> Value {
        let entry = |(entry, ms): &(&str, Option<i64>)| {
            let mut fields = Fields::default();
            fields.add("entry", *entry);
            fields.add("until", self.time(Time(now.millis() + ms.unwrap_or(DAY_MS))));
            fields.value()
        };
        // An empty line is not an entry.
        let entries = LISTED.iter().filter(|(entry, _)| !entry.is_empty());
        Value::from(entries.map(entry).collect::<Vec<_>>())
    }

    /// The values of the entries of the list in the topic.
    fn notices(&self, now: Time) -> Value {
        let entry = |(entry, values, ms): &(&str, &[&str], Option<i64>)| {
            let mut fields = Fields::default();
            fields.add("entry", *entry);
            let values = values.iter().map(|value| Value::from(*value)).collect::<Vec<_>>();
            fields.add("values", Value::from(values));
            fields.add("until", self.time(Time(now.millis() + ms.unwrap_or(DAY_MS))));
            fields.value()
        };
        Value::from(NOTICES.iter().map(entry).collect::<Vec<_>>())
    }

    fn time(&self, time: Time) -> Value {
        let mut context = Context::with_env(self.env.clone());
        context.add_variable_from_value("text", time.to_string());
        self.timestamp.execute(&context).unwrap()
    }

    fn transaction(&self, tx: &Transaction<'_>) -> Value {
        let scale = 10f64.powi(i32::from(tx.amount.currency.exponent()));
        let mut top = common(tx);
        top.add("id", &*tx.id);
        top.add("type", tx.kind.name());
        top.add("time", self.time(tx.time));
        top.add("amount_original", tx.amount.minor as f64 / scale);
        top.add("currency", tx.amount.currency.code());
        top.maybe("original_id", tx.original_id.as_deref());
        top.group("card", |card| {
            card.add("token", &*tx.card.token);
            card.maybe("last4", tx.card.last4.as_deref());
            card.maybe("brand", tx.card.brand.as_deref());
            card.maybe("funding", tx.card.funding.map(WireName::name));
            card.maybe("country", country(tx.card.country));
            card.maybe("status", tx.card.status.map(WireName::name));
            card.maybe("expiry", tx.card.expiry.as_deref());
        });
        top.group("cardholder", |holder| {
            holder.maybe("id", tx.cardholder.id.as_deref());
            holder.maybe("account_id", tx.cardholder.account_id.as_deref());
            holder.maybe("country", country(tx.cardholder.country));
            place(holder, tx.cardholder.place);
        });
        top.group("merchant", |merchant| {
            merchant.maybe("name", tx.merchant.name.as_deref());
            merchant.maybe("city", tx.merchant.city.as_deref());
        });
        top.group("checks", |checks| {
            checks.maybe("cvv", tx.checks.cvv.map(WireName::name));
            checks.maybe("address", tx.checks.address.map(WireName::name));
            checks.maybe("pin", tx.checks.pin.map(WireName::name));
            checks.maybe("three_d_secure", tx.checks.three_d_secure.map(WireName::name));
        });
        top.group("response", |response| {
            response.maybe("approved", tx.response.approved);
            response.maybe("reason", tx.response.reason.map(WireName::name));
        });
        top.value()
    }

    fn charge(&self, tx: &Transaction<'_>) -> Value {
        let declined = tx.response.approved == Some(false);
        let mut top = common(tx);
        top.add("time", self.time(tx.time));
        top.add("declined", declined);
        top.add("approved", !declined);
        // These histories contain no reversals and no alerts.
        top.maybe("attempted", tx.base_amount);
        top.add("reversed", false);
        top.add("alerted", false);
        let is_fraud = match label_of(tx) {
            Some(LabelValue::Fraud) => Some(true),
            Some(LabelValue::Genuine) => Some(false),
            _ => None,
        };
        top.maybe("fraud", is_fraud);
        top.maybe("genuine", is_fraud.map(|is_fraud| !is_fraud));
        top.maybe("reason", tx.response.reason.map(WireName::name));
        top.value()
    }
}

/// The fields that a transaction and a remembered charge have in common.
fn common(tx: &Transaction<'_>) -> Fields {
    let mut top = Fields::default();
    top.maybe("amount", tx.base_amount);
    top.maybe("channel", tx.channel.map(WireName::name));
    top.maybe("card_present", tx.card_present);
    top.maybe("card_on_file", tx.card_on_file);
    top.maybe("recurring", tx.recurring);
    top.group("merchant", |merchant| {
        merchant.add("id", &*tx.merchant.id);
        merchant.maybe("mcc", tx.merchant.mcc.map(|mcc| format!("{mcc:04}")));
        merchant.maybe("country", country(tx.merchant.country));
        place(merchant, tx.merchant.place);
    });
    top.group("terminal", |terminal| terminal.maybe("id", tx.terminal_id.as_deref()));
    top.group("device", |device| {
        device.maybe("id", tx.device.id.as_deref());
        device.maybe("ip", tx.device.ip.as_deref());
    });
    top.group("ship_to", |ship_to| {
        ship_to.maybe("country", country(tx.ship_to.country));
        ship_to.maybe("key", tx.ship_to.key.as_deref());
    });
    top
}

fn country(country: Option<Country>) -> Option<String> {
    country.map(|country| country.to_string())
}

fn place(fields: &mut Fields, place: Option<Place>) {
    fields.maybe("latitude", place.map(Place::latitude));
    fields.maybe("longitude", place.map(Place::longitude));
}

/// Builds a map.
#[derive(Default)]
struct Fields {
    values: HashMap<String, Value>,
    groups: HashMap<String, Fields>,
}

impl Fields {
    fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
    }

    fn maybe(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn group(&mut self, name: &str, fill: impl FnOnce(&mut Fields)) {
        fill(self.groups.entry(name.to_owned()).or_default());
    }

    fn value(mut self) -> Value {
        for (name, fields) in self.groups {
            self.values.insert(name, fields.value());
        }
        Value::from(self.values)
    }
}
