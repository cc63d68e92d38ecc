//! Recognises each format by its first bytes, and does not mistake messages for any of them.

use super::known::tests::ALL;
use super::signature::{TAR_MAGIC, TAR_MAGIC_AT};
use super::*;
use std::collections::BTreeSet;

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &str) {
    let found = FeedFormat::of(bytes.as_ref()).map_or("", FeedFormat::code);
    assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(bytes.as_ref()));
}

const MESSAGE: &str =
    r#"{"id":"a","type":"authorization","card":{"token":"c"},"merchant":{"id":"m"}}"#;

#[test]
fn json_in_other_arrangements_is_recognised() {
    check(format!("[\n{MESSAGE},\n"), "json_array");
    check("[]", "json_array");
    check(format!("{{\"records\": [{MESSAGE}]}}"), "wrapped_records");
    check(format!("{{\"count\": 1, \"transactions\": [ {MESSAGE} ]}}"), "wrapped_records");
    check("{\n  \"records\": [\n    {\n", "wrapped_records");
    check("{\"records\": [{\"id\": \"a\",", "wrapped_records");
    check("{\n  \"id\": \"a\",\n", "pretty_json");
    check(format!("{{\"schema\": {{}}, \"payload\": {MESSAGE}}}"), "envelope");
    check(format!("{{\"before\": null, \"after\": {MESSAGE}, \"op\": \"c\"}}"), "envelope");
    for data in [format!("\"data\": {MESSAGE}"), "\"data_base64\": \"e30=\"".into()] {
        let event = format!(
            "{{\"specversion\": \"1.0\", \"id\": \"a\", \"source\": \"/pos\", \"type\": \"charge\", {data}}}"
        );
        check(&event, "cloud_event");
        assert!(FeedFormat::of_record(event.as_bytes(), Reason::UnknownType).is_some());
    }
    check(format!("{MESSAGE}{MESSAGE}"), "several_objects");
    check(serde_json::to_string(MESSAGE).unwrap(), "json_in_text");
    check(format!("\u{1e}{MESSAGE}"), "json_sequence");
    check("eyJpZCI6ImEifQ==", "base64");
}

#[test]
fn other_formats_of_text_are_recognised() {
    check("id,type,time\na,authorization,2026-01-05T00:00:00Z\n", "csv");
    check("\"id\";\"type\"\n\"a\";\"b\"\n", "csv");
    check("id\ttype\ttime\n", "csv");
    check("time=2026-01-05 id=a type=refund", "name_value_pairs");
    check("id=a&type=refund&amount=12", "name_value_pairs");
    check("8=FIX.4.4\x019=12\x0135=A\x01", "name_value_pairs");
    check("INSERT INTO charges VALUES ('a', 1);", "sql");
    check("<?xml version=\"1.0\"?>", "xml");
    check("---\nid: a\n", "yaml");
    check("- id: a\n  type: b\n", "yaml");
    check("01007220000108C08000164111", "iso_8583");
    let wide: Vec<u8> = MESSAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&wide, "utf_16");
    check([&b"\xff\xfe"[..], &wide].concat(), "utf_16");
    check(MESSAGE.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), "utf_16");
    check(MESSAGE.chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<_>>(), "utf_32");
    check(format!("\u{feff}{MESSAGE}"), "byte_order_mark");
}

#[test]
fn an_object_after_a_key_or_in_a_log_line_is_recognised() {
    for separator in [":", "\t", "|", ",", ";", "=", ": ", " | "] {
        let keyed = format!("c_1{separator}{MESSAGE}");
        check(&keyed, if separator == " | " { "text_before_json" } else { "key_and_value" });
    }
    check(format!("c_1:{MESSAGE}\nc_2:{MESSAGE}\n"), "key_and_value");
    check(format!("null\t{MESSAGE}"), "key_and_value");
    check(format!("\"c_1\"\t{MESSAGE}"), "key_and_value");
    check(format!("{{\"card\":\"c_1\"}}\t{MESSAGE}"), "key_and_value");
    check(format!("{{\"card\":\"c_1\"}}:{MESSAGE}"), "key_and_value");
    check(format!("CreateTime:1767608130123\tPartition:0\tc_1\t{MESSAGE}"), "key_and_value");
    check("c_1:{\"id\":\"a\",\"type\":\"auth", "key_and_value");
    check(format!("2026-11-29T12:00:00 INFO {MESSAGE}"), "text_before_json");
    check(format!("2026-11-29T12:00:00 INFO sent: {MESSAGE} in 3 ms"), "text_before_json");
    check(format!("[2026-11-29 12:00:00] {{main}} {MESSAGE}"), "text_before_json");
    check(format!("<34>1 2026-11-29T12:00:00Z host app - {MESSAGE}"), "text_before_json");
    check(format!("level=info message={MESSAGE}"), "text_before_json");
    check(format!("- {MESSAGE}"), "yaml");
    check(format!("a,b,{MESSAGE}"), "csv");
    check(format!("<message>{MESSAGE}</message>"), "xml");
    let text = serde_json::to_string(MESSAGE).unwrap();
    check(format!("{{\"log\":{text},\"stream\":\"stdout\"}}"), "json_in_field");
    check(format!("{{\"value\":{text},\"offset\":7}}"), "json_in_field");
}

