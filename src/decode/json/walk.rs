//! Walks a JSON value whose content is skipped, without recursion.
//!
//! It expects valid syntax, and finds what is checked in skipped values too: keys and depth.

/// What [`walk`] finds in an object or array.
pub(super) enum WalkEvent<'a> {
    /// A key, as a string with its quotes.
    Key(&'a str),
    /// The start of an object or array, with the number of those now open.
    Deeper(usize),
}

/// Walks an object or array from its first byte to its last, in one pass and without recursion,
/// until `on_event` returns an error.
pub(super) fn walk<'a>(
    json: &'a str,
    mut on_event: impl FnMut(WalkEvent<'a>) -> Result<(), ()>,
) -> Result<(), usize> {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        let event = match byte {
            b'{' | b'[' => {
                depth += 1;
                WalkEvent::Deeper(depth)
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                continue;
            }
            b'"' => {
                at = string_end(bytes, at);
                let is_key = bytes.iter().skip(at).find(|byte| !is_space(**byte)) == Some(&b':');
                match json.get(start..at) {
                    Some(key) if is_key => WalkEvent::Key(key),
                    _ => continue,
                }
            }
            _ => continue,
        };
        on_event(event).map_err(|()| start)?;
    }
    Ok(())
}

/// The byte after the closing quote of the string whose first character is at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    bytes.len()
}

/// JSON white space.
#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_meets_every_key_and_every_level() {
        let json = r#"{"a" : [{"b\"":"x:"},["}"]], "c":{}}"#;
        let mut keys = Vec::new();
        let mut deepest = 0;
        let walked = walk(json, |event| {
            match event {
                WalkEvent::Key(key) => keys.push(key),
                WalkEvent::Deeper(depth) => deepest = deepest.max(depth),
            }
            Ok(())
        });
        assert_eq!((walked, deepest), (Ok(()), 3));
        assert_eq!(keys, [r#""a""#, r#""b\"""#, r#""c""#]);
        let stopped =
            walk(
                json,
                |event| if matches!(event, WalkEvent::Deeper(3)) { Err(()) } else { Ok(()) },
            );
        assert_eq!(stopped, Err(json.find("{\"b").unwrap()));
    }
}
