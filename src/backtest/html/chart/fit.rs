//! Shortens texts of drawings to the room that they have. SVG does not break lines, and how wide a text
//! will be depends on the reader's fonts, so this estimates on the safe side.

use crate::printable::Printable;

/// The largest size of texts in drawings.
const FONT_SIZE: f64 = 14.5;

/// The text, or its beginning and an ellipsis, in about this width.
pub fn fit(text: &str, width: f64) -> String {
    let shown = Printable(text).into_cow();
    if estimated_width(&shown) <= width {
        return shown.into_owned();
    }
    let mut fitting = String::new();
    let mut rest = width - FONT_SIZE;
    for c in shown.chars() {
        rest -= char_width(c);
        if rest < 0.0 {
            break;
        }
        fitting.push(c);
    }
    fitting.push('…');
    fitting
}

pub fn estimated_width(text: &str) -> f64 {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> f64 {
    FONT_SIZE
        * match c {
            'i' | 'j' | 'l' | ' ' | '.' | ',' | ':' | '\'' | '|' => 0.4,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
            'A'..='Z' => 0.75,
            c if c.is_ascii() => 0.65,
            _ => 1.1,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_to_its_room() {
        assert_eq!(fit("foreign-web-shop-debit", 300.0), "foreign-web-shop-debit");
        assert_eq!(fit("", 0.0), "");
        for width in [20.0, 80.0, 200.0] {
            for text in ["W".repeat(300), "card-testing-".repeat(30), "漢字".repeat(80)] {
                let fitting = fit(&text, width);
                assert!(estimated_width(&fitting) <= width + FONT_SIZE, "{fitting}");
                assert!(fitting.ends_with('…') && text.starts_with(fitting.trim_end_matches('…')));
            }
        }
        assert_eq!(fit("a\u{202e}", 300.0), "a\\u{202e}");
    }
}
