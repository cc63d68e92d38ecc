//! The two messages that the benchmark decodes.

/// A copy of the example in docs/reference/transaction.md.
pub const FULL: &str = r#"{
  "id": "01JH8Z5Q7T",
  "type": "authorization",
  "time": "2026-01-05T10:15:30.123Z",
  "card": {"token": "c_9f21", "last4": "4242", "brand": "visa", "funding": "debit", "country": "US", "status": "active"},
  "cardholder": {"id": "u_17", "account_id": "a_88", "country": "US", "latitude": 40.71, "longitude": -74.01},
  "amount": 260000,
  "currency": "USD",
  "merchant": {"id": "m_5531", "name": "Strøget Mode", "mcc": "5651", "country": "DK", "city": "København", "latitude": 55.68, "longitude": 12.57},
  "terminal": {"id": "t_1"},
  "channel": "ecommerce",
  "card_present": false,
  "card_on_file": true,
  "recurring": false,
  "checks": {"cvv": "match", "address": "mismatch", "pin": "absent", "three_d_secure": "none"},
  "response": {"approved": true, "reason": null},
  "device": {"id": "d_4", "ip": "203.0.113.9"},
  "ship_to": {"country": "US", "key": "s_77"},
  "original_id": null
}"#;

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
