//! Recognises objects in a programming language's notation, which resemble JSON.

use super::known::*;

/// How Python prints `null`, `true` and `false`.
const PYTHON_VALUES: [&[u8]; 3] = [b": None", b": True", b": False"];

/// `text` must begin with `{` and not be JSON.
pub(super) fn by_notation(text: &[u8]) -> Option<&'static KnownFormat> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let inside = text.get(1..).unwrap_or_default().trim_ascii_start();
    if inside.starts_with(b"'") || PYTHON_VALUES.iter().any(|value| holds(line, value)) {
        return Some(PYTHON);
    }
    let name = inside.iter().take_while(|byte| is_name(**byte)).count();
    let after_name = inside.get(name..).unwrap_or_default().trim_ascii_start();
    let has_bare_name = name > 0 && matches!(after_name.first(), Some(b'=' | b':'));
    let has_arrow = holds(line, b"\"=>") || holds(line, b"\" =>") || inside.starts_with(b":");
    (has_bare_name || has_arrow).then_some(OBJECT_TEXT)
}

/// `[{'id': …`, and `b'{"id": …}'`.
pub(super) fn is_python_list(text: &[u8]) -> bool {
    let inside = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| inside.starts_with(b"{'"))
}

pub(super) fn is_python_bytes(text: &[u8]) -> bool {
    text.starts_with(b"b'{") || text.starts_with(b"b\"{")
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn holds(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}