#[test]
fn elements_of_an_array_are_recognised() {
    check(format!("{MESSAGE},"), "array_elements");
    check(format!("{MESSAGE},\r\n{MESSAGE},\n{MESSAGE}\n"), "array_elements");
    check(format!(",{MESSAGE}"), "array_elements");
    check(format!("{MESSAGE},{MESSAGE}"), "objects_with_commas");
    check(format!("[{MESSAGE},\n"), "json_array");
}

#[test]
fn objects_in_the_notation_of_a_language_are_recognised() {
    check("{'id': 'x', 'a': None}", "python_literal");
    check("{'id': 'x',", "python_literal");
    check("{\"id\": \"x\", \"a\": None}", "python_literal");
    check("[{'id': 'x'}]", "python_literal");
    check(format!("b'{MESSAGE}'"), "python_bytes");
    check("{id=x, type=refund}", "object_text");
    check("{ id: 'x' }", "object_text");
    check("{\"id\"=>\"x\"}", "object_text");
    check("{:id=>\"x\"}", "object_text");
}

#[test]
fn archives_tables_and_serializers_are_recognised() {
    for (bytes, code) in [
        (&b"PK\x03\x04\x14\0"[..], "zip"),
        (b"PAR1\x15\x04", "parquet"),
        (b"Obj\x01\x04\x14avro.codec", "avro_container"),
        (b"\xc3\x01\x01\x02\x03", "avro_single_object"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"\x28\xb5\x2f\xfd\x04", "zstd"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"\x04\x22\x4d\x18\x64", "lz4"),
        (b"\xff\x06\0\0sNaPpY", "snappy"),
        (b"\xac\xed\0\x05sr", "java_serialization"),
        (b"\0\0\0\0\x07{\"id\": 1}", "schema_registry_json"),
        (b"\0\0\0\0\x07\0\x0a\x02a", "schema_registry"),
        (b"\0\0\x01\x02\x03\x06abc", "schema_registry"),
        // The schema id is 10, a line feed, so the line ends within the id.
        (b"\0\0\0\0", "schema_registry_json"),
        (b"\0\0\0\0\x07[{\"id\": 1}]", "schema_registry_array"),
        (b"\0\0\0\0\x7b{\"id\": 1}", "schema_registry_json"),
        (b"\0\0\0\0\x07\x5b\x0a\x02a", "schema_registry"),
        (b"\0\0\0\0\0\0\0\0\x07{\"id\": 1}", "apicurio_json"),
        (b"\0\0\0\0\0\0\0\0\x07\x0a\x02a", "apicurio"),
        (
            b"\x03\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10{\"id\": 1}",
            "glue_json",
        ),
        (
            b"\x03\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x02a\x02b",
            "glue",
        ),
        (
            b"\x03\x05\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x78\x9c",
            "glue",
        ),
        (b"\0\0\0\x09{\"id\": 1}", "length_and_json"),
        (b"\x09\0\0\0{\"id\": 1}", "length_and_json"),
        (b"\0\0\0\x0b[{\"id\": 1}]\n", "length_and_json"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"ARROW1\0\0", "arrow"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "old_office"),
        (b"\x83\xa2id\xa1a\xa4type\xa6refund", "message_pack"),
        (b"\xde\0\x14\xa2id\xa1a", "message_pack"),
        (b"\x92\x81\xa2id\xa1a", "message_pack"),
        (b"\xa2bidaadtypefrefund", "cbor"),
        (b"\xd9\xd9\xf7\xbfbidaa", "cbor"),
        (b"\x5b\0\0\0\x02id\0\x02\0\0\0a\0", "bson"),
        (b"\x80\x04\x95\x0e\0", "pickle"),
        (b"\0\0\0\0\0", "zero_bytes"),
        (&[0; 1000], "zero_bytes"),
        (b"\x0a\x03abc\x12\x03\x00\x01\x02\x08", "binary"),
    ] {
        check(bytes, code);
    }
    let mut tar = vec![b'a'; 512];
    tar[TAR_MAGIC_AT..TAR_MAGIC_AT + 5].copy_from_slice(TAR_MAGIC);
    check(tar, "tar");
}

