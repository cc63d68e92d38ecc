//! Which names of fields announce sensitive authentication data.

/// Names of fields with sensitive authentication data, in any case. Their values are never read
/// (PCI DSS, requirement 3.3: not to be kept after authorization).
const SENSITIVE_NAMES: [&str; 7] = ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"];

pub(super) fn is_sensitive(name: &str) -> bool {
    SENSITIVE_NAMES.iter().any(|sensitive| sensitive.eq_ignore_ascii_case(name))
}
