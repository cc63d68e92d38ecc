//! A table under its heading.

use crate::cli::table::Table;
use crate::cli::terminal;

/// A table under its heading.
pub fn section(heading: &str, table: &Table) -> String {
    format!("\n{heading}\n{}", table.render(terminal::width()))
}
