//! Holds which messages belong to which alerted charge, so that a label with the id of a clearing or of
//! an increment counts for the alert about the charge.

use super::fingerprint::Fingerprint;
use super::record::LinkRecord;
use crate::transaction::Time;
use std::collections::HashMap;

/// The links of one partition, by card and id of the message.
#[derive(Debug, Default)]
pub struct Links(HashMap<Fingerprint, HeldLink>);

/// The charge that a message belongs to.
#[derive(Debug, Clone, Copy)]
pub struct HeldLink {
    /// Card and id of the charge.
    pub charge: Fingerprint,
    pub charge_time: Time,
    message_time: Time,
}

impl HeldLink {
    /// The time that it is dropped by. Until then, there may be labels of the message, or an alert
    /// about it.
    pub fn age_from(&self) -> Time {
        self.message_time.max(self.charge_time)
    }
}

impl Links {
    /// Takes the next link. That of a message to itself ends an earlier one.
    pub fn take(&mut self, record: &LinkRecord<'_>) {
        let key = |id| Fingerprint::of_transaction(&record.card, id);
        let (message, charge) = (key(record.id), key(record.charge));
        if message == charge {
            self.0.remove(&message);
            return;
        }
        let (charge_time, message_time) = (record.charge_time, record.time);
        self.0.insert(message, HeldLink { charge, charge_time, message_time });
    }

    /// The charge that a message belongs to: itself, unless there is a link.
    pub fn charge_of<'k>(&'k self, message: &'k Fingerprint) -> &'k Fingerprint {
        self.get(message).map_or(message, |link| &link.charge)
    }

    /// The link of a message to its charge; `None` if it is a charge itself, as far as is known.
    pub fn get(&self, message: &Fingerprint) -> Option<&HeldLink> {
        self.0.get(message)
    }

    /// All messages and their links.
    pub fn iter(&self) -> impl Iterator<Item = (&Fingerprint, &HeldLink)> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn retain(&mut self, keep: impl Fn(&HeldLink) -> bool) {
        self.0.retain(|_, link| keep(link));
    }
}
