//! Tests complete reports.

use super::{explain, three, workspace};
use crate::cli::CommandResult;
use serde_json::{Value, json};

/// The report, with the ruleset's hash replaced.
fn story(result: CommandResult) -> String {
    let result = result.expect(0);
    assert_eq!(result.stderr, "");
    let hash = regex::Regex::new("\\([0-9a-f]{16}\\)").unwrap();
    hash.replace(&result.stdout, "(HASH)").into_owned()
}

#[test]
fn a_probe_is_explained_part_by_part() {
    assert_eq!(
        story(explain(&workspace(&three()), "spend", &[])),
        r#"transaction spend (in.jsonl:2)
  id is "spend"
  type is "authorization"
  time is 2026-01-05T10:05:00.000Z
  card.token is "c_1"
  card.country is "US"
  amount is 180.00
  amount_original is 180.0
  currency is "USD"
  merchant.id is "shop"
  merchant.country is "US"
memory has 1 charge of this card, since 2026-01-05T10:00:00.000Z, and 0 refunds
ruleset story 1 (HASH)
decision: review, score 350, severity high
alert: published

rule probe-then-spend: fired, 350 points
  A small charge to see whether the card works, then spending elsewhere.
  severity high, reason CARD_TESTING
  says "USD 180.00 at shop, within an hour of a probe"
  when probe_1h && amount >= 20.00 is true
    probe_1h is true
      = card.last("1h").exists(t, t.amount <= 2.00 && t.merchant.id != merchant.id) is true
        merchant.id is "shop"
        - 2026-01-05T10:00:00.000Z: USD 1.00 in US, category 8099, ecommerce, declined (cvv_mismatch), id probe
    amount >= 20.00 is true
      amount is 180.00

rule burst: did not fire
  Charges faster than people shop.
  when charges_1h >= 5 is false
    charges_1h is 1
      = card.last("1h").size() is 1
        - 2026-01-05T10:00:00.000Z: USD 1.00 in US, category 8099, ecommerce, declined (cvv_mismatch), id probe

rule abroad: did not fire in shadow
  In a country other than the card's.
  when merchant.country != card.country && (channel == "atm" || channel == "ecommerce") is false
    merchant.country != card.country is false
      merchant.country is "US"
      card.country is "US"
    channel == "atm" || channel == "ecommerce" is absent
      channel == "atm" is absent
        channel is absent (the message has no `channel`)
      channel == "ecommerce" is absent
        channel is absent (the message has no `channel`)

rule retired: off
  No longer wanted.
  when amount > 1 is true
    amount is 180.00
"#
    );
}

#[test]
fn a_cut_window_is_explained_with_its_known_bounds() {
    let more = ["--config", "small.toml", "--rule", "burst"];
    assert_eq!(
        story(explain(&workspace(&three()), "again", &more)),
        r#"transaction again (in.jsonl:3)
  id is "again"
  type is "authorization"
  time is 2026-01-05T10:06:00.000Z
  card.token is "c_1"
  amount is 180.00
  amount_original is 180.0
  currency is "USD"
  merchant.id is "shop"
memory has 1 charge of this card, since 2026-01-05T10:05:00.000Z, and 0 refunds; those up to 2026-01-05T10:00:00.000Z are no longer known
ruleset story 1 (HASH)
decision: approve, score 0
alert: none, the action is approve

rule burst: undecided
  Charges faster than people shop.
  when charges_1h >= 5 is saturated
    charges_1h is at least 1
      = card.last("1h").size() is at least 1 (charges up to 2026-01-05T10:00:00.000Z are no longer remembered)
        - 2026-01-05T10:05:00.000Z: USD 180.00 in US, id spend
  points math.least(400, 60 * charges_1h) is at least 60
    60 * charges_1h is at least 60
      charges_1h is at least 1
        = card.last("1h").size() is at least 1 (charges up to 2026-01-05T10:00:00.000Z are no longer remembered)
          - 2026-01-05T10:05:00.000Z: USD 180.00 in US, id spend
"#
    );
}

