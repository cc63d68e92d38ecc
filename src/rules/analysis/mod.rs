//! What is known about a ruleset before any transaction: constants, facts about rules, lints.

mod const_fold;
mod facts;
pub(super) mod lints;

pub use const_fold::Folder;
pub use facts::{Facts, RuleFacts};
pub use lints::{Input, Places};
