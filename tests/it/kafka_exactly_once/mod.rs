//! Tests exactly once on a real Kafka cluster: whatever happens to instances and brokers, a reader
//! of committed records sees what an undisturbed reader of the input would have published.

mod expected;
mod fencing;
mod fixture;
mod fleet;
mod kills;
mod labelled_cards;
mod load;
mod membership;
mod outage;
mod restore;
mod upgrade;

use crate::support::redcard::{Setup, Topics};

/// Rules that depend on remembered charges, so that a charge that is lost or counted twice changes
/// each later decision on its card.
const RULES: &str = r#"
[ruleset]
name = "velocity"
version = "1"
review = 100
decline = 600
alert_cooldown = "3m"

[features]
charges_10m = 'card.last("10m").size()'
spent_10m = 'card.last("10m").sum(t, t.amount)'

[[rule]]
id = "many"
when = 'charges_10m >= 3'
points = '40 * charges_10m'
severity = "medium"
reason = "MANY"
message = "{amount} after {spent_10m}"

[[rule]]
id = "countries"
when = 'card.last("30m").exists(t, t.merchant.country != merchant.country)'
points = 110
severity = "high"
reason = "COUNTRIES"
message = "{merchant.country}"

[[rule]]
id = "labelled"
when = 'card.last("1h").exists(t, t.fraud)'
points = 150
severity = "high"
reason = "LABELLED"
message = "{amount} after fraud"

[[rule]]
id = "watched"
when = 'merchant.id in list("watched") && charges_10m >= 2'
points = 120
severity = "low"
reason = "WATCHED"
message = "{amount} at a watched merchant"
"#;

const SESSION_TIMEOUT_MS: i64 = 3_000;
const TRANSACTION_TIMEOUT_MS: i64 = 4_000;

/// A setup with timeouts short enough to expire within a test.
fn setup(brokers: &str, topics: &Topics, group: &str) -> Setup {
    base_setup(brokers, topics, group)
        .property("session.timeout.ms", SESSION_TIMEOUT_MS)
        .property("heartbeat.interval.ms", 500)
}

/// The same without the timeouts that the newer group protocol leaves to the broker (tests/kafka).
fn base_setup(brokers: &str, topics: &Topics, group: &str) -> Setup {
    Setup::new(brokers, topics)
        .rules(RULES)
        .set("kafka", "group_id", group)
        .property("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
}
