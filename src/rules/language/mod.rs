//! The macros, functions and methods of the language, one row each.
//!
//! A row holds what is particular to its macro or function: its name, the types it accepts and gives,
//! how it is computed, and its documentation with an example. The checker, constant folding, intervals,
//! evaluation, the oracle and the tables of docs/rules/reference.md read it. All of them match on
//! enums without a default case, so a macro that is added here does not compile until each of them
//! knows it.
//!
//! ```text
//! macros.rs     the rows of the macros of lists ◀─ columns.rs, statistic.rs
//! functions.rs  the rows of functions and methods
//! rows.rs       an enum from its rows
//! ```
//!
//! It knows types only: no expressions, no charges.

pub(super) mod columns;
pub(super) mod functions;
mod macros;
mod rows;
mod statistic;

pub use columns::{
    ArgumentKind, CallForm, EachMacro, ListMacro, OverEmpty, PlainMacro, Quantifier, Saturated,
};
pub use functions::{
    CardFunction, GlobalFunction, MathFunction, OptionalMethod, PeriodStart, TextMethod, TimePart,
};
pub use macros::{Macro, MacroKind, MacroRow};
pub use statistic::{Accumulation, DecisiveValues, Percent, Statistic, StatisticChoice};
