//! Tests input that violates what redcard expects: records without a key, a card in two partitions,
//! values in another format. Each problem is counted and logged once with advice; a value in
//! another format is also named in its dead letter.

use crate::support::broker;
use crate::support::client::{self, Outgoing};
use crate::support::messages::{Charge, yesterday_ms};
use crate::support::redcard::{Setup, Topics};

const KEYLESS: &str = "redcard_records_without_key_total";
const MOVED: &str = "redcard_card_partition_changes_total";

fn in_partition(record: Outgoing, partition: i32) -> Outgoing {
    Outgoing { partition: Some(partition), ..record }
}

/// Number of lines of a log that contain `text`.
fn lines(log: &str, text: &str) -> usize {
    log.lines().filter(|line| line.contains(text)).count()
}

#[test]
fn records_without_a_key_and_cards_in_two_partitions_are_counted_and_logged_once() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "feed", 2);
    // With two shards, the two partitions are processed by different threads.
    let redcard = Setup::new(brokers, &topics).set("kafka", "shards", 2).start_ready();
    let now = yesterday_ms();
    let charge = |id: &str, card: &str, partition: i32| {
        in_partition(Charge::new(id, card, now, 1_250).record(), partition)
    };
    let staying: Vec<_> =
        (0..20).map(|n| charge(&format!("s{n}"), &format!("s_{n}"), n % 2)).collect();
    client::produce(brokers, &topics.transactions, &staying);
    let metrics = redcard.wait_metric("redcard_decisions_total", &[], 20.0);
    assert_eq!((metrics.sum(KEYLESS, &[]), metrics.sum(MOVED, &[])), (0.0, 0.0));
    for (step, partition) in [0, 1, 1, 0].into_iter().enumerate() {
        // Each record is read before the next one is written, because partitions have no common
        // order.
        let id = format!("m{step}");
        client::produce(brokers, &topics.transactions, &[charge(&id, "c_moves", partition)]);
        redcard.wait_metric("redcard_decisions_total", &[], 21.0 + step as f64);
    }
    let keyless = (0..3).map(|n| Outgoing { key: None, ..charge(&format!("k{n}"), "c_k", 0) });
    let empty = Outgoing { key: Some(Vec::new()), ..charge("k3", "c_k", 0) };
    let records: Vec<_> = keyless.chain([empty]).collect();
    client::produce(brokers, &topics.transactions, &records);
    let metrics = redcard.wait_metric("redcard_decisions_total", &[], 28.0);
    assert_eq!(metrics.sum(KEYLESS, &[]), 4.0);
    assert_eq!(metrics.sum(MOVED, &[]), 2.0);
    let log = redcard.stop();
    assert_eq!(lines(&log, "a record has no key"), 1, "{log}");
    assert_eq!(lines(&log, "a card is in two partitions"), 1, "{log}");
}

#[test]
fn a_value_of_another_format_is_named_in_its_dead_letter_and_once_in_the_log() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "formats", 1);
    let redcard = Setup::new(brokers, &topics).start_ready();
    let good = Charge::new("good", "c_1", yesterday_ms(), 1_250).text();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, good.as_bytes()).unwrap();
    let cases: [(Vec<u8>, &str); 25] = [
        (format!("[{good}]").into(), "this is a JSON array"),
        (format!("{{\"records\": [{good}]}}").into(), "the records in an array"),
        (format!("{{\"schema\": null, \"payload\": {good}}}").into(), "schemas.enable=false"),
        ([b"\0\0\0\0\x07", good.as_bytes()].concat(), "JSON in a schema registry's framing"),
        (b"\0\0\0\0\x07\0\x0a\x02a".to_vec(), "Avro or Protobuf in a schema registry's framing"),
        (gzip.finish().unwrap(), "let the producer compress"),
        (good.encode_utf16().flat_map(u16::to_le_bytes).collect(), "UTF-16"),
        (format!("\u{feff}{good}").into(), "byte order mark"),
        (b"a;authorization;2026-01-05T00:00:00Z".to_vec(), "(CSV)"),
        (serde_json::to_string(&good).unwrap().into(), "serializes twice"),
        (vec![0; 1_000], "nothing but zero bytes"),
        (format!("2026-11-29T12:00:00 INFO {good}").into(), "such as a line of a log"),
        (format!("c_1:{good}").into(), "the key as the record's key"),
        (b"Rar!\x1a\x07\x01\0".to_vec(), "a RAR archive"),
        (b"\x83\xa2id\xa1a\xa4type\xa6refund".to_vec(), "MessagePack"),
        (b"\xa2bidaadtypefrefund".to_vec(), "CBOR"),
        (b"\x16\0\0\0\x02id\0\x02\0\0\0a\0\x10n\0\x07\0\0\0\0".to_vec(), "BSON"),
        (b"{'id': 'x', 'a': None}".to_vec(), "`json.dumps`"),
        (format!("b'{good}'").into(), "the bytes themselves"),
        (b"{id=x, type=refund}".to_vec(), "`toString`"),
        (format!("{good},").into(), "without the comma"),
        (format!("\0\0\0\0\0\0\0\0\x07{good}").into(), "`apicurio.registry.headers.enabled=true`"),
        ([&b"\x03\0"[..], &[7; 16], good.as_bytes()].concat(), "AWS Glue Schema Registry"),
        (
            [&u32::try_from(good.len()).unwrap().to_be_bytes(), good.as_bytes()].concat(),
            "JSON behind its length",
        ),
        (
            format!(r#"{{"specversion":"1.0","id":"e","source":"/pos","type":"t","data":{good}}}"#)
                .into(),
            "the binary mode of CloudEvents",
        ),
    ];
    // Each value is sent twice, but its format is logged once.
    let values = cases.iter().chain(&cases).map(|(value, _)| Outgoing::new("c_1", value.clone()));
    client::produce(brokers, &topics.transactions, &values.collect::<Vec<_>>());
    let letters = client::read_at_least(brokers, &topics.dead_letters, 2 * cases.len());
    for (letter, (_, says)) in letters.iter().zip(cases.iter().chain(&cases)) {
        let message = letter.header("__connect.errors.exception.message");
        assert!(message.contains(says), "no {says:?} in {message}");
    }
    let log = redcard.stop();
    assert_eq!(lines(&log, "a record is not a transaction: this is"), cases.len(), "{log}");
}

#[test]
fn seconds_that_are_read_as_milliseconds_are_logged_once() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "seconds", 1);
    let setup = Setup::new(brokers, &topics).set("source", "time", "unix_milliseconds");
    let redcard = setup.start_ready();
    let seconds = yesterday_ms() / 1_000;
    let charge = |id: &str| Charge::new(id, "c_1", yesterday_ms(), 1_250).set("time", seconds);
    let records: Vec<_> = ["a", "b"].map(|id| charge(id).record()).into();
    client::produce(brokers, &topics.transactions, &records);
    redcard.wait_metric("redcard_decisions_total", &[], 2.0);
    let log = redcard.stop();
    assert_eq!(lines(&log, "`source.time` is unix_milliseconds, and these look like"), 1, "{log}");
}
