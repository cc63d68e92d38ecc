//! The report as readable tables.

mod comparison;
mod control;
mod figures;
mod overview;
mod rules;
mod section;
mod sweep;
mod tables;

pub use overview::{took, warnings};
pub use tables::tables;
