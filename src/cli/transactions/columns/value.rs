//! Writes the text of a cell as a JSON value of the type that the decoder expects in a field.
//!
//! A text that is not such a value is written as a JSON string, which the decoder rejects, or notes and
//! treats as missing, with the same reason as in a message.

use crate::transaction::FieldType;

/// More digits are not a code.
const CODE_DIGITS_MAX: usize = 4;

/// What tables write for true and false, in any case.
const TRUE: [&str; 5] = ["true", "t", "yes", "y", "1"];
const FALSE: [&str; 5] = ["false", "f", "no", "n", "0"];

/// The text is not blank. `offset` is appended to a time that has none.
pub(super) fn write_value(ty: FieldType, text: &[u8], offset: Option<&str>, out: &mut Vec<u8>) {
    match ty {
        FieldType::Flag => match flag(text) {
            Some(true) => out.extend_from_slice(b"true"),
            Some(false) => out.extend_from_slice(b"false"),
            None => write_string(text, out),
        },
        FieldType::Amount | FieldType::Latitude | FieldType::Longitude if is_number(text) => {
            out.extend_from_slice(text);
        }
        FieldType::Category
        | FieldType::Country
        | FieldType::Currency
        | FieldType::DeclineReason => match code(text) {
            Some(number) => out.extend_from_slice(number),
            None => write_string(text, out),
        },
        FieldType::Time => match offset.filter(|_| lacks_offset(text)) {
            Some(offset) => write_string(&[text, offset.as_bytes()].concat(), out),
            None => write_string(text, out),
        },
        FieldType::Amount
        | FieldType::Latitude
        | FieldType::Longitude
        | FieldType::Object
        | FieldType::Id
        | FieldType::Address
        | FieldType::Text
        | FieldType::CardToken
        | FieldType::CardNumber
        | FieldType::LastFour
        | FieldType::Expiry
        | FieldType::MessageType
        | FieldType::Funding
        | FieldType::CardStatus
        | FieldType::Channel
        | FieldType::Check
        | FieldType::ThreeDSecure => write_string(text, out),
    }
}

/// Writes a JSON string. Bytes that are not UTF-8 are left as they are, for the decoder to reject.
fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if text.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\') {
        out.extend_from_slice(text);
        return out.push(b'"');
    }
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0..b' ' => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[hex(byte >> 4), hex(byte & 0xf)]);
            }
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}

fn flag(text: &[u8]) -> Option<bool> {
    let text = text.strip_suffix(b".0").unwrap_or(text);
    let is_one_of =
        |names: [&str; 5]| names.iter().any(|name| text.eq_ignore_ascii_case(name.as_bytes()));
    match (is_one_of(TRUE), is_one_of(FALSE)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        (false, false) => None,
    }
}

/// A numeric code as a number. Tables keep codes as numbers without leading zeros, and as numbers with a
/// decimal place if some cells of the column have no value.
fn code(text: &[u8]) -> Option<&[u8]> {
    let digits = text.strip_suffix(b".0").unwrap_or(text);
    let has_leading_zero = digits.len() > 1 && digits.starts_with(b"0");
    let is_code = (1..=CODE_DIGITS_MAX).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && !has_leading_zero;
    is_code.then_some(digits)
}

/// Whether a text is a number in JSON's grammar (RFC 8259, section 6).
fn is_number(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = digits(unsigned);
    let has_leading_zero = whole.len() > 1 && whole.starts_with(b"0");
    if whole.is_empty() || has_leading_zero {
        return false;
    }
    let rest = match rest.strip_prefix(b".").map(digits) {
        Some(([], _)) => return false,
        Some((_, rest)) => rest,
        None => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', power @ ..] => {
            let power = power.strip_prefix(b"+").or(power.strip_prefix(b"-")).unwrap_or(power);
            matches!(digits(power), ([_, ..], []))
        }
        _ => false,
    }
}

/// The digits that a text begins with, and the rest.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at(count)
}

/// Whether a text is a date and a time of day (`2026-01-05 10:15:30.123`) without an offset.
fn lacks_offset(text: &[u8]) -> bool {
    match text {
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't' | b' ', time @ ..] => {
            time.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ty: FieldType, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let mut out = Vec::new();
            write_value(ty, text.as_bytes(), Some("+01:00"), &mut out);
            let json = String::from_utf8(out).unwrap();
            assert_eq!(json, *expected, "{text} as {ty:?}");
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        }
    }

    #[test]
    fn texts_are_json_strings() {
        check(FieldType::Id, &[("a", "\"a\""), ("12", "\"12\""), ("1.0", "\"1.0\"")]);
        check(
            FieldType::Text,
            &[("a \"b\" \\ é", "\"a \\\"b\\\" \\\\ é\""), ("\n\u{1f}", "\"\\u000a\\u001f\"")],
        );
    }

    #[test]
    fn flags_have_many_spellings() {
        let spellings = [
            ("true", "true"),
            ("True", "true"),
            ("YES", "true"),
            ("1", "true"),
            ("1.0", "true"),
            ("f", "false"),
            ("no", "false"),
            ("0", "false"),
            ("2", "\"2\""),
            ("approved", "\"approved\""),
        ];
        check(FieldType::Flag, &spellings);
    }

    #[test]
    fn amounts_are_numbers_as_they_are_written() {
        let same = [
            "0",
            "26",
            "26.00",
            "-0.5",
            "1e3",
            "5e-05",
            "1E+3",
            "123456789012345678901234567890.10",
        ];
        for text in same {
            check(FieldType::Amount, &[(text, text)]);
        }
        for text in [
            "", "-", "+1", "01", ".5", "5.", "1,5", "1 000", "$5", "1e", "NaN", "inf", "0x1",
            "1.2.3",
        ] {
            check(FieldType::Amount, &[(text, &format!("\"{text}\""))]);
        }
    }

    #[test]
    fn codes_may_have_lost_their_zeros_or_gained_a_decimal_place() {
        let cases = [
            ("5411", "5411"),
            ("742", "742"),
            ("0742", "\"0742\""),
            ("742.0", "742"),
            ("GB", "\"GB\""),
        ];
        check(FieldType::Category, &cases);
        check(FieldType::Country, &cases);
        check(FieldType::Category, &[("12345", "\"12345\""), ("74.5", "\"74.5\""), ("0", "0")]);
    }

    #[test]
    fn a_time_without_an_offset_gets_the_configured_one() {
        let cases = [
            ("2026-01-05 10:15:30", "\"2026-01-05 10:15:30+01:00\""),
            ("2026-01-05T10:15:30.123456", "\"2026-01-05T10:15:30.123456+01:00\""),
            ("2026-01-05T10:15:30Z", "\"2026-01-05T10:15:30Z\""),
            ("2026-01-05 10:15:30+00:00", "\"2026-01-05 10:15:30+00:00\""),
            ("1767608130", "\"1767608130\""),
            ("2026-01-05", "\"2026-01-05\""),
        ];
        check(FieldType::Time, &cases);
    }
}
