//! `redcard rules list`: shows what a ruleset contains and what each rule costs.
//!
//! ```text
//! cards.rs: cards of generated traffic ─▶ cost.rs: with the rule, without it ─▶ a table │ JSON
//! ```

mod cards;
mod command;
mod cost;

pub(super) use command::{ListArgs, run};
