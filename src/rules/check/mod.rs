//! Resolves names, types and macros: turns an expression as written into nodes of the typed tree.
//!
//! Nothing is evaluated here. Each mistake is reported once, at its place. An expression that depends
//! on it silently becomes `Checked::Broken`, so one mistake gives one error.

mod calls;
mod checked_types;
mod checker;
mod foreign_calls;
mod foreign_names;
mod limits;
mod list_uses;
mod literal_list_folds;
mod literal_lists;
mod literal_percentiles;
mod macro_results;
mod macros;
mod membership;
mod methods;
mod misreadings;
mod names;
mod numbers;
mod operators;
mod questions;
mod selected;

pub use checked_types::Unit;
pub use checker::Checker;
