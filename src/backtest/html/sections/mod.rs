//! The sections of the page, one file each: what is shown, in which order and in which words.

pub mod budgets;
mod case;
pub mod comparison;
pub mod counterexamples;
pub mod definitions;
pub mod examples;
pub mod kinds;
pub mod overview;
pub mod plots;
pub mod rules;
pub mod sweep;
