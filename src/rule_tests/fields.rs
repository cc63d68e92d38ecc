//! Lists the names of a message's fields, so that misspelled ones can be reported.
//! docs/reference/transaction.md describes them.

/// The fields of the message itself, under an empty name, and of the objects in it.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "id",
            "type",
            "time",
            "card",
            "cardholder",
            "amount",
            "currency",
            "merchant",
            "terminal",
            "channel",
            "card_present",
            "card_on_file",
            "recurring",
            "checks",
            "response",
            "device",
            "ship_to",
            "original_id",
        ],
    ),
    ("card", &["token", "number", "last4", "brand", "funding", "country", "status", "expiry"]),
    ("cardholder", &["id", "account_id", "country", "latitude", "longitude"]),
    ("merchant", &["id", "name", "mcc", "country", "city", "latitude", "longitude"]),
    ("terminal", &["id"]),
    ("checks", &["cvv", "address", "pin", "three_d_secure"]),
    ("response", &["approved", "reason"]),
    ("device", &["id", "ip"]),
    ("ship_to", &["country", "key"]),
];

pub(super) fn of_message() -> impl Iterator<Item = &'static str> {
    of_section("").unwrap_or(&[]).iter().copied()
}

/// `None` if this field is not an object.
pub(super) fn of_section(name: &str) -> Option<&'static [&'static str]> {
    FIELDS.iter().find(|(section, _)| *section == name).map(|(_, fields)| *fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_decoded_is_known() {
        let decoder = include_str!("../decode/draft.rs");
        let decoded = decoder.lines().filter(|line| line.contains("=>"));
        let decoded =
            decoded.filter_map(|line| Some(line.trim().strip_prefix('"')?.split_once('"')?.0));
        let known = FIELDS.iter().flat_map(|(_, fields)| fields.iter().copied());
        assert_eq!(known.collect::<Vec<_>>(), decoded.collect::<Vec<_>>());
    }
}
