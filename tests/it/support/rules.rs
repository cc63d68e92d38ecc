//! Rulesets that several tests run.

/// One rule, which fires on every charge.
pub const ANY_CHARGE: &str = r#"
[ruleset]
name = "any"
version = "1.0.0"
review = 300
decline = 600

[[rule]]
id = "any"
when = 'amount > 0.00'
points = 400
severity = "low"
reason = "ANY"
message = "{amount}"
"#;

/// One rule, `daily`, and the feature `charges_24h` that its condition may use. With
/// `charges_24h >= 2` it fires from the third charge of a day on.
pub fn daily(version: &str, condition: &str) -> String {
    format!(
        r#"
[ruleset]
name = "daily"
version = "{version}"
review = 300
decline = 600

[features]
charges_24h = 'card.last("24h").size()'

[[rule]]
id = "daily"
when = '''{condition}'''
points = 400
severity = "medium"
reason = "DAILY"
message = "{{charges_24h}} charges in a day"
"#
    )
}

/// Rules that always fire, and whose messages and evidence quote as much text as they can.
pub const QUOTING: &str = r#"
[ruleset]
name = "quoting"
version = "1"
review = 1
decline = 1000

[[rule]]
id = "quote-merchant"
when = 'merchant.id != "" && merchant.name != ""'
points = 10
severity = "low"
reason = "QUOTE"
message = "{merchant.id} {merchant.name}"

[[rule]]
id = "quote-city"
when = 'has(merchant.city) && merchant.city != ""'
points = 10
severity = "low"
reason = "QUOTE"
message = "{merchant.city}"

[[rule]]
id = "quote-ids"
when = 'id != "" && merchant.id != ""'
points = 10
severity = "low"
reason = "QUOTE"
message = "{id} of {cardholder.id}, for {original_id}"

[[rule]]
id = "quote-rest"
when = 'amount >= 0.00'
points = 20
severity = "high"
reason = "QUOTE"
message = "{amount} with the card {card.brand} in {merchant.city}, terminal {terminal.id}, device {device.id} at {device.ip}, to {ship_to.key}"
"#;
