//! Maps three-letter codes to table indices, so that a lookup is a single load.

/// The number of three-letter codes.
pub(super) const CODES: usize = 26 * 26 * 26;

/// The index of a code of three capital letters; `None` for anything else.
pub(super) const fn index_of(code: &[u8]) -> Option<usize> {
    let [a, b, c] = code else { return None };
    if !(a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_uppercase()) {
        return None;
    }
    Some(((*a - b'A') as usize * 26 + (*b - b'A') as usize) * 26 + (*c - b'A') as usize)
}
