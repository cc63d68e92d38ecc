//! Lists the issuer identification numbers (ISO/IEC 7812-1) that card numbers begin with.
//!
//! The ranges are those that the card schemes publish. docs/operating/card-numbers.md has the same
//! table. Prefixes of the large schemes match numbers of any length. The others only match the
//! lengths that are issued, because each prefix also matches ids that are not card numbers.

use std::ops::RangeInclusive;

/// The number of digits that identify an issuer. Shorter prefixes are ranges of these.
pub(super) const PREFIX_DIGITS: usize = 6;

/// The card numbers of one scheme.
struct Scheme {
    /// Ranges of the first six digits.
    prefixes: &'static [RangeInclusive<u32>],
    /// Possible numbers of digits.
    lengths: &'static [RangeInclusive<usize>],
}

const ANY_LENGTH: &[RangeInclusive<usize>] = &[13..=19];
const SIXTEEN: &[RangeInclusive<usize>] = &[16..=16];

const fn scheme(
    name: &'static str,
    prefixes: &'static [RangeInclusive<u32>],
    lengths: &'static [RangeInclusive<usize>],
) -> (&'static str, Scheme) {
    (name, Scheme { prefixes, lengths })
}

/// By their names in docs/operating/card-numbers.md. Elo, Verve, RuPay 508, 353, 356 and 652, Troy 65 and others are covered by prefixes of the large
/// schemes.
const SCHEMES: &[(&str, Scheme)] = &[
    scheme("Visa", &[400_000..=499_999], ANY_LENGTH),
    scheme("Mastercard", &[510_000..=559_999, 222_100..=272_099], ANY_LENGTH),
    scheme("American Express", &[340_000..=349_999, 370_000..=379_999], ANY_LENGTH),
    scheme(
        "Diners Club",
        &[300_000..=305_999, 309_500..=309_599, 360_000..=369_999, 380_000..=399_999],
        ANY_LENGTH,
    ),
    scheme("Discover", &[601_100..=601_199, 644_000..=659_999], ANY_LENGTH),
    scheme("UnionPay", &[620_000..=629_999, 810_000..=819_999], ANY_LENGTH),
    scheme("JCB", &[352_800..=358_999], ANY_LENGTH),
    scheme(
        "Maestro",
        &[
            500_000..=509_999,
            560_000..=589_999,
            630_400..=630_499,
            639_000..=639_999,
            670_000..=679_999,
        ],
        ANY_LENGTH,
    ),
    scheme("RuPay", &[600_000..=609_999, 820_000..=829_999], SIXTEEN),
    scheme("Mir", &[220_000..=220_499], &[16..=19]),
    scheme("Borica", &[220_500..=220_599], SIXTEEN),
    scheme("NAPAS", &[970_400..=970_499], &[16..=16, 19..=19]),
    scheme("Troy", &[979_200..=979_299], SIXTEEN),
    scheme("UzCard", &[860_000..=860_099], SIXTEEN),
    scheme("Humo", &[986_000..=986_099], SIXTEEN),
    scheme("Elo", &[636_297..=636_297, 636_368..=636_368], SIXTEEN),
    scheme(
        "Hipercard",
        &[
            637_095..=637_095,
            637_568..=637_568,
            637_599..=637_599,
            637_609..=637_609,
            637_612..=637_612,
        ],
        SIXTEEN,
    ),
    scheme("mada", &[636_120..=636_120, 968_201..=968_212], SIXTEEN),
    scheme("GPN", &[194_600..=194_699], SIXTEEN),
];

/// Whether the first six digits belong to an issuer.
pub(super) fn has_issuer_prefix(digits: &[u8]) -> bool {
    let prefix = prefix_of(digits);
    SCHEMES.iter().any(|(_, scheme)| scheme.has(prefix))
}

/// Whether the first six digits belong to an issuer whose numbers have this many digits.
pub(super) fn is_issued(digits: &[u8]) -> bool {
    let prefix = prefix_of(digits);
    let has_length =
        |scheme: &Scheme| scheme.lengths.iter().any(|lengths| lengths.contains(&digits.len()));
    SCHEMES.iter().any(|(_, scheme)| scheme.has(prefix) && has_length(scheme))
}

fn prefix_of(digits: &[u8]) -> u32 {
    digits.iter().take(PREFIX_DIGITS).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

impl Scheme {
    fn has(&self, prefix: u32) -> bool {
        self.prefixes.iter().any(|range| range.contains(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `51–55` for 510000 to 559999.
    fn shortest(range: &RangeInclusive<u32>) -> String {
        let (mut first, mut last) = (*range.start(), *range.end());
        while first % 10 == 0 && last % 10 == 9 {
            (first, last) = (first / 10, last / 10);
        }
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    }

    fn lengths(scheme: &Scheme) -> String {
        let texts = scheme.lengths.iter().map(|lengths| match (lengths.start(), lengths.end()) {
            (only, last) if only == last => only.to_string(),
            (first, last) => format!("{first}–{last}"),
        });
        texts.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_documentation_lists_every_scheme_with_its_prefixes_and_lengths() {
        let page = include_str!("../../docs/operating/card-numbers.md");
        for (name, scheme) in SCHEMES {
            let prefixes: Vec<_> = scheme.prefixes.iter().map(shortest).collect();
            let row = format!("| {name} | {} | {} |", prefixes.join(", "), lengths(scheme));
            assert!(page.lines().any(|line| line.starts_with(&row)), "{row}");
        }
    }

    #[test]
    fn no_prefix_belongs_to_two_schemes_except_rupay_within_discover() {
        for (at, (name, scheme)) in SCHEMES.iter().enumerate() {
            for (other_name, other) in &SCHEMES[at + 1..] {
                for range in scheme.prefixes {
                    let shared = other.prefixes.iter().any(|other| {
                        other.contains(range.start()) || range.contains(other.start())
                    });
                    let is_known = (*name, *other_name) == ("Discover", "RuPay");
                    assert_eq!(shared, shared && is_known, "{name}, {other_name}");
                }
            }
        }
    }

    #[test]
    fn national_schemes_count_only_with_the_lengths_that_are_issued() {
        for (digits, expected) in [
            ("2200000000000004", true),
            ("2204123412341234008", true),
            ("220000000000000", false),
            ("9704180000000000000", true),
            ("9704000000000000", true),
            ("97040000000000000", false),
            ("9792000000000003", true),
            ("979200000000000", false),
            ("6074000000000008", true),
            ("607400000000000", false),
            ("6011000000000", true),
            ("4000000000000", true),
        ] {
            assert_eq!(is_issued(digits.as_bytes()), expected, "{digits}");
            assert!(has_issuer_prefix(digits.as_bytes()));
        }
    }
}
