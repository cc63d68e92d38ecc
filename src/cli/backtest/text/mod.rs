//! The report as tables for people.

mod comparison;
mod control;
mod figures;
mod overview;
mod rules;
mod sweep;
mod tables;

pub use overview::{took, warnings};
pub use tables::tables;
