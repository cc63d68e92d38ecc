//! Decodes labels with [`Decoder::decode_label`].

use super::*;
use crate::transaction::{Label, LabelField, LabelKind, LabelSource, LabelValue, Money, WireName};

const CARD_NUMBER: &str = "4242424242424242";

/// The example of docs/reference/label.md, with one field replaced or added; `""` removes it.
fn written(field: &str, value: &str) -> String {
    let fields = [
        ("transaction_id", "\"01JH8Z5Q7T\""),
        ("card", "{\"token\":\"c_9f21\"}"),
        ("label", "\"fraud\""),
        ("kind", "\"card_not_present\""),
        ("known_at", "\"2026-01-09T08:00:00Z\""),
        ("source", "\"chargeback\""),
    ];
    let is_new = !field.is_empty() && fields.iter().all(|(name, _)| *name != field);
    let replaced = fields.map(|(name, old)| (name, if name == field { value } else { old }));
    let all = replaced.into_iter().chain(is_new.then_some((field, value)));
    let members: Vec<String> = all
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn decoded(
    message: &str,
    settings: DecodeSettings,
) -> Result<(Label<'static>, Notes<LabelField>), Rejection> {
    let decoder = Decoder::new(settings);
    let message: &'static str = Box::leak(message.to_owned().into_boxed_str());
    decoder.decode_label(message.as_bytes())
}

#[track_caller]
fn accepted(field: &str, value: &str) -> (Label<'static>, Notes<LabelField>) {
    decoded(&written(field, value), settings()).unwrap()
}

#[track_caller]
fn rejected(field: &str, value: &str, reason: Reason, message: &str) {
    let text = written(field, value);
    let rejection = decoded(&text, settings()).unwrap_err();
    assert_eq!(rejection.reason, reason, "{text}: {rejection}");
    assert!(rejection.message.contains(message), "{text}: {rejection}");
}

#[test]
fn every_field_of_a_label_is_read() {
    let (label, notes) = accepted("", "");
    assert_eq!(label.transaction_id, "01JH8Z5Q7T");
    assert_eq!(label.card.token, "c_9f21");
    assert_eq!((label.label, label.kind), (LabelValue::Fraud, Some(LabelKind::CardNotPresent)));
    assert_eq!(label.known_at, Time::parse_rfc3339("2026-01-09T08:00:00Z").unwrap());
    assert_eq!(label.source, Some(LabelSource::Chargeback));
    assert_eq!((label.time, label.amount, label.merchant_id), (None, None, None));
    assert_eq!(notes, Notes::default());
    let more = written("time", "\"2026-01-05T10:15:30Z\"");
    let more = format!(
        "{},\"amount\":2500,\"currency\":\"EUR\",\"merchant\":{{\"id\":\" m1 \"}}}}",
        more.strip_suffix('}').unwrap()
    );
    let (label, _) = decoded(&more, settings()).unwrap();
    assert_eq!(label.time, Time::parse_rfc3339("2026-01-05T10:15:30Z"));
    let currency = Currency::parse("EUR").unwrap();
    assert_eq!(label.amount, Some(Money { minor: 2_500, currency }));
    assert_eq!(label.base_amount, Some(3_125));
    assert_eq!(label.merchant_id.as_deref(), Some("m1"));
}

#[test]
fn every_name_of_a_label_is_known() {
    for (value, name) in LabelValue::NAMES {
        assert_eq!(accepted("label", &format!("\"{name}\"")).0.label, *value);
    }
    for (value, name) in LabelKind::NAMES {
        assert_eq!(accepted("kind", &format!("\"{name}\"")).0.kind, Some(*value));
    }
    for (value, name) in LabelSource::NAMES {
        assert_eq!(accepted("source", &format!("\"{name}\"")).0.source, Some(*value));
    }
}

#[test]
fn a_missing_or_invalid_required_field_rejects_a_label() {
    for field in ["transaction_id", "label", "known_at"] {
        rejected(field, "", Reason::MissingField, &format!("`{field}` is missing"));
        rejected(field, "null", Reason::MissingField, "docs/reference/label.md lists");
        rejected(field, "\" \"", Reason::EmptyText, &format!("`{field}` is blank"));
        rejected(field, "[]", Reason::WrongType, &format!("`{field}` has the wrong JSON type"));
    }
    rejected("card", "", Reason::MissingField, "`card.token` is missing");
    rejected("card", "\"c\"", Reason::WrongType, "`card`");
    rejected(
        "label",
        "\"Fraud\"",
        Reason::UnknownLabel,
        "`fraud`, `genuine`, `suspected` or `unknown`",
    );
    rejected("known_at", "\"yesterday\"", Reason::BadTime, "`known_at`");
    rejected("known_at", "\"2026-02-30T00:00:00Z\"", Reason::NoSuchTime, "`known_at`");
}

#[test]
fn what_is_not_a_label_is_rejected_for_the_reasons_of_transactions() {
    for (text, reason, message) in [
        ("", Reason::Empty, "send a label"),
        ("[1]", Reason::NotAnObject, "docs/reference/label.md shows"),
        ("{", Reason::NotJson, "at line 1"),
        ("{} {}", Reason::TrailingBytes, "send one object a record"),
        ("\u{feff}{}", Reason::ByteOrderMark, "byte order mark"),
        (r#"{"label":"fraud","label":"fraud"}"#, Reason::DuplicateKey, "column 18"),
    ] {
        let rejection = decoded(text, settings()).unwrap_err();
        assert_eq!(rejection.reason, reason, "{text}");
        assert!(rejection.message.contains(message), "{text}: {rejection}");
    }
}

#[test]
fn an_unknown_kind_or_source_is_treated_as_missing_and_counted() {
    let (label, notes) = accepted("kind", "\"stolen\"");
    assert_eq!(label.kind, None);
    assert_eq!(notes.changes().collect::<Vec<_>>(), [(LabelField::Kind, Change::Unknown, 1)]);
    let (label, notes) = accepted("source", "7");
    assert_eq!(label.source, None);
    assert_eq!(notes.changes().collect::<Vec<_>>(), [(LabelField::Source, Change::Dropped, 1)]);
}

#[test]
fn an_invalid_value_of_an_optional_field_is_treated_as_missing_and_counted() {
    for (field, value, noted) in [
        ("time", "\"soon\"", LabelField::Time),
        ("time", "[]", LabelField::Time),
        // Without a currency, the amount means nothing.
        ("amount", "2500", LabelField::Amount),
        ("amount", "\"x\"", LabelField::Amount),
        ("currency", "\"XXQ\"", LabelField::Currency),
        ("merchant", "{\"id\":7}", LabelField::MerchantId),
        ("merchant", "7", LabelField::Merchant),
    ] {
        let (label, notes) = accepted(field, value);
        assert_eq!((label.time, label.amount, label.merchant_id), (None, None, None), "{field}");
        assert_eq!(notes.changes().collect::<Vec<_>>(), [(noted, Change::Dropped, 1)], "{field}");
    }
    for (field, value) in [("time", "null"), ("time", "\" \""), ("merchant", "null")] {
        assert_eq!(accepted(field, value).1, Notes::default(), "{field} {value}");
    }
}

#[test]
fn unlisted_fields_are_counted_and_sensitive_ones_are_named_as_such() {
    let (_, notes) = accepted("case", "{\"cvv\":1}");
    assert_eq!((notes.unlisted_fields, notes.sensitive_fields_dropped), (1, 1));
    let (_, notes) = accepted("card", "{\"token\":\"c\",\"brand\":\"visa\"}");
    assert_eq!(notes.unlisted_fields, 1);
}

#[test]
fn a_card_number_becomes_a_token_or_rejects_the_label() {
    let quoted = format!("\"{CARD_NUMBER}\"");
    let id = format!("\"order {CARD_NUMBER}\"");
    for (field, value, reason) in [
        ("transaction_id", id.clone(), Reason::CardNumberWithoutKey),
        ("merchant", format!("{{\"id\":{quoted}}}"), Reason::CardNumberWithoutKey),
        ("card", format!("{{\"number\":{quoted}}}"), Reason::NoKey),
        ("card", format!("{{\"token\":{quoted}}}"), Reason::CardNumberInToken),
    ] {
        let text = written(field, &value);
        let rejection = decoded(&text, settings()).unwrap_err();
        assert_eq!(rejection.reason, reason, "{text}");
        assert!(!rejection.message.contains(CARD_NUMBER), "{rejection}");
        let (label, _) = decoded(&text, with_key()).unwrap();
        assert!(!format!("{label:?}").contains(CARD_NUMBER), "{label:?}");
    }
    // The same id in a transaction and in its label stays the same.
    let (label, _) = decoded(&written("transaction_id", &id), with_key()).unwrap();
    let message = minimal("id", &id);
    let decoder = Decoder::new(with_key());
    let (tx, _) = decoder.decode(message.as_bytes(), None).unwrap();
    assert_eq!(label.transaction_id, tx.id);
    let number = format!("{{\"number\":{quoted}}}");
    let (label, _) = decoded(&written("card", &number), with_key()).unwrap();
    let message = minimal("card", &number);
    let (tx, _) = decoder.decode(message.as_bytes(), None).unwrap();
    assert_eq!(label.card.token, tx.card.token);
}

#[test]
fn a_trusted_id_is_kept_in_labels_as_in_transactions() {
    let id = format!("\"{CARD_NUMBER}\"");
    let mut settings = settings();
    settings.card_numbers.trusted_fields = vec![Field::Id];
    let (label, _) = decoded(&written("transaction_id", &id), settings).unwrap();
    assert_eq!(label.transaction_id, CARD_NUMBER);
}