#[test]
fn an_alert_suppressed_by_a_cooldown_names_the_earlier_alert() {
    let explanation = story(explain(&workspace(&three()), "again", &["--rule", "abroad"]));
    let (_, explanation) = explanation.split_once("(HASH)\n").unwrap();
    assert_eq!(
        explanation,
        r#"decision: review, score 350, severity high
alert: suppressed: one of severity high was published for 2026-01-05T10:05:00.000Z, 1m apart; within 1h only a more severe one follows

rule abroad: undecided in shadow
  In a country other than the card's.
  when merchant.country != card.country && (channel == "atm" || channel == "ecommerce") is absent
    merchant.country != card.country is absent
      merchant.country is absent (the message has no `merchant.country`)
      card.country is absent (the message has no `card.country`)
    channel == "atm" || channel == "ecommerce" is absent
      channel == "atm" is absent
        channel is absent (the message has no `channel`)
      channel == "ecommerce" is absent
        channel is absent (the message has no `channel`)
"#
    );
}

#[test]
fn the_json_says_the_same() {
    let more = ["--config", "small.toml", "--rule", "burst", "--format", "json"];
    let result = explain(&workspace(&three()), "again", &more).expect(0);
    assert!(result.stdout.contains("\"amount\":180.00,"), "{}", result.stdout);
    let mut explanation: Value = serde_json::from_str(&result.stdout).unwrap();
    assert!(explanation["ruleset"]["hash"].take().is_string());
    let until = "2026-01-05T10:00:00.000Z";
    let reason = format!("charges up to {until} are no longer remembered");
    let why = json!([{"code": "cut", "field": null, "until": until, "text": reason}]);
    let part = |expression: &str, value: Value, charges: Value, parts: Value| {
        json!({
            "expression": expression, "value": value, "why": why, "charges": charges,
            "more_charges": 0, "parts": parts,
        })
    };
    let at_least = |least: u32| json!({"error": "saturated", "at_least": least});
    let remembered = json!([{
        "time": "2026-01-05T10:05:00.000Z", "id": "spend", "amount": 180.0,
        "attempted": 180.0, "country": "US", "mcc": null, "channel": null, "reversed": false,
        "alerted": true, "declined": false,
    }]);
    let size = part("card.last(\"1h\").size()", at_least(1), remembered, json!([]));
    let charges = part("charges_1h", at_least(1), json!([]), json!([size]));
    let when = part("charges_1h >= 5", json!({"error": "saturated"}), json!([]), json!([charges]));
    let product = part("60 * charges_1h", at_least(60), json!([]), json!([charges]));
    let points =
        part("math.least(400, 60 * charges_1h)", at_least(60), json!([]), json!([product]));
    assert_eq!(
        explanation,
        json!({
            "transaction_id": "again", "type": "authorization", "card": "c_1",
            "time": "2026-01-05T10:06:00.000Z", "place": "in.jsonl:3",
            "fields": {
                "id": "again", "type": "authorization", "time": "2026-01-05T10:06:00.000Z",
                "card.token": "c_1", "amount": 180.0, "amount_original": 180.0, "currency": "USD",
                "merchant.id": "shop",
            },
            "lists": null,
            "remembered": {
                "charges": 1, "refunds": 0, "since": "2026-01-05T10:05:00.000Z", "cut": until,
            },
            "ruleset": {"name": "story", "version": "1", "hash": null},
            "role": "charge",
            "decision": {
                "score": 0, "action": "approve", "severity": null, "alert": "none",
                "held_back_by": null,
            },
            "rules": [{
                "id": "burst", "description": "Charges faster than people shop.", "mode": "live",
                "outcome": "undecided", "points": null, "severity": "medium",
                "reason": "VELOCITY", "action": null, "message": null,
                "when": when, "points_from": points, "message_from": [],
            }],
        })
    );
}
