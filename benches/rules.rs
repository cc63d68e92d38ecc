//! Measures what rules cost: the shipped ruleset over cards with few and many remembered charges,
//! each additional rule, and rulesets of other sizes.
//!
//! `cargo bench --bench rules` measures; with `-- --test` it runs one short round, to show that it
//! still works.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark counts small numbers, and may end where it fails"
)]

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

use fixtures::{RETENTION_MS, compiled};
use redcard::clock::monotonic_now;
use redcard::memory::Event;
use redcard::rules::{BATCH_MAX, Evaluation, Ruleset, Settled, SourceFile, Sources, TopicLists};
use redcard::transaction::{MINUTE_MS, Time, Transaction};
use redcard::{decode, memory, rules, transaction};
use std::hint::black_box;

const ROUNDS: usize = 51;
const CALLS_PER_ROUND: u32 = 20_000;
const REMEMBERED: [usize; 4] = [0, 8, 64, 256];
const EXTRA_RULES: usize = 20;
/// Conditions of additional rules. For the transaction of this benchmark, the first is false at its
/// first operand, the second at its second, the third at its third.
const FURTHER: [&str; 3] = [
    "charges_10m >= # && spent_24h > #000 && probe_1h",
    "charges_10m < #0 && spent_24h > #0000.00",
    "charges_10m < #0 && spent_24h < #0000.00 && charges_1h > #0",
];
const RULES: [usize; 4] = [10, 30, 100, 300];

const MESSAGE: &str = r#"{"id":"n","type":"authorization","time":"2026-01-05T10:15:30Z","card":{"token":"c","country":"US","funding":"debit","status":"active"},"cardholder":{"country":"US"},"amount":4200,"currency":"USD","merchant":{"id":"m7","country":"US","mcc":"5411","latitude":40.7,"longitude":-74.0},"channel":"chip","card_present":true,"card_on_file":false,"device":{"id":"d"},"response":{"approved":true}}"#;

fn main() {
    let wanted = |name: &str| std::env::args().any(|argument| argument == name);
    let (rounds, calls) =
        if wanted("--test") || !wanted("--bench") { (1, 10) } else { (ROUNDS, CALLS_PER_ROUND) };
    let decoder = fixtures::decoder();
    let (tx, _) = decoder.decode(MESSAGE.as_bytes(), None).expect("a valid message");
    let shipped = compiled(&Sources::shipped());
    let [first, second, third] = FURTHER.map(|further| compiled(&with_more_rules(further)));
    println!("{} rules shipped", shipped.rules().len());
    for remembered in REMEMBERED {
        let events = history(&tx, remembered);
        let few = median(rounds, calls, &shipped, &tx, &events);
        let each = [&first, &second, &third]
            .map(|more| (median(rounds, calls, more, &tx, &events) - few) / EXTRA_RULES as f64);
        println!(
            "{remembered:>4} remembered: {few:>6.0} ns a transaction; a further rule that is false \
             at its first operand {:>5.1} ns, at its second {:>5.1}, at its third {:>5.1}",
            each[0], each[1], each[2]
        );
    }
    for count in RULES {
        let ruleset = compiled(&generated(count));
        for remembered in REMEMBERED {
            let took = median(rounds, calls, &ruleset, &tx, &history(&tx, remembered));
            println!("{count:>4} rules, {remembered:>4} remembered: {took:>6.0} ns a transaction");
        }
    }
}

