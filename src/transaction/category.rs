//! Groups merchant category codes: few enough to count by, fine enough to tell types of fraud
//! apart.
//!
//! ISO 18245 orders its codes in ranges, and most groups are such ranges. Categories that attract
//! fraud have separate groups: cash and cash equivalents, gambling, digital goods, gift cards and
//! electronics. This module does not know what a code means for a rule.

use std::ops::RangeInclusive;

/// A code belongs to the first group that contains it.
const GROUPS: &[(&str, &[RangeInclusive<u16>])] = &[
    ("cash", &[4829..=4829, 6010..=6012, 6050..=6051, 6538..=6540]),
    ("gambling", &[7800..=7802, 7995..=7995]),
    ("digital_goods", &[5815..=5818]),
    ("gift_cards", &[5947..=5947]),
    ("electronics", &[4812..=4812, 5045..=5045, 5722..=5722, 5732..=5735]),
    ("jewellery", &[5094..=5094, 5944..=5944]),
    ("fuel", &[5541..=5542, 5552..=5552, 5983..=5983]),
    ("grocery", &[5411..=5499]),
    ("restaurants", &[5811..=5814]),
    ("clothing", &[5600..=5699]),
    ("airlines", &[3000..=3350, 4511..=4511]),
    ("car_rental", &[3351..=3500, 7512..=7519]),
    ("lodging", &[3501..=3999, 7011..=7012]),
    ("agriculture", &[1..=1499]),
    ("contractors", &[1500..=2999]),
    ("transport", &[4000..=4799]),
    ("utilities", &[4800..=4999]),
    ("shops", &[5000..=5999]),
    ("finance", &[6000..=7010]),
    ("services", &[7013..=8999]),
    ("government", &[9000..=9999]),
];

/// The group of codes outside all ranges above.
const OTHER: &str = "other";

/// The group of a merchant category code.
pub fn category_group(merchant_category_code: u16) -> &'static str {
    let holds = |ranges: &[RangeInclusive<u16>]| {
        ranges.iter().any(|range| range.contains(&merchant_category_code))
    };
    GROUPS.iter().find(|(_, ranges)| holds(ranges)).map_or(OTHER, |(name, _)| name)
}

/// Every group, `other` last.
pub fn category_groups() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(name, _)| *name).chain([OTHER])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_is_in_the_narrowest_group_that_holds_it() {
        for (code, group) in [
            (0, "other"),
            (763, "agriculture"),
            (3000, "airlines"),
            (4121, "transport"),
            (4829, "cash"),
            (4900, "utilities"),
            (5411, "grocery"),
            (5651, "clothing"),
            (5732, "electronics"),
            (5814, "restaurants"),
            (5816, "digital_goods"),
            (5947, "gift_cards"),
            (5999, "shops"),
            (6011, "cash"),
            (6300, "finance"),
            (7011, "lodging"),
            (7995, "gambling"),
            (8062, "services"),
            (9399, "government"),
            (10_000, "other"),
        ] {
            assert_eq!(category_group(code), group, "{code}");
        }
    }

    #[test]
    fn every_group_has_a_code_and_every_code_a_group() {
        let listed: BTreeSet<&str> = category_groups().collect();
        assert_eq!(listed.len(), GROUPS.len() + 1);
        let found: BTreeSet<&str> = (0..=9_999).map(category_group).collect();
        assert_eq!(found, listed);
    }
}
