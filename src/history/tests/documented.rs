//! docs/history.md and the records that every later version has to read, held against the code.

use super::support::*;

const DOCUMENT: &str = include_str!("../../../docs/history.md");

/// A record that format version 1 wrote, as a file. It stays as it is, whatever is written today.
#[track_caller]
fn check(version_1: &[u8], content: Content) {
    assert_eq!(Content::read(version_1).as_ref(), Ok(&content));
    assert_eq!(content.write(), version_1, "today's format is version 1");
    let dump = dump(version_1);
    assert!(DOCUMENT.contains(&dump), "docs/history.md does not show:\n{dump}");
}

#[test]
fn records_of_version_1_are_read_and_are_those_of_the_document() {
    check(include_bytes!("../../../tests/golden/history-v1-sample.bin"), sample());
    check(include_bytes!("../../../tests/golden/history-v1-empty.bin"), empty());
}

/// Sixteen bytes a line, with the place of the first.
fn dump(bytes: &[u8]) -> String {
    let line = |(line, bytes): (usize, &[u8])| {
        let bytes: String = bytes.iter().map(|byte| format!(" {byte:02x}")).collect();
        format!("{:04x} {bytes}\n", 16 * line)
    };
    bytes.chunks(16).enumerate().map(line).collect()
}
