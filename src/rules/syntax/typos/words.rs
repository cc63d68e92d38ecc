//! Splits an expression into words: names, numbers and operators, with their places. Strings and
//! comments are skipped.

use std::ops::Range;

/// A name, a number, a run of operator characters, or any other single character.
#[derive(Debug, Clone)]
pub struct Word<'t> {
    pub range: Range<usize>,
    pub text: &'t str,
}

/// Characters that combine into operators.
const OPERATORS: &str = "=&|!~";

/// The words of an expression, without string literals and comments.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            if rest.starts_with("//") {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            let length = if first == '"' || first == '\'' {
                at += string_length(rest, first);
                continue;
            } else if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else if OPERATORS.contains(first) {
                rest.find(|c: char| !OPERATORS.contains(c)).unwrap_or(rest.len())
            } else if rest.starts_with("<=") || rest.starts_with(">=") {
                2
            } else {
                first.len_utf8()
            };
            let range = at..at + length;
            at += length;
            if !first.is_whitespace() {
                return Some(Word { text: text.get(range.clone())?, range });
            }
        }
    })
}

/// The length in bytes of the string literal at the start of a text, including its quotes.
fn string_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// A position among the words of an expression. Offsets are in words from there.
#[derive(Clone, Copy)]
pub struct Cursor<'t> {
    pub text: &'t str,
    pub words: &'t [Word<'t>],
    pub at: usize,
}

impl<'t> Cursor<'t> {
    /// The word at an offset; empty beyond either end.
    pub fn word(&self, offset: isize) -> &'t str {
        let at = self.at.checked_add_signed(offset);
        at.and_then(|at| self.words.get(at)).map_or("", |word| word.text)
    }

    pub fn lower(&self, offset: isize) -> String {
        self.word(offset).to_ascii_lowercase()
    }

    pub fn range(&self, offset: isize) -> Range<usize> {
        let at = self.at.checked_add_signed(offset);
        let word = at.and_then(|at| self.words.get(at));
        word.map_or(self.text.len()..self.text.len(), |word| word.range.clone())
    }

    /// Whether this word is directly followed by `next`.
    pub fn is_next_to(&self, next: &str) -> bool {
        self.word(1) == next && self.range(0).end == self.range(1).start
    }

    /// Whether this word is directly followed by a name.
    pub fn is_next_to_a_name(&self) -> bool {
        self.word(1).starts_with(|c: char| c.is_alphabetic() || c == '_')
            && self.range(0).end == self.range(1).start
    }

    /// The dotted name just before this word, without an operator such as `!` in front of it.
    pub fn path_before(&self) -> Option<String> {
        let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let mut offset = -1;
        if !is_name(self.word(offset)) {
            return None;
        }
        while self.word(offset - 1) == "." && is_name(self.word(offset - 2)) {
            offset -= 2;
        }
        // A field of the result of a call.
        if self.word(offset - 1) == "." {
            return None;
        }
        let range = self.range(offset).start..self.range(-1).end;
        let path = self.text.get(range)?;
        Some(path.chars().filter(|c| !c.is_whitespace()).collect())
    }

    /// The dotted name right after this word.
    pub fn path_after(&self) -> String {
        let rest = self.text.get(self.range(0).end..).unwrap_or("");
        rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).collect()
    }

    /// The string literal right after this word, including its quotes.
    pub fn string_after(&self) -> Option<&'t str> {
        let rest = self.text.get(self.range(0).end..)?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(..string_length(rest, quote))
    }

    /// Whether this word is within the arguments of a call or the items of a list.
    pub fn is_among_items(&self) -> bool {
        let mut depth = 0;
        for offset in 1.. {
            let Some(at) = self.at.checked_sub(offset) else { return false };
            let before = Cursor { at, ..*self };
            match before.word(0) {
                ")" | "]" => depth += 1,
                "(" | "[" if depth > 0 => depth -= 1,
                "[" => return true,
                "(" => {
                    let name = before.word(-1);
                    return name != "in" && name.starts_with(|c: char| c.is_alphabetic());
                }
                _ => {}
            }
        }
        false
    }

    /// The text within the brackets that this word opens, and the number of words up to the closing one.
    pub fn within_brackets(&self, close: &str) -> Option<(&'t str, usize)> {
        let open = self.word(0);
        let mut depth = 0;
        for offset in 0..self.words.len().checked_sub(self.at)?.cast_signed() {
            let word = self.word(offset);
            depth += i32::from(word == open) - i32::from(word == close);
            if depth == 0 {
                let inner = self.range(0).end..self.range(offset).start;
                return Some((self.text.get(inner)?.trim(), offset.unsigned_abs() + 1));
            }
        }
        None
    }
}
