//! Reads JSON naively for the oracle, into a tree that keeps everything as written.
//!
//! It expects valid syntax and shares no code with the decoder. Strings are UTF-16, so that they
//! can contain unpaired surrogates, and keys may repeat.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Null,
    Flag(bool),
    Number(String),
    Text(Vec<u16>),
    Array(Vec<Tree>),
    Object(Vec<(Vec<u16>, Tree)>),
}

impl Tree {
    pub(super) fn of(json: &str) -> Self {
        let mut chars = json.chars().peekable();
        let tree = value(&mut chars);
        assert_eq!(next(&mut chars), None, "{json}");
        tree
    }

    /// The first member with this name, if this is an object.
    pub(super) fn get(&self, name: &str) -> Option<&Tree> {
        let Tree::Object(members) = self else { return None };
        let name: Vec<u16> = name.encode_utf16().collect();
        members.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// The next character that is not white space.
fn next(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    while chars.next_if(|char| " \n\r\t".contains(*char)).is_some() {}
    chars.next()
}

fn value(chars: &mut Peekable<Chars<'_>>) -> Tree {
    match next(chars).unwrap() {
        '"' => Tree::Text(text(chars)),
        '[' => Tree::Array(sequence(chars, ']', value)),
        '{' => Tree::Object(sequence(chars, '}', |chars| {
            assert_eq!(next(chars), Some('"'));
            let key = text(chars);
            assert_eq!(next(chars), Some(':'));
            (key, value(chars))
        })),
        first => {
            let mut word = String::from(first);
            while let Some(char) = chars.next_if(|char| !" \n\r\t,]}".contains(*char)) {
                word.push(char);
            }
            match &*word {
                "null" => Tree::Null,
                "true" => Tree::Flag(true),
                "false" => Tree::Flag(false),
                _ => Tree::Number(word),
            }
        }
    }
}

fn sequence<T>(
    chars: &mut Peekable<Chars<'_>>,
    end: char,
    mut read: impl FnMut(&mut Peekable<Chars<'_>>) -> T,
) -> Vec<T> {
    let mut values = Vec::new();
    let mut ahead = chars.clone();
    if next(&mut ahead) == Some(end) {
        *chars = ahead;
        return values;
    }
    loop {
        values.push(read(chars));
        match next(chars) {
            Some(',') => {}
            other => {
                assert_eq!(other, Some(end));
                return values;
            }
        }
    }
}

fn text(chars: &mut Peekable<Chars<'_>>) -> Vec<u16> {
    let mut units = Vec::new();
    loop {
        let char = match chars.next().unwrap() {
            '"' => return units,
            '\\' => match chars.next().unwrap() {
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap());
                    continue;
                }
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                other => other,
            },
            other => other,
        };
        units.extend_from_slice(char.encode_utf16(&mut [0; 2]));
    }
}
