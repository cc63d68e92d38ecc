//! The kinds of fraud as a report lists them: those of labels, and one for labels without a kind.

use crate::transaction::LabelKind;

/// How many there are.
pub const KINDS: usize = KIND_NAMES.len();

/// Their names; the last is that of labels without a kind.
pub const KIND_NAMES: [&str; 9] = [
    "card_not_present",
    "counterfeit",
    "lost_or_stolen",
    "account_takeover",
    "card_not_received",
    "application",
    "first_party",
    "other",
    "unspecified",
];

/// The index of a kind in [`KIND_NAMES`].
pub fn kind_index(kind: Option<LabelKind>) -> usize {
    kind.map_or(KINDS - 1, |kind| kind as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::WireName;

    #[test]
    fn each_kind_has_its_name() {
        for (kind, name) in LabelKind::NAMES {
            assert_eq!(KIND_NAMES[kind_index(Some(*kind))], *name);
            assert_eq!(kind.name(), *name);
        }
        assert_eq!(LabelKind::NAMES.len() + 1, KINDS);
        assert_eq!(KIND_NAMES[kind_index(None)], "unspecified");
    }
}
