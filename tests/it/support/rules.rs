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
