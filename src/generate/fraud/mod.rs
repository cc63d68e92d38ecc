//! Generates fraud: stories that strike a card now and then, each with its typical charges.
//!
//! ```text
//! strike.rs: which kind suits this card now, where, when ─▶ story.rs ─▶ by_number.rs │ in_person.rs
//! ```

mod by_number;
mod in_person;
mod place;
mod story;
mod strike;

pub(super) use strike::strike;
