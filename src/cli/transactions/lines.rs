//! Reads one line after another, with bounded memory.

use std::io::{self, BufRead};

/// Reads the next line into `line`, without its line end; false at the end of the input. If a line
/// is longer than `max_bytes`, only enough of it is kept to show that it is too long.
pub(super) fn read_line(
    input: &mut impl BufRead,
    max_bytes: usize,
    line: &mut Vec<u8>,
) -> io::Result<bool> {
    line.clear();
    let mut some = false;
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(some);
        }
        some = true;
        let end = memchr::memchr(b'\n', available);
        let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
        let room = (max_bytes + 1).saturating_sub(line.len());
        line.extend_from_slice(part.get(..room).unwrap_or(part));
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// Whether a line contains only white space; such lines are skipped.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Removes the byte order mark that some tools put before UTF-8 text.
pub(super) fn without_byte_order_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        for capacity in [1, 2, 3, 7, 1024] {
            let mut input = BufReader::with_capacity(capacity, text.as_bytes());
            let (mut line, mut lines) = (Vec::new(), Vec::new());
            while read_line(&mut input, 4, &mut line).unwrap() {
                lines.push(String::from_utf8(line.clone()).unwrap());
            }
            assert_eq!(lines, expected, "{text:?} by {capacity}");
        }
    }

    #[test]
    fn lines_end_at_a_line_feed_or_with_the_input() {
        check("", &[]);
        check("\n", &[""]);
        check("a\nb", &["a", "b"]);
        check("a\n\nb\n", &["a", "", "b"]);
    }

    #[test]
    fn a_line_too_long_is_kept_just_long_enough_to_be_seen_as_such() {
        check("abcd\nabcde\nabcdefghijkl\nx\n", &["abcd", "abcde", "abcde", "x"]);
    }

    #[test]
    fn blank_lines_and_byte_order_marks_are_recognised() {
        assert!(is_blank(b" \t\r"));
        assert!(!is_blank(b"{}"));
        assert_eq!(without_byte_order_mark("\u{feff}{}".as_bytes()), b"{}");
        assert_eq!(without_byte_order_mark(b"{}"), b"{}");
    }
}
