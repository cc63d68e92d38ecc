//! What one card remembers, and the questions that it answers.
//!
//! How messages change it is in [`super::update`].

pub(in crate::memory) mod adjustment;
pub(in crate::memory) mod alerted_rules;
pub(in crate::memory) mod card;
pub(in crate::memory) mod card_changes;
pub(in crate::memory) mod card_label;
pub(in crate::memory) mod charge_links;
pub(in crate::memory) mod increment;
pub(in crate::memory) mod ledger;
pub(in crate::memory) mod ledger_update;
pub(in crate::memory) mod note;
pub(in crate::memory) mod recall;
pub(in crate::memory) mod recorded_list;
pub(in crate::memory) mod referring;
mod reversed_as_charged;
pub(in crate::memory) mod settlement;
pub(in crate::memory) mod snoozes;
mod stored_card;
pub(in crate::memory) mod tagged_list;
pub(in crate::memory) mod timeline;
