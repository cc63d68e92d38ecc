//! The two messages that the benchmark decodes.

/// The example of docs/reference/transaction.md.
pub const FULL: &str = include_str!("../../tests/fixtures/transaction.json");

/// 370 bytes, like a producer's compact message: the required fields and eleven common optional
/// ones.
pub const SHORT: &str = concat!(
    r#"{"id":"01JH8Z5Q7T4K","type":"authorization","time":"2026-01-05T10:15:30.123Z","#,
    r#""card":{"token":"c_9f21","last4":"4242","funding":"debit","country":"US"},"#,
    r#""amount":2599,"currency":"USD","#,
    r#""merchant":{"id":"m_5531","name":"Books","mcc":"5942","country":"US"},"#,
    r#""terminal":{"id":"t_104"},"channel":"contactless","card_present":true,"#,
    r#""recurring":false,"response":{"approved":true}}"#,
);
