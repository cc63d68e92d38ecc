//! The sections of the page, one file each: what is shown, in which order and in which words.

pub mod budgets;
mod case;
mod cells;
pub mod comparison;
pub mod control;
pub mod counterexamples;
mod decision;
pub mod definitions;
pub mod examples;
pub mod figures;
pub mod kinds;
pub mod overview;
pub mod plots;
pub mod rules;
pub mod sweep;
