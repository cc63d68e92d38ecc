//! Recognises formats by their first bytes.

use super::known::*;

/// First bytes that no other format begins with.
const SIGNATURES: &[(&[u8], &KnownFormat)] = &[
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"PAR1", PARQUET),
    (b"PARE", PARQUET),
    (b"Obj\x01", AVRO_CONTAINER),
    (b"\xc3\x01", AVRO_SINGLE),
    (b"ORC", ORC),
    (b"SQLite format 3\0", SQLITE),
    (b"\x1f\x8b", GZIP),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"\x04\x22\x4d\x18", LZ4),
    (b"\xff\x06\0\0sNaPpY", SNAPPY),
    (b"\x82SNAPPY\0", SNAPPY),
    (b"Rar!\x1a\x07", RAR),
    (b"ARROW1", ARROW),
    (b"FEA1", ARROW),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", XLS),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"\xac\xed\0\x05", JAVA),
    (b"\xff\xfe\0\0", UTF_32),
    (b"\0\0\xfe\xff", UTF_32),
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
    (b"{\0\"\0", UTF_16),
    (b"\0{\0\"", UTF_16),
    (b"[\0", UTF_16),
    (b"\0[\0", UTF_16),
    (b"{\0\0\0", UTF_32),
    (b"\0\0\0{", UTF_32),
    (BYTE_ORDER_MARK, MARKED),
    (b"\x1e", JSON_SEQUENCE),
    // `{"` in Base64.
    (b"eyJ", BASE64),
];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
pub(super) const TAR_MAGIC: &[u8] = b"ustar";
pub(super) const TAR_MAGIC_AT: usize = 257;
/// Fewer zeros may be a schema registry's framing, cut off by a line feed.
const ZEROS_MIN: usize = 5;

pub(super) fn by_signature(bytes: &[u8]) -> Option<&'static KnownFormat> {
    let known = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature));
    known.map(|(_, known)| *known).or_else(|| {
        let is_tar = bytes.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(TAR_MAGIC));
        is_tar.then_some(TAR)
    })
}

pub(super) fn zeros(bytes: &[u8]) -> Option<&'static KnownFormat> {
    // The head of a file may end with a line feed.
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let are_zeros = bytes.len() >= ZEROS_MIN && bytes.iter().all(|byte| *byte == 0);
    are_zeros.then_some(ZEROS)
}

/// How many bytes are enough to tell text from binary.
const BINARY_LOOK_BYTES: usize = 64;

pub(super) fn binary(bytes: &[u8]) -> Option<&'static KnownFormat> {
    let head = bytes.get(..BINARY_LOOK_BYTES).unwrap_or(bytes);
    let is_control = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    (head.iter().filter(is_control).count() * 8 > head.len()).then_some(BINARY)
}
