//! The files of a ruleset: reading them, their tables, and the places of their texts.
//!
//! Expressions stay text here.

mod loader;
mod source_map;
pub(super) mod toml_schema;
mod toml_values;

pub use loader::is_rules_file_name;
pub use source_map::SourceText;
pub use toml_schema::{ControlTable, Files, Placed, Points, RuleTable};
