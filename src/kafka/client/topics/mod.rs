//! The topics that a service needs: checked before it starts, and created if it may create them.

mod admin;
mod ensure;
mod history_topic;
mod lists_topic;
mod outcomes_topic;

pub use ensure::ensure;
pub use lists_topic::check as check_lists;
