//! Provides card numbers for tests, ways to disguise them, and a search that shares no code with
//! redcard's.

use rand::{Rng, RngExt};
use regex::Regex;
use std::sync::LazyLock;

/// Test numbers published by the card schemes: each has a brand's prefix and a valid check digit.
pub const NUMBERS: &[&str] = &[
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
];

/// Common ways to write a number within a text.
pub fn spellings(number: &str) -> Vec<String> {
    let grouped = |by: &str| {
        let digits: Vec<char> = number.chars().collect();
        digits.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(by)
    };
    vec![
        number.to_owned(),
        grouped(" "),
        grouped("-"),
        format!("order {number} of Monday"),
        format!("a_{}_b", grouped("-")),
    ]
}

/// The zero of several scripts and styles.
const ZEROS: &[char] = &['0', '０', '٠', '۰', '०', '๐', '𝟎', '𝟘', '𝟶', '🯰'];

/// Separators that may occur between groups of digits.
const SEPARATORS: &[&str] = &[
    " ", "-", ".", "/", "_", ",", "%20", ":", "|", "+", "\u{a0}", "\u{2011}", "\u{200b}",
    "\u{feff}", ", ", "--", " - ", "%20-", "\u{301}", "🙂",
];

/// The number in random digit styles, with random separators between groups of digits.
pub fn disguised(number: &str, random: &mut impl Rng) -> String {
    let (zero, size) = (one_of(random, ZEROS), random.random_range(1..7));
    let separator = one_of(random, SEPARATORS);
    let mixes = random.random_ratio(1, 3);
    let mut text = String::new();
    for (at, digit) in number.bytes().enumerate() {
        if at > 0 && at % size == 0 {
            let other = one_of(random, SEPARATORS);
            // redcard does not skip three or more characters between digits, so none is used.
            let chosen = if mixes { other } else { separator };
            text.push_str(if chosen.replace("%20", " ").chars().count() > 2 {
                "."
            } else {
                chosen
            });
        }
        let zero = if mixes { one_of(random, ZEROS) } else { zero };
        text.push(char::from_u32(u32::from(zero) + u32::from(digit - b'0')).unwrap());
    }
    text
}

fn one_of<T: Copy>(random: &mut impl Rng, choices: &[T]) -> T {
    choices[random.random_range(0..choices.len())]
}

/// A test number in the output, plain or in any disguise. Knows nothing about how redcard searches.
pub fn card_number_in(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes).replace("%20", "");
    let digits: String = text.chars().filter_map(plain).collect();
    NUMBERS.iter().copied().find(|number| digits.contains(number))
}

/// A digit of any script as ASCII, other letters and ASCII digits unchanged, and `None` for
/// everything else.
fn plain(char: char) -> Option<char> {
    static DIGIT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").unwrap());
    let is_digit = |code| {
        let char = char::from_u32(code);
        char.is_some_and(|char| DIGIT.is_match(char.encode_utf8(&mut [0; 4])))
    };
    if char.is_ascii() || !is_digit(u32::from(char)) {
        return char.is_alphanumeric().then_some(char);
    }
    // Each script has its ten digits in sequence.
    let before = (1..).take_while(|before| is_digit(u32::from(char) - before)).count();
    char::from_digit(u32::try_from(before % 10).unwrap(), 10)
}
