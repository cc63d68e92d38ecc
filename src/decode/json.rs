//! JSON (RFC 8259) as tokens pulled from text, borrowed where they stand there as they mean.
//!
//! Written by hand rather than taken from serde_json for what redcard needs of a reader: a reason of
//! our own for each fault, positions, errors that never quote the input, the exact text of numbers,
//! and duplicate keys seen everywhere. It knows nothing about transactions. serde_json is the oracle
//! it is tested against.

use super::reason::{Fault, Reason};
use std::borrow::Cow;

/// Objects and arrays within each other, the message's own object included.
pub(super) const DEPTH_MAX: u8 = 16;

/// A position in JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Byte offset of the next token, if [`Reader::peek`] was just called.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is no white space, not consumed; 0 at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> u8 {
        loop {
            match self.byte(self.at) {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// Whether a value of some kind could begin here.
    pub(super) fn at_value(&self) -> bool {
        matches!(self.byte(self.at), b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9')
    }

    /// Consumes the next token if it is this byte.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(self.not_json()) }
    }

    /// Consumes `{` or `[`.
    pub(super) fn open(&mut self, bracket: u8) -> Result<(), Fault> {
        self.expect(bracket)?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::at(Reason::TooDeep, self.at - 1));
        }
        Ok(())
    }

    /// After a member: whether another one follows; consumes the comma or the closing bracket.
    #[inline]
    pub(super) fn more(&mut self, bracket: u8) -> Result<bool, Fault> {
        if self.take(b',') {
            return Ok(true);
        }
        self.expect(bracket)?;
        self.depth -= 1;
        Ok(false)
    }

    /// Just after the opening bracket: whether it is closed at once; consumes the closing bracket.
    #[inline]
    pub(super) fn closes(&mut self, bracket: u8) -> bool {
        let closed = self.take(bracket);
        self.depth -= u8::from(closed);
        closed
    }

    /// `null`, `true` or `false`.
    #[inline]
    pub(super) fn literal(&mut self, word: &str) -> Result<(), Fault> {
        match self.text.as_bytes().get(self.at..) {
            Some(rest) if rest.starts_with(word.as_bytes()) => {
                self.at += word.len();
                Ok(())
            }
            _ => Err(self.not_json()),
        }
    }

    /// The exact text of a number.
    #[inline]
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        self.at += usize::from(self.byte(self.at) == b'-');
        let first = self.byte(self.at);
        let whole = self.digits()?;
        if first == b'0' && whole > 1 {
            return Err(Fault::at(Reason::NotJson, start));
        }
        if self.byte(self.at) == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(self.at), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(self.at), b'+' | b'-'));
            self.digits()?;
        }
        self.slice(start, self.at)
    }

    /// At least one digit; how many.
    #[inline]
    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while self.byte(self.at).is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start { Err(self.not_json()) } else { Ok(self.at - start) }
    }

    /// A string, unescaped; the next token must be its opening quote.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at + 1;
        let end = self.plain_end(start);
        if self.byte(end) == b'"' {
            self.at = end + 1;
            return self.slice(start, end).map(Cow::Borrowed);
        }
        self.escaped_string(start, end).map(Cow::Owned)
    }

    /// A string, checked and passed over.
    pub(super) fn skip_string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            self.at = self.plain_end(self.at);
            match self.byte(self.at) {
                b'"' => break,
                b'\\' => self.escape().map(drop)?,
                _ => return Err(self.not_json()),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Nothing may follow but white space.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.peek();
        if self.at == self.text.len() {
            return Ok(());
        }
        Err(Fault::at(Reason::TrailingBytes, self.at))
    }

    #[cold]
    pub(super) fn not_json(&self) -> Fault {
        Fault::at(Reason::NotJson, self.at)
    }

    /// The rest of a string whose part from `start` to `plain_end` holds no escape. It allocates
    /// once, at a length that cannot be exceeded, so that no copy of what it reads stays behind.
    #[cold]
    fn escaped_string(&mut self, start: usize, plain_end: usize) -> Result<String, Fault> {
        self.at = start - 1;
        let mut measure = Reader { text: self.text, at: self.at, depth: 0 };
        measure.skip_string()?;
        let mut text = String::with_capacity(measure.at - start);
        text.push_str(self.slice(start, plain_end)?);
        self.at = plain_end;
        while self.byte(self.at) == b'\\' {
            text.push(self.escape()?);
            let end = self.plain_end(self.at);
            text.push_str(self.slice(self.at, end)?);
            self.at = end;
        }
        self.expect(b'"')?;
        Ok(text)
    }

    /// A backslash and what it stands for.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 2;
        let char = match self.byte(start + 1) {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(start),
            _ => return Err(Fault::at(Reason::NotJson, start)),
        };
        Ok(char)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, Fault> {
        self.code_unit_pair().ok_or_else(|| Fault::at(Reason::NotJson, start))
    }

    /// The four digits after `\u`, and the second half where they are the first of a pair.
    fn code_unit_pair(&mut self) -> Option<char> {
        let first = self.four_hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if self.byte(self.at) != b'\\' || self.byte(self.at + 1) != b'u' {
            return None;
        }
        self.at += 2;
        let low = self.four_hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)
    }

    fn four_hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
    }

    /// Where the plain text from `start` ends: at a quote, a backslash, a control character, or the
    /// end of the text. Eight bytes at a time.
    #[inline]
    fn plain_end(&self, start: usize) -> usize {
        let mut at = start;
        while let Some(chunk) = self.text.as_bytes().get(at..).and_then(<[u8]>::first_chunk) {
            let special = special_bytes(u64::from_le_bytes(*chunk));
            if special != 0 {
                return at + special.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        while !matches!(self.byte(at), b'"' | b'\\' | ..0x20) {
            at += 1;
        }
        at
    }

    /// The byte at a position; 0, which is no byte of JSON, at the end.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// Text between two tokens' ends, which are ASCII and so fall between characters.
    #[inline]
    fn slice(&self, start: usize, end: usize) -> Result<&'a str, Fault> {
        self.text.get(start..end).ok_or_else(|| Fault::at(Reason::NotJson, start))
    }
}

/// The high bit of each byte that is a quote, a backslash or a control character; bits above the
/// lowest one that is set may be wrong, since a borrow passes upwards.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word;
    let quote = zero_bytes(word ^ (ONES * b'"' as u64));
    let backslash = zero_bytes(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & (ONES * 0x80)
}