/// A ruleset of `count` rules over a third as many features, each with its own window and
/// predicate. A few of the rules fire.
fn generated(count: usize) -> Sources {
    const WINDOWS: [&str; 6] = ["10m", "1h", "6h", "24h", "7d", "30d"];
    const PREDICATES: [&str; 8] = [
        "t.declined",
        "t.amount <= 2.00",
        "t.merchant.id == merchant.id",
        "t.merchant.country != card.country",
        "t.channel == \"ecommerce\"",
        "t.card_present && t.amount > 100.00",
        "t.merchant.mcc in [\"4829\", \"6051\"]",
        "t.device.id == device.id && t.merchant.id != merchant.id",
    ];
    let features = count.div_ceil(3);
    let feature = |n: usize| {
        let (window, predicate) = (WINDOWS[n % 6], PREDICATES[n / 2 % 8]);
        let cents = n / 24;
        let predicate = format!("{predicate} && t.amount >= 0.0{}", cents % 10);
        match n % 3 {
            0 => format!("f{n} = 'card.last(\"{window}\").count(t, {predicate})'\n"),
            1 => format!(
                "f{n} = 'int(card.last(\"{window}\").filter(t, {predicate}).sum(t, t.amount))'\n"
            ),
            _ => format!(
                "f{n} = 'card.last(\"{window}\").filter(t, {predicate}).distinct(t, t.merchant.id).size()'\n"
            ),
        }
    };
    let rule = |n: usize| {
        let (a, b) = (n % features, (n * 7 + 1) % features);
        let condition = match n % 4 {
            0 => format!("f{a} > {} && amount >= 20.00", n % 5 + 3),
            1 => format!("f{a} > 2 && merchant.country != card.country"),
            2 => format!("channel == \"ecommerce\" && f{a} > 1 && f{b} > 1"),
            _ => format!("f{a} > {} && f{b} > 4 && !recurring", n % 7 + 2),
        };
        format!(
            "[[rule]]\nid = \"rule-{n}\"\nwhen = '{condition}'\npoints = 1\nseverity = \"low\"\nreason = \"R\"\nmessage = \"{{amount}}\"\n"
        )
    };
    let head = "[ruleset]\nname = \"generated\"\nversion = \"1\"\nreview = 300\ndecline = 600\n[features]\n";
    let text = head.to_owned()
        + &(0..features).map(feature).collect::<String>()
        + &(0..count).map(rule).collect::<String>();
    fixtures::sources(&text)
}

/// The shipped rules, and additional ones over features that the shipped rules use already. In a
/// condition, `#` becomes the rule's number, so that no two conditions are the same.
fn with_more_rules(condition: &str) -> Sources {
    let mut sources = Sources::shipped();
    let rule = |n: usize| {
        let condition = condition.replace('#', &n.to_string());
        format!(
            "[[rule]]\nid = \"more-{n}\"\nwhen = '{condition}'\npoints = 1\nseverity = \"low\"\nreason = \"MORE\"\nmessage = \"m\"\n"
        )
    };
    let text = (3..3 + EXTRA_RULES).map(rule).collect();
    sources.files.push(SourceFile { name: "more.toml".to_owned(), text });
    sources
}

/// Charges spread evenly over the retention; the newest is a few minutes old.
fn history(tx: &Transaction<'_>, count: usize) -> Vec<Event> {
    let mut past = tx.clone();
    let apart_ms = RETENTION_MS / (count as i64 + 1);
    let charge = |ago: usize| {
        past.time = Time(tx.time.millis() - ago as i64 * apart_ms + apart_ms - MINUTE_MS);
        past.id = ago.to_string().into();
        past.merchant.id = format!("m{}", ago % 9).into();
        past.base_amount = Some(1_000 + (ago as i64 * 733) % 9_000);
        Event::of(&past)
    };
    (1..=count).rev().map(charge).collect()
}

/// Nanoseconds per transaction, evaluated in batches as a shard does. `calls` is rounded up to batches.
fn median(
    rounds: usize,
    calls: u32,
    ruleset: &Ruleset,
    tx: &Transaction<'_>,
    events: &[Event],
) -> f64 {
    let past = fixtures::recall(tx.time, events);
    let lists = TopicLists::default();
    let rules = ruleset.with_lists(&lists);
    let (mut evaluation, mut settled) = (Evaluation::default(), Settled::default());
    let batch = [tx; BATCH_MAX];
    let batches = (calls as usize).div_ceil(BATCH_MAX);
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = monotonic_now();
            for _ in 0..batches {
                rules.settle(black_box(&batch), &mut settled);
                for (at, tx) in batch.iter().enumerate() {
                    let past = black_box(&past);
                    rules.evaluate_settled((tx, past), (&settled, at), &mut evaluation);
                    rules.render(tx, past, &mut evaluation);
                    black_box(&evaluation);
                }
            }
            start.elapsed().as_nanos() as f64 / (batches * BATCH_MAX) as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
