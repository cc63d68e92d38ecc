//! Finds the numbers in the text of an expression, as it is written in a rules file.

use std::ops::Range;

/// Where each number is in `text`, in bytes. Digits in names and in quoted texts are no numbers. A
/// quote may be escaped, because the text may be inside a quoted TOML text.
pub fn numbers(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_ascii_digit() && !is_name(before) && before != '.' => {
                let mut end = at + 1;
                while let Some((next, c)) = chars.peek().copied()
                    && (c.is_ascii_digit() || c == '.' && is_digit_at(text, next + 1))
                {
                    end = next + 1;
                    chars.next();
                }
                // A name such as `3ds`, or an exponent, is left alone.
                if !chars.peek().is_some_and(|(_, c)| is_name(*c)) {
                    found.push(at..end);
                }
                before = '0';
                continue;
            }
            None => {}
        }
        before = c;
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_digit_at(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_outside_of_names_and_texts() {
        for (text, expected) in [
            ("", &[][..]),
            ("tx.amount > 500.00", &["500.00"]),
            ("card.last(\"30d\").count() >= 3 && tx.amount < 2.5", &["3", "2.5"]),
            (r#"card.last(\"30d\").count() >= 3"#, &["3"]),
            ("card.last('10m').map(t, t.amount)[0] > 10", &["0", "10"]),
            ("feature_2 > 7 && x3 == -4", &["7", "4"]),
            ("3ds + 1e6 + 1.", &["1"]),
            ("tx.mcc in ['5411', '5812'] ? 1 : 20", &["1", "20"]),
        ] {
            let found: Vec<&str> = numbers(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
