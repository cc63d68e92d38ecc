//! Reads format version 1, which the first releases wrote. It is never written.
//!
//! [`layout`] is what it holds; [`convert`] turns it into today's memory.

mod convert;
mod layout;
#[cfg(test)]
mod tests;

pub(super) use convert::{Refused, converted};
pub(super) use layout::{CardV1, take_head};
