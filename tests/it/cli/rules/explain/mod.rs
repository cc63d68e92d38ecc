//! Tests `redcard rules explain`.

mod parts;
mod search;
mod stories;

use crate::cli::{CommandResult, Workspace};
use serde_json::{Value, json};

const RULES: &str = r#"
[ruleset]
name = "story"
version = "1"
review = 300
decline = 600
alert_cooldown = "1h"

[features]
probe_1h   = 'card.last("1h").exists(t, t.amount <= 2.00 && t.merchant.id != merchant.id)'
charges_1h = 'card.last("1h").size()'

[[rule]]
id = "probe-then-spend"
description = "A small charge to see whether the card works, then spending elsewhere."
when = 'probe_1h && amount >= 20.00'
points = 350
severity = "high"
reason = "CARD_TESTING"
message = "{amount} at {merchant.id}, within an hour of a probe"

[[rule]]
id = "burst"
description = "Charges faster than people shop."
when = 'charges_1h >= 5'
points = 'math.least(400, 60 * charges_1h)'
severity = "medium"
reason = "VELOCITY"
message = "{charges_1h} charges within an hour"

[[rule]]
id = "abroad"
description = "In a country other than the card's."
when = 'merchant.country != card.country && (channel == "atm" || channel == "ecommerce")'
points = 100
severity = "low"
reason = "ABROAD"
message = "in {merchant.country}"
mode = "shadow"

[[rule]]
id = "retired"
description = "No longer wanted."
when = 'amount > 1'
points = 1
severity = "low"
reason = "OLD"
message = "m"
mode = "off"
"#;

fn charge(id: &str, time: &str, amount: i64) -> Value {
    json!({
        "id": id, "type": "authorization", "time": format!("2026-01-05T{time}Z"),
        "card": {"token": "c_1"}, "amount": amount, "currency": "USD", "merchant": {"id": "shop"},
    })
}

/// A declined probe, a purchase at another merchant, and a similar purchase with fewer fields.
fn three() -> Vec<Value> {
    let mut probe = charge("probe", "10:00:00", 100);
    probe["merchant"] = json!({"id": "clinic", "mcc": "8099", "country": "US"});
    probe["channel"] = "ecommerce".into();
    probe["response"] = json!({"approved": false, "reason": "cvv_mismatch"});
    let mut spend = charge("spend", "10:05:00", 18_000);
    spend["card"]["country"] = "US".into();
    spend["merchant"]["country"] = "US".into();
    vec![probe, spend, charge("again", "10:06:00", 18_000)]
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn workspace(lines: &[Value]) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("rules.toml", RULES);
    workspace.write("small.toml", "[memory]\nevents_per_card = 1\n");
    workspace.write("in.jsonl", text(lines));
    workspace
}

fn explain(workspace: &Workspace, id: &str, more: &[&str]) -> CommandResult {
    let command = ["rules", "explain", "rules.toml", "--input", "in.jsonl", "--transaction", id];
    workspace.run(&[&command, more].concat())
}