#[test]
fn a_length_is_recognised_whatever_its_bytes_mean_elsewhere() {
    // 123 bytes make the length `\0\0\0{`, which begins UTF-32 as well.
    for length in [12, 123, 124, 1_000, 8_827, 60_000] {
        let json = format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
        assert_eq!(json.len(), length);
        let length = u32::try_from(length).unwrap();
        for head in [length.to_be_bytes(), length.to_le_bytes()] {
            let framed = [&head, json.as_bytes()].concat();
            check(&framed, "length_and_json");
            check(framed.get(..FEED_HEAD_BYTES).unwrap_or(&framed), "length_and_json");
        }
    }
}

#[test]
fn an_invalid_message_is_not_another_format() {
    check(MESSAGE, "");
    check(&MESSAGE[..20], "");
    check(format!("{}\n{MESSAGE}", &MESSAGE[..20]), "");
    check("{\"id\": \"a\", \"extras\": [1, 2]}", "");
    check(r#"{"type":"refund","card":{},"merchant":{},"items":[{"sku":"a"}]}"#, "");
    check("null", "");
    check("", "");
    check("hello", "");
    check("{\"id\": \"None of these\", \"extras\": tru}", "");
}

#[test]
fn a_file_is_recognised_by_its_head_and_a_line_among_others_only_if_it_is_certain() {
    let lines = format!("{MESSAGE}\n{MESSAGE}\n");
    let file = |head: &str, line: &[u8]| {
        FeedFormat::of_file(head.as_bytes(), line, Reason::NotJson).map_or("", FeedFormat::code)
    };
    assert_eq!(file(&lines, b"a,b,c"), "");
    assert_eq!(file(&lines, b"{"), "");
    assert_eq!(file(&lines, b"---"), "");
    assert_eq!(file(&lines, b"\0\0\0\0\x07{}"), "schema_registry_json");
    assert_eq!(file("a,b,c\n1,2,3\n", b"1,2,3"), "csv");
    assert_eq!(file(&format!("{MESSAGE}{MESSAGE}\n"), b""), "several_objects");
    for first in ["INFO: starting", "2026-11-29 12:00:00,1 start\n2026-11-29 12:00:00,1 up", "Hi"] {
        let log = format!("{first}\n2026-11-29 12:00:00,123 INFO sent {MESSAGE}\n");
        assert_eq!(file(&log, first.as_bytes()), "text_before_json", "{first}");
    }
    let pretty = "{ \"id\": \"a\",\n  \"type\": 1\n}";
    assert_eq!(file(pretty, b"{ \"id\": \"a\","), "pretty_json");
    assert_eq!(file(&format!("{pretty}\n{pretty}"), b""), "pretty_json");
    assert_eq!(FeedFormat::of_record(pretty.as_bytes(), Reason::MissingField), None);
    assert_eq!(FeedFormat::of_file(b"[", b"[", Reason::BadAmount), None);
    let both = format!("{MESSAGE}\n{MESSAGE}");
    let record = FeedFormat::of_record(both.as_bytes(), Reason::TrailingBytes);
    assert_eq!(record.map_or("", FeedFormat::code), "several_objects");
}

#[test]
fn every_format_says_what_it_is_and_what_to_do() {
    let codes: BTreeSet<&str> = ALL.iter().map(|known| known.code).collect();
    assert_eq!(codes.len(), ALL.len());
    for known in ALL {
        for medium in [Medium::File, Medium::KafkaRecord] {
            let hint = FeedFormat(known).hint(medium);
            assert!(hint.starts_with("this is ") && hint.contains(": "), "{hint}");
        }
    }
}
