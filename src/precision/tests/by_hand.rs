//! Small cases, counted by hand.

use super::support::{alert, day, label, link, settings};
use crate::precision::{
    ByLabel, LabelRecord, MeasureSettings, OutcomeRecord, Outcomes, PrecisionReport, RecordError,
    Tally,
};
use crate::transaction::LabelValue::{Fraud, Genuine, Suspected, Unknown};
use crate::transaction::{DAY_MS, SECOND_MS, Time};

fn outcomes(records: &[OutcomeRecord<'static>]) -> Outcomes {
    let mut outcomes = Outcomes::new(settings());
    records.iter().for_each(|record| outcomes.take(record));
    outcomes
}

fn tally(count: u64, amount: i64) -> Tally {
    Tally { count, amount }
}

/// Alerted transactions by label: fraud, genuine, none; each with number and amount.
fn by_label([fraud, genuine, none]: [(u64, i64); 3]) -> ByLabel {
    let tally = |(count, amount)| tally(count, amount);
    ByLabel { fraud: tally(fraud), genuine: tally(genuine), none: tally(none) }
}

#[track_caller]
fn check(records: &[OutcomeRecord<'static>], now: Time, expected: [(u64, i64); 3]) {
    assert_eq!(outcomes(records).report(now).alerted, by_label(expected));
}

#[test]
fn each_rule_that_fired_counts_a_transaction_and_the_total_counts_it_once() {
    let found = outcomes(&[
        alert("a", day(1), 500, &["fast", "large"]).into(),
        alert("b", day(2), 70, &["fast"]).into(),
        alert("c", day(3), 9, &["large"]).into(),
        label("a", Fraud, day(20)).into(),
        label("b", Genuine, day(21)).into(),
    ])
    .report(day(40));
    assert_eq!(found.alerted, by_label([(1, 500), (1, 70), (1, 9)]));
    let rules: Vec<_> = found.rules.iter().map(|(rule, by)| (rule.as_str(), by.all)).collect();
    let fast = by_label([(1, 500), (1, 70), (0, 0)]);
    assert_eq!(rules, [("fast", fast), ("large", by_label([(1, 500), (0, 0), (1, 9)]))]);
    assert_eq!((found.alerts_held, found.labels_held, found.missed), (3, 2, tally(0, 0)));
}

#[test]
fn a_transaction_is_recent_for_two_weeks_from_when_it_is_mature() {
    let records = [
        alert("a", day(1), 5, &["r"]).into(),
        label("a", Fraud, day(2)).into(),
        alert("b", day(5), 70, &["r", "s"]).into(),
    ];
    let (fraud, none) = ((1, 5), (1, 70));
    let cases = [
        (30, [(0, 0); 2]),
        (31, [fraud, (0, 0)]),
        (35, [fraud, none]),
        (44, [fraud, none]),
        (45, [(0, 0), none]),
        (48, [(0, 0), none]),
        (49, [(0, 0); 2]),
        (121, [(0, 0); 2]),
    ];
    for (now, [fraud, none]) in cases {
        let found = outcomes(&records).report(day(now));
        assert_eq!(found.rules["r"].recent, by_label([fraud, (0, 0), none]), "day {now}");
        assert_eq!(found.rules["s"].recent, by_label([(0, 0), (0, 0), none]), "day {now}");
    }
    // A transaction beyond the horizon is not recent either.
    let horizon_ms = settings().mature_after_ms + DAY_MS;
    let mut short = Outcomes::new(MeasureSettings { horizon_ms, ..settings() });
    records.iter().for_each(|record| short.take(record));
    assert_eq!(short.report(day(32)).rules["r"].recent, by_label([fraud, (0, 0), (0, 0)]));
    assert_eq!(short.report(day(33)).rules["r"].recent, ByLabel::default());
}

#[test]
fn a_transaction_counts_from_when_it_is_mature_until_the_horizon() {
    let records = [alert("a", day(1), 5, &["r"]).into(), label("a", Fraud, day(2)).into()];
    for (now, counted) in [(30, 0), (31, 1), (121, 1), (122, 0)] {
        let found = outcomes(&records).report(day(now));
        assert_eq!(found.alerted.fraud.count, counted, "day {now}");
        // Its rule is known before it counts.
        assert_eq!(found.rules["r"].all.fraud.count, counted, "day {now}");
    }
    let mut forgetful = outcomes(&records);
    forgetful.forget(day(121));
    assert_eq!(forgetful.report(day(121)).alerted.fraud.count, 1);
    forgetful.forget(day(123));
    assert_eq!(forgetful.report(day(123)), PrecisionReport::default());
}

#[test]
fn the_newest_label_counts_and_of_equal_ones_the_later_in_the_log() {
    let alert = || alert("a", day(1), 5, &["r"]).into();
    let now = day(60);
    let cases: [(&[_], _); 7] = [
        (&[(Fraud, 10), (Genuine, 20)], [(0, 0), (1, 5), (0, 0)]),
        (&[(Genuine, 20), (Fraud, 10)], [(0, 0), (1, 5), (0, 0)]),
        (&[(Genuine, 20), (Fraud, 20)], [(1, 5), (0, 0), (0, 0)]),
        (&[(Fraud, 10), (Unknown, 20)], [(0, 0), (0, 0), (1, 5)]),
        (&[(Unknown, 20), (Fraud, 10)], [(0, 0), (0, 0), (1, 5)]),
        (&[(Unknown, 20), (Fraud, 30)], [(1, 5), (0, 0), (0, 0)]),
        (&[(Suspected, 10)], [(0, 0), (0, 0), (1, 5)]),
    ];
    for (labels, expected) in cases {
        let labels = labels.iter().map(|(value, at)| label("a", *value, day(*at)).into());
        let labels: Vec<OutcomeRecord<'_>> = labels.collect();
        check(&[&[alert()], &labels[..]].concat(), now, expected);
        // A label may be read before its transaction.
        check(&[&labels[..], &[alert()]].concat(), now, expected);
        // Records may be read again.
        check(&[&[alert()], &labels[..], &[alert()], &labels[..]].concat(), now, expected);
    }
}

#[test]
fn a_label_counts_from_when_it_is_known() {
    let mut outcomes = outcomes(&[
        alert("a", day(1), 5, &["r"]).into(),
        label("a", Genuine, day(10)).into(),
        label("a", Fraud, day(50)).into(),
        label("a", Unknown, day(45)).into(),
        LabelRecord { time: Some(day(1)), ..label("b", Fraud, day(47)) }.into(),
    ]);
    for (now, expected, missed) in [
        (40, [(0, 0), (1, 5), (0, 0)], 0),
        (45, [(0, 0), (0, 0), (1, 5)], 0),
        (49, [(0, 0), (0, 0), (1, 5)], 1),
        (50, [(1, 5), (0, 0), (0, 0)], 1),
        (51, [(1, 5), (0, 0), (0, 0)], 1),
    ] {
        outcomes.forget(day(now));
        let found = outcomes.report(day(now));
        assert_eq!(found.alerted, by_label(expected), "day {now}");
        assert_eq!(found.missed, tally(missed, 0), "day {now}");
    }
}

#[test]
fn fraud_without_an_alert_is_missed_and_its_amount_is_that_of_the_label() {
    let missed = |id: &str, amount: Option<i64>, currency: &'static str| LabelRecord {
        time: Some(day(3)),
        amount,
        currency: amount.map(|_| currency.into()),
        ..label(id, Fraud, day(35))
    };
    let found = outcomes(&[
        alert("a", day(1), 5, &["r"]).into(),
        label("a", Fraud, day(20)).into(),
        missed("b", Some(700), "USD").into(),
        missed("c", Some(900), "EUR").into(),
        missed("d", None, "USD").into(),
        label("e", Genuine, day(4)).into(),
        // Without the time of the transaction it may be older than the horizon, with its alert.
        label("f", Fraud, day(5)).into(),
        LabelRecord { time: Some(day(11)), ..missed("g", None, "USD") }.into(),
    ])
    .report(day(40));
    assert_eq!(found.missed, tally(3, 700));
    assert_eq!(found.alerted, by_label([(1, 5), (0, 0), (0, 0)]));
}

#[test]
fn an_id_that_is_used_again_has_one_label_for_both_alerts() {
    let mut second = alert("a", day(2), 7, &["s"]);
    second.alert_id = "another".into();
    let records =
        [alert("a", day(1), 5, &["r"]).into(), second.into(), label("a", Fraud, day(20)).into()];
    check(&records, day(40), [(2, 12), (0, 0), (0, 0)]);
    let mut half = outcomes(&records);
    half.forget(Time(day(121).millis() + SECOND_MS));
    let found = half.report(day(121));
    assert_eq!((found.alerted, found.missed), (by_label([(1, 7), (0, 0), (0, 0)]), tally(0, 0)));
}

#[test]
fn a_label_of_a_clearing_or_an_increment_counts_for_the_alert_about_the_charge() {
    let of_clearing = link(("clearing", day(3)), ("a", day(1)));
    let fraud = LabelRecord { time: Some(day(3)), ..label("clearing", Fraud, day(20)) };
    let later = label("a", Genuine, day(25));
    // Of labels of the same time, the last one counts, whatever its id.
    let same_time = label("a", Genuine, day(20));
    let known = |now: i64, expected: [(u64, i64); 3], records: &[OutcomeRecord<'static>]| {
        let found = outcomes(records).report(day(now));
        assert_eq!((found.alerted, found.missed), (by_label(expected), tally(0, 0)));
    };
    let alert = || alert("a", day(1), 5, &["r"]).into();
    let (is_fraud, is_genuine) = ([(1, 5), (0, 0), (0, 0)], [(0, 0), (1, 5), (0, 0)]);
    let of_clearing = || of_clearing.clone().into();
    let fraud = || fraud.clone().into();
    known(40, is_fraud, &[alert(), of_clearing(), fraud()]);
    known(40, is_fraud, &[fraud(), of_clearing(), alert()]);
    known(40, is_fraud, &[alert(), fraud(), of_clearing(), of_clearing()]);
    known(40, is_genuine, &[later.clone().into(), alert(), fraud(), of_clearing()]);
    known(40, is_genuine, &[alert(), fraud(), same_time.clone().into(), of_clearing()]);
    known(40, is_fraud, &[alert(), same_time.into(), fraud(), of_clearing()]);
    // An alert about the increment; the label names the charge.
    let increment = link(("a", day(1)), ("b", Time(day(1).millis() - SECOND_MS)));
    let of_charge = label("b", Fraud, day(20));
    known(40, is_fraud, &[alert(), increment.clone().into(), of_charge.clone().into()]);
    // It turned out to be a separate charge.
    let separate = link(("a", day(1)), ("a", day(1)));
    let records = [alert(), increment.into(), of_charge.into(), separate.into()];
    known(40, [(0, 0), (0, 0), (1, 5)], &records);
}

#[test]
fn a_charge_that_counts_no_longer_is_not_missed_through_its_clearing() {
    let of_clearing = link(("clearing", day(3)), ("a", day(1)));
    let fraud = LabelRecord { time: Some(day(3)), ..label("clearing", Fraud, day(20)) };
    let mut all = outcomes(&[
        alert("a", day(1), 5, &["r"]).into(),
        of_clearing.into(),
        fraud.into(),
        // Without an alert it is missed once, however many of its messages have labels.
        link(("other clearing", day(3)), ("d", day(1))).into(),
        LabelRecord { time: Some(day(3)), ..label("other clearing", Fraud, day(20)) }.into(),
        LabelRecord { time: Some(day(1)), ..label("d", Fraud, day(19)) }.into(),
    ]);
    for (now, frauds, missed, held) in
        [(121, 1, 1, (1, 3, 2)), (122, 0, 0, (0, 2, 2)), (124, 0, 0, (0, 0, 0))]
    {
        all.forget(day(now));
        let found = all.report(day(now));
        let counted = (found.alerted.fraud.count, found.missed.count);
        assert_eq!(counted, (frauds, missed), "day {now}");
        let found = (found.alerts_held, found.labels_held, found.links_held);
        assert_eq!(found, held, "day {now}");
    }
}

#[test]
fn an_alert_of_another_base_currency_counts_without_its_amount() {
    let mut euros = alert("a", day(1), 500, &["r"]);
    euros.currency = "EUR".into();
    let mut unknown = alert("b", day(1), 0, &["r"]);
    unknown.amount = None;
    check(&[euros.into(), unknown.into()], day(40), [(0, 0), (0, 0), (2, 0)]);
}

#[test]
fn a_label_with_a_new_token_finds_the_alert_under_the_former_one() {
    let renewed = |value, at| LabelRecord {
        card: "new".into(),
        former_card: Some("c".into()),
        ..label("a", value, day(at))
    };
    let alert = || alert("a", day(1), 5, &["r"]).into();
    let now = day(60);
    check(&[alert(), renewed(Fraud, 10).into()], now, [(1, 5), (0, 0), (0, 0)]);
    let both = [label("a", Fraud, day(10)).into(), renewed(Genuine, 20).into()];
    assert_eq!(outcomes(&both).report(now).labels_held, 1);
    let alone = [LabelRecord { time: Some(day(1)), ..renewed(Fraud, 10) }.into()];
    assert_eq!(outcomes(&alone).report(now).missed, tally(1, 0));
}

#[test]
fn the_oldest_are_dropped_when_there_are_too_many() {
    let mut few = Outcomes::new(MeasureSettings { entries_max: 32, ..settings() });
    for number in 0..100 {
        few.take(&alert(&number.to_string(), day(number), 1, &["r"]).into());
        few.take(&label(&number.to_string(), Fraud, day(number)).into());
    }
    let found = few.report(day(99 + 30));
    assert!((30..=32).contains(&found.alerts_held), "{found:?}");
    assert_eq!(found.alerts_held, found.labels_held);
    assert_eq!(found.dropped, 200 - 2 * found.alerts_held as u64);
    // What is left is the newest.
    assert_eq!(found.alerted.fraud.count, found.alerts_held as u64);
    let mut same_time = Outcomes::new(MeasureSettings { entries_max: 8, ..settings() });
    for number in 0..100 {
        same_time.take(&alert(&number.to_string(), day(1), 1, &["r"]).into());
        assert!(same_time.report(day(40)).alerts_held <= 8);
    }
}

#[test]
fn the_oldest_links_are_dropped_when_there_are_too_many() {
    let mut few = Outcomes::new(MeasureSettings { entries_max: 32, ..settings() });
    few.take(&alert("a", day(100), 1, &["r"]).into());
    for number in 0..100 {
        let id = number.to_string();
        few.take(&link((&id, day(number)), ("a", day(0))).into());
    }
    few.take(&label("99", Fraud, day(120)).into());
    let found = few.report(day(140));
    assert!((30..=32).contains(&found.links_held), "{found:?}");
    assert_eq!(found.dropped, 100 - found.links_held as u64);
    assert_eq!(found.alerted, by_label([(1, 1), (0, 0), (0, 0)]), "the newest is left");
}

#[test]
fn a_record_is_what_was_written() {
    let mut full = label("t \"1\"", Suspected, Time(1_767_225_600_000));
    full.former_card = Some("old".into());
    full.kind = Some("counterfeit".into());
    full.source = Some("analyst".into());
    full.time = Some(day(1));
    full.amount = Some(7);
    full.currency = Some("USD".into());
    full.merchant = Some("m".into());
    let (alert, bare) = (alert("t", day(1), 3, &["r", "s"]), label("t", Fraud, day(2)));
    let mut bytes = Vec::new();
    alert.write_json(&mut bytes);
    let text = r#"{"alert_id":"alert of t","transaction_id":"t","card":"c","time":"1970-01-02T00:00:00.000Z","amount":3,"currency":"USD","merchant":"m","action":"review","rules":[{"id":"r","points":100},{"id":"s","points":100}]}"#;
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), text);
    assert_eq!(alert.key(), "alert/alert of t");
    assert_eq!(OutcomeRecord::parse(alert.key().as_bytes(), &bytes), Ok(alert.into()));
    for label in [full, bare] {
        let mut bytes = Vec::new();
        label.write_json(&mut bytes);
        let key = label.key();
        assert_eq!(OutcomeRecord::parse(key.as_bytes(), &bytes), Ok(label.into()));
    }
    let link = link(("b", day(2)), ("a", day(1)));
    let mut bytes = Vec::new();
    link.write_json(&mut bytes);
    let text = r#"{"card":"c","id":"575a0b1c44d8843f","time":"1970-01-03T00:00:00.000Z","charge":"e6c632b61e964e1f","charge_time":"1970-01-02T00:00:00.000Z"}"#;
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), text);
    assert_eq!(link.key(), "link/c/575a0b1c44d8843f");
    assert_eq!(OutcomeRecord::parse(link.key().as_bytes(), &bytes), Ok(link.into()));
    let bare = label("t", Fraud, day(2));
    assert_eq!(bare.key(), "label/c/t/1970-01-03T00:00:00.000Z");
    let mut bytes = Vec::new();
    bare.write_json(&mut bytes);
    let text = r#"{"transaction_id":"t","card":"c","label":"fraud","known_at":"1970-01-03T00:00:00.000Z","kind":null,"source":null}"#;
    assert_eq!(String::from_utf8(bytes).unwrap(), text);
}

#[test]
fn what_is_not_such_a_record_is_an_error_that_quotes_nothing() {
    let value = br#"{"transaction_id":"t","card":"c","label":"nonesuch","known_at":"1970-01-03T00:00:00.000Z"}"#;
    for (key, value) in [
        ("label/c/t/0", &value[..]),
        ("alert/1", b"4111"),
        ("alert/1", b""),
        ("link/c/1", br#"{"card":"c","id":"4111 or so","time":"1970-01-03T00:00:00.000Z","charge":"1","charge_time":"1970-01-03T00:00:00.000Z"}"#),
    ] {
        let error = OutcomeRecord::parse(key.as_bytes(), value).unwrap_err();
        assert!(matches!(error, RecordError::InvalidValue { .. }), "{error}");
        assert!(!error.to_string().contains("nonesuch"), "{error}");
        assert!(!error.to_string().contains("4111"), "{error}");
    }
    assert_eq!(OutcomeRecord::parse(b"other/1", b"{}"), Err(RecordError::UnknownKey));
}
