//! `--sweep`: varies one number of a ruleset.
//!
//! ```text
//! NUMBER=VALUES ─▶ sweep_arg.rs ─▶ place.rs: where the number is written ─▶ variants.rs: rulesets with
//!                                  expression_numbers.rs                    each value in its place
//! ```

mod error;
mod expression_numbers;
mod place;
mod sweep_arg;
mod variants;

pub use error::SweepError;
pub use sweep_arg::SweepArg;
pub use variants::SweptRulesets;
