//! Checks docs/reference/history.md, and the sample records that every later version must be able
//! to read, against the code.

use super::support::*;
use crate::history::FormatVersion;

const DOCUMENT: &str = include_str!("../../../docs/reference/history.md");

/// `file` is a record that a release wrote. It never changes, whatever today's code writes.
#[track_caller]
fn check(file: &[u8], content: &Content<'_>) {
    assert_eq!(Content::read(file).as_ref(), Ok(content));
    let dump = dump(file);
    assert!(DOCUMENT.contains(&dump), "docs/reference/history.md does not show:\n{dump}");
}

#[test]
fn records_of_version_1_are_read_and_are_those_of_the_document() {
    check(VERSION_1_SAMPLE, &sample_of_version_1());
    check(VERSION_1_EMPTY, &empty_of_version_1());
    assert_eq!(empty_of_version_1().write(), VERSION_1_EMPTY);
}

/// Releases that know only version 1 must be able to read it.
#[test]
fn version_1_is_written_as_earlier_releases_wrote_it() {
    let sample = sample_of_version_1();
    let entries = sample.entries[..4].to_vec();
    let written = Content { entries, ..sample }.write();
    // All but the last entry, whose late alert can no longer be written.
    assert_eq!(written[49..0xe6], VERSION_1_SAMPLE[49..0xe6]);
    assert_eq!(written.len(), 0xe6 + 8);
}

#[test]
fn records_of_version_2_are_read_and_written_and_are_those_of_the_document() {
    let sample_file = include_bytes!("../../../tests/golden/history-v2-sample.bin");
    let empty_file = include_bytes!("../../../tests/golden/history-v2-empty.bin");
    for (file, content) in [(&sample_file[..], sample()), (empty_file, empty())] {
        check(file, &content);
        assert_eq!(content.write(), file, "today's format is version 2");
    }
}

#[test]
fn the_document_states_the_size_of_entries() {
    for version in FormatVersion::ALL {
        let most = format!("at most {} bytes", version.entry_bytes_max());
        assert!(DOCUMENT.contains(&most), "docs/reference/history.md does not say: {most}");
    }
}

/// Sixteen bytes per line, each with the offset of its first byte.
fn dump(bytes: &[u8]) -> String {
    let line = |(line, bytes): (usize, &[u8])| {
        let bytes: String = bytes.iter().map(|byte| format!(" {byte:02x}")).collect();
        format!("{:04x} {bytes}\n", 16 * line)
    };
    bytes.chunks(16).enumerate().map(line).collect()
}
