//! Measures the false positives of the card number search, compared with the previous rule.

use super::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regex::Regex;
use std::sync::LazyLock;

/// The previous rule: ASCII digits, fewer prefixes, and any number of spaces and hyphens between
/// groups.
fn counts_by_the_former_rule(text: &str) -> bool {
    static GROUP: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9]+").unwrap());
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("^[- \t\u{a0}\u{ad}\u{2000}-\u{2015}\u{202f}\u{2212}\u{3000}]*$").unwrap()
    });
    let groups: Vec<_> = GROUP.find_iter(text).collect();
    (0..groups.len()).any(|first| {
        let mut digits = String::new();
        for (at, group) in groups.iter().enumerate().skip(first) {
            if at > first && !BETWEEN.is_match(&text[groups[at - 1].end()..group.start()]) {
                return false;
            }
            digits.push_str(group.as_str());
            if (DIGITS_MIN..=19).contains(&digits.len())
                && had_brand_prefix(digits.as_bytes())
                && passes_luhn(digits.as_bytes())
            {
                return true;
            }
        }
        false
    })
}

/// The prefixes of the previous rule.
fn had_brand_prefix(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(6).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    matches!(
        prefix,
        400_000..=499_999       // Visa
        | 510_000..=559_999     // Mastercard
        | 222_100..=272_099     // Mastercard, 2-series
        | 340_000..=349_999     // American Express
        | 370_000..=379_999
        | 601_100..=601_199     // Discover
        | 644_000..=659_999
        | 620_000..=629_999     // UnionPay, Discover 622126 to 622925 included
        | 810_000..=819_999
        | 300_000..=305_999     // Diners Club
        | 309_500..=309_599
        | 360_000..=369_999
        | 380_000..=399_999
        | 352_800..=358_999     // JCB
        | 500_000..=509_999     // Maestro
        | 560_000..=589_999
        | 630_400..=630_499
        | 639_000..=639_999
        | 670_000..=679_999
    )
}

fn digits(random: &mut impl Rng, count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + random.random_range(0..10))).collect()
}

fn one_of<'t>(random: &mut impl Rng, texts: &[&'t str]) -> &'t str {
    texts[random.random_range(0..texts.len())]
}

fn address(random: &mut impl Rng) -> String {
    let streets = ["Main Street", "Hauptstraße", "rue de la Paix", "Via Roma", "Nørregade"];
    let (number, street) = (random.random_range(1..2_000), one_of(random, &streets));
    let (zip, long, unit) = (digits(random, 5), digits(random, 4), random.random_range(1..60));
    match random.random_range(0..6) {
        0 => format!("{number} {street}, Apt {unit}, Springfield, IL {zip}-{long}"),
        1 => format!("{street} {number}/{unit}, {zip} Berlin"),
        2 => format!("{street} {number}, {unit}.2, {long} København K"),
        3 => format!("{number}, {unit} {street}, {zip}, PO Box {long}"),
        4 => format!("#{unit}-{number} {street} {zip}{long}"),
        _ => format!("{street} {number}/{unit:02}, {zip}-{long}"),
    }
}

fn telephone(random: &mut impl Rng) -> String {
    let (a, b, c) = (digits(random, 3), digits(random, 3), digits(random, 4));
    let country =
        one_of(random, &["1", "44", "45", "49", "33", "52", "55", "61", "36", "351", "91"]);
    match random.random_range(0..8) {
        0 => format!("+{country} ({a}) {b}-{c}"),
        1 => format!("+{country} {a} {b} {c}"),
        2 => format!("{a}.{b}.{c}"),
        3 => format!("00{country}-{a}-{b}{c}"),
        4 => format!("+{country}.{a}.{b}.{c}"),
        5 => format!("+{country} {a} {b}{c} / {}", digits(random, 3)),
        6 => format!("({a}) {b}-{c}, ext. {}", digits(random, 3)),
        _ => format!("tel +{country}{a}{b}{c}, fax +{country}{a}{b}{}", digits(random, 4)),
    }
}

fn date(random: &mut impl Rng) -> String {
    let (y, m, d) =
        (random.random_range(1990..2035), random.random_range(1..13), random.random_range(1..29));
    let (hour, minute, s) =
        (random.random_range(0..24), random.random_range(0..60), random.random_range(0..60));
    let ms = digits(random, 3);
    match random.random_range(0..9) {
        0 => format!("{y}-{m:02}-{d:02} {hour:02}:{minute:02}:{s:02}.{ms}"),
        1 => format!("{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:{s:02}Z"),
        2 => format!("{d:02}/{m:02}/{y} {hour:02}:{minute:02}:{s:02}"),
        3 => format!("{d:02}.{m:02}.{y}, {hour:02}:{minute:02}"),
        4 => format!("{y}{m:02}{d:02}{hour:02}{minute:02}{s:02}"),
        5 => format!("{y}{m:02}{d:02}_{hour:02}{minute:02}{s:02}_{ms}"),
        6 => format!("{y}-{m:02}-{d:02}/{y}-{m:02}-28"),
        7 => format!("{m:02}/{d:02}/{y} {hour:02}:{minute:02}:{s:02}.{ms}"),
        _ => format!("{d:02}-{m:02}-{y} {hour:02}.{minute:02}.{s:02}"),
    }
}

/// Order numbers as large shops, carriers and accounting software write them.
fn order_number(random: &mut impl Rng) -> String {
    let length = random.random_range(6..20);
    let run = digits(random, length);
    let (a, b, c) = (digits(random, 4), digits(random, 7), digits(random, 5));
    let (d, e) = (digits(random, 4), digits(random, 7));
    match random.random_range(0..12) {
        0..=3 => run,
        4 => format!("114-{b}-{e}"),
        5 => format!("{}-{c}-{a}9", &d[..2]),
        6 => format!("ORD-2026-{b}-{a}"),
        7 => format!("INV/2026/01/{b}{a}"),
        8 => format!("PO_{c}_{b}_{a}"),
        9 => format!("9400 {a} {d} {} {} {c}", &b[..4], &e[..4]),
        10 => format!("{c}.{b}.{a}"),
        _ => format!("#{run}, item {c}"),
    }
}

/// Checks the counts against the table in docs/operating/card-numbers.md.
#[track_caller]
fn check_documented(texts: &str, hits: usize, former: usize) {
    let row = format!("| {texts} | {hits} | {former} |\n");
    assert!(include_str!("../../docs/operating/card-numbers.md").contains(&row), "{row}");
}

type Generator = fn(&mut ChaCha8Rng) -> String;

const TEXTS_PER_KIND: usize = 50_000;

/// Allows at most twice as many false positives as the previous rule had.
#[test]
fn addresses_telephone_numbers_dates_and_order_numbers_are_seldom_taken_for_card_numbers() {
    let kinds: [(&str, Generator); 4] = [
        ("addresses", address),
        ("telephone numbers", telephone),
        ("dates", date),
        ("order numbers", order_number),
    ];
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut all, mut all_former) = (0, 0);
    for (kind, make) in kinds {
        let (mut hits, mut former) = (0, 0);
        for _ in 0..TEXTS_PER_KIND {
            let text = make(&mut random);
            if may_hold_digits(text.as_bytes(), DIGITS_MIN) {
                hits += usize::from(contains_card_number(text.as_bytes()));
                former += usize::from(counts_by_the_former_rule(&text));
            }
        }
        check_documented(kind, hits, former);
        (all, all_former) = (all + hits, all_former + former);
    }
    check_documented("all", all, all_former);
    assert!(all_former > 100 && all <= 2 * all_former, "{all}, formerly {all_former}");
}
