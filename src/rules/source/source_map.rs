//! Maps each byte of a decoded TOML string to its offset in the ruleset file.
//!
//! In a `'''` string, offsets in the string and in the file differ by a constant. In a `"` string,
//! escapes change the difference, so a table has the offset of every byte.

use super::super::diagnostics::Span;
use std::ops::Range;

/// A decoded TOML string.
#[derive(Debug, Clone)]
pub struct SourceText {
    pub value: String,
    file: usize,
    /// The offsets in the file of each byte of `value`, and of its end.
    places: Places,
}

#[derive(Debug, Clone)]
enum Places {
    Shifted(usize),
    Table(Vec<usize>),
}

impl SourceText {
    /// `raw` is the file's text in `range`, delimiters included, and decodes to `value`.
    pub fn new(value: &str, file: usize, raw: &str, range: Range<usize>) -> Self {
        let delimiter = ["'''", "\"\"\"", "'", "\""].into_iter().find(|d| raw.starts_with(d));
        let quoted = delimiter.map_or(0, str::len);
        let body = raw.get(quoted..).unwrap_or(raw);
        let newline = match quoted {
            3 if body.starts_with("\r\n") => 2,
            3 if body.starts_with('\n') => 1,
            _ => 0,
        };
        let start = range.start + quoted + newline;
        let body = body.get(newline..).unwrap_or(body);
        let places = if raw.starts_with('"') && body.contains('\\') {
            Places::Table(table(body, start, value.len()))
        } else {
            Places::Shifted(start)
        };
        Self { value: value.to_owned(), file, places }
    }

    /// A text that is a whole file.
    pub fn whole_file(text: &str, file: usize) -> Self {
        Self { value: text.to_owned(), file, places: Places::Shifted(0) }
    }

    /// A part of this text.
    pub fn part(&self, range: Range<usize>) -> Self {
        let value = self.value.get(range.clone()).unwrap_or("").to_owned();
        let places = match &self.places {
            Places::Shifted(start) => Places::Shifted(start + range.start),
            Places::Table(table) => {
                Places::Table(table.get(range.start..=range.end).unwrap_or(table).to_vec())
            }
        };
        Self { value, file: self.file, places }
    }

    /// Bytes of the text → bytes of the file.
    pub fn span(&self, range: Range<usize>) -> Span {
        let at = |byte: usize| match &self.places {
            Places::Shifted(start) => start + byte.min(self.value.len()),
            Places::Table(table) => table.get(byte).or(table.last()).copied().unwrap_or_default(),
        };
        Span { file: self.file, start: at(range.start), end: at(range.end) }
    }

    pub fn whole(&self) -> Span {
        self.span(0..self.value.len())
    }

    /// Bytes of the file → bytes of the text: the inverse of [`SourceText::span`].
    pub fn offset(&self, in_file: usize) -> usize {
        match &self.places {
            Places::Shifted(start) => in_file.saturating_sub(*start),
            Places::Table(table) => table.partition_point(|place| *place < in_file),
        }
    }
}

/// Walks the escapes of a basic string: one entry per decoded byte, and one for the end.
fn table(body: &str, start: usize, decoded: usize) -> Vec<usize> {
    let mut table = Vec::with_capacity(decoded + 1);
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if table.len() >= decoded {
            break;
        }
        let mut bytes = c.len_utf8();
        if c == '\\' {
            let (digits, escaped) = match chars.next() {
                Some((_, 'x')) => (2, true),
                Some((_, 'u')) => (4, true),
                Some((_, 'U')) => (8, true),
                // A backslash at the end of a line also removes the indentation of the next line.
                Some((_, '\n' | '\r' | ' ' | '\t')) => {
                    while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
                    continue;
                }
                _ => (0, false),
            };
            let code = body.get(at + 2..at + 2 + digits).unwrap_or("");
            bytes = match u32::from_str_radix(code, 16).ok().and_then(char::from_u32) {
                Some(c) if escaped => c.len_utf8(),
                _ => 1,
            };
            for _ in 0..digits {
                chars.next();
            }
        }
        table.extend(std::iter::repeat_n(start + at, bytes));
    }
    let end = table.last().map_or(start, |last| last + 1);
    table.resize(decoded + 1, end);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_of_the_text_is_found_in_the_file() {
        for (raw, value, byte, place) in [
            ("'a > b'", "a > b", 2, 3),
            ("'''\na > b'''", "a > b", 2, 6),
            ("'''a > b'''", "a > b", 0, 3),
            (r#""a > b""#, "a > b", 4, 5),
            (r#""\"x\" > b""#, "\"x\" > b", 4, 7),
            (r#""\u00e9 > b""#, "é > b", 3, 8),
        ] {
            let text = SourceText::new(value, 0, raw, 0..raw.len());
            assert_eq!(text.span(byte..byte).start, place, "{raw}");
        }
    }
}
