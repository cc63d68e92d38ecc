//! Warns about lists that rules name and that have no entries: probably a name is misspelt.

use super::terminal;
use crate::printable::Printable;
use crate::rules::{Ruleset, ScheduledLists};
use std::path::Path;

/// Warns about lists with neither a file of the ruleset nor an entry in a file of entries, if there is
/// one.
pub fn warn_of_missing(ruleset: &Ruleset, lists: &ScheduledLists, file: Option<&Path>) {
    let Some(file) = file else { return };
    let file = file.display().to_string();
    let without_file = ruleset.lists().into_iter().filter(|(_, has_file)| !has_file);
    for (list, _) in without_file.filter(|(list, _)| !lists.knows(list)) {
        terminal::warning(format_args!(
            "a rule names the list `{list}`, which has no file under [lists] and no entry in {}",
            Printable(&file)
        ));
    }
}
