//! What is not wrong with a ruleset and yet hardly meant: each lint with a name, a place and the fix.
//!
//! A lint is certain of what it says. What a rule could do on some transaction is no lint's business,
//! and none of them changes what a ruleset does. They know no clock: the present date comes in.

mod tables;

pub use tables::tables;
