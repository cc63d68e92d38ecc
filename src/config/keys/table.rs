//! The table of all keys, and the search for one by its name.

use super::key::Key;
use super::{endpoints, engine, kafka, messages, notify};

/// All keys, in the order in which they are documented and printed.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    [
        kafka::KAFKA,
        kafka::TOPICS,
        messages::SOURCE,
        messages::MONEY,
        messages::CARD_NUMBERS,
        engine::MEMORY,
        engine::HISTORY,
        engine::LABELS,
        engine::RULES,
        engine::DELIVERY,
        engine::DEAD_LETTERS,
        endpoints::HTTP,
        notify::NOTIFY,
        endpoints::LOG,
    ]
    .into_iter()
    .flatten()
}

pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    all().find(|key| key.section == section && key.name == name)
}

pub(crate) fn is_section(name: &str) -> bool {
    all().any(|key| key.section == name)
}

/// The minimum similarity at which a name counts as a misspelling of another (Jaro-Winkler, 0 to
/// 1).
const LIKENESS_MIN: f64 = 0.8;

/// The section that was probably meant, also if the name is that of a key.
pub(crate) fn near_section(name: &str) -> Option<String> {
    let alike = all().map(|key| (key.section.to_owned(), key.section));
    nearest(name, alike).or_else(|| nearest(name, all().map(|key| (key.path(), key.name))))
}

/// The key that was probably meant, preferably one in the same section.
pub(crate) fn near_key(section: &str, name: &str) -> Option<String> {
    let here = all().filter(|key| key.section == section);
    nearest(name, here.map(|key| (key.path(), key.name)))
        .or_else(|| nearest(name, all().map(|key| (key.path(), key.name))))
}

fn nearest<'a>(name: &str, candidates: impl Iterator<Item = (String, &'a str)>) -> Option<String> {
    candidates
        .map(|(shown, known)| (strsim::jaro_winkler(name, known), shown))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, shown)| shown)
}
