//! Checks what `/metrics` shows about alerts, scores and ages, for charges with known results.

use crate::support::messages::{Charge, DAY_MS, HOUR_MS, traffic, yesterday_ms};
use crate::support::metrics::Samples;
use crate::support::redcard::{Setup, Topics};
use crate::support::{broker, client, wait_until};
use redcard::metrics::FAMILIES;
use serde_json::Value;

/// `large` gives as many points as `abroad` and comes before it.
const RULES: &str = r#"
[ruleset]
name = "counted"
version = "1"
review = 300
decline = 600

[[rule]]
id = "large"
when = 'amount > 100.00'
points = 400
severity = "medium"
reason = "LARGE"
message = "{amount}"

[[rule]]
id = "abroad"
when = 'merchant.country == "DK"'
points = 400
severity = "high"
reason = "ABROAD"
message = "{amount}"

[[rule]]
id = "any"
mode = "shadow"
when = 'amount > 50.00'
points = 300
severity = "low"
reason = "ANY"
message = "{amount}"

[[rule]]
id = "faint"
mode = "shadow"
when = 'amount > 50.00'
points = 299
severity = "low"
reason = "FAINT"
message = "{amount}"
"#;

fn sum(samples: &Samples, name: &str, labels: &[(&str, &str)]) -> f64 {
    samples.sum(&format!("redcard_{name}"), labels)
}

#[test]
fn alerts_are_counted_by_rule_country_category_and_amount_and_shadow_alerts_by_rule() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "metrics", 1);
    let redcard = Setup::new(brokers, &topics).rules(RULES).start_ready();
    let now = yesterday_ms();
    let charge = |id: &str, amount| Charge::new(id, &format!("c_{id}"), now, amount);
    let charges = [
        charge("quiet", 4_000),
        // 300 more points would make it a review, 299 would not.
        charge("shadowed", 6_050),
        // Both shadow rules fire, but there is an alert without them.
        charge("large", 12_550),
        // Two rules fire with equal points: the alert counts for the first rule, with the severity
        // of the second.
        charge("both", 20_000).set("merchant.country", "DK").set("merchant.mcc", "7995"),
        charge("yen", 3_000_000)
            .set("currency", "JPY")
            .set("merchant.country", Value::Null)
            .set("merchant.mcc", Value::Null),
    ];
    let records: Vec<_> = charges.iter().map(Charge::record).collect();
    client::produce(brokers, &topics.transactions, &records);
    let metrics = redcard.wait_metric("redcard_records_read_total", &[], 5.0);
    let check = |name: &str, labels: &[(&str, &str)], expected: f64| {
        assert_eq!(sum(&metrics, name, labels), expected, "{name}{labels:?}\n{}", metrics.text);
    };
    check("alerts_total", &[], 3.0);
    check("rule_alerts_total", &[("rule", "large"), ("severity", "medium")], 2.0);
    check("rule_alerts_total", &[("rule", "large"), ("severity", "high")], 1.0);
    check("rule_alerts_total", &[("rule", "abroad")], 0.0);
    check("rule_alerts_total", &[], 3.0);
    check("alerts_by_country_total", &[("country", "US")], 1.0);
    check("alerts_by_country_total", &[("country", "DK")], 1.0);
    check("alerts_by_country_total", &[("country", "unknown")], 1.0);
    check("alerts_by_category_total", &[("category", "grocery")], 1.0);
    check("alerts_by_category_total", &[("category", "gambling")], 1.0);
    check("alerts_by_category_total", &[("category", "unknown")], 1.0);
    check("amount_at_risk_total", &[("currency", "USD")], 325.5);
    check("amount_at_risk_total", &[("currency", "JPY")], 3_000_000.0);
    check("shadow_alerts_total", &[("rule", "any")], 1.0);
    check("shadow_alerts_total", &[("rule", "faint")], 0.0);
    assert!(!metrics.has("redcard_shadow_alerts_total", &[("rule", "large")]));
    for name in ["redcard_alerts_by_country_total", "redcard_amount_at_risk_total"] {
        let family = FAMILIES.iter().find(|family| family.name == name).unwrap();
        let head = format!("# HELP {name} {}\n# TYPE {name} counter\n", family.help);
        assert!(metrics.text.contains(&head), "{}", metrics.text);
    }
    check("decision_score_count", &[], 5.0);
    check("decision_score_sum", &[], 400.0 + 800.0 + 400.0);
    check("decision_score_bucket", &[("le", "0")], 2.0);
    check("decision_score_bucket", &[("le", "400")], 4.0);
    check("event_age_seconds_count", &[], 5.0);
    let age_s = sum(&metrics, "event_age_seconds_sum", &[]) / 5.0;
    let day_s = DAY_MS as f64 / 1_000.0;
    assert!(age_s >= day_s && age_s < day_s + HOUR_MS as f64 / 1_000.0, "{age_s} s");
    redcard.stop();
}

#[test]
fn a_running_service_reports_its_readiness_limits_and_usage() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "service-metrics", 3);
    let redcard = Setup::new(brokers, &topics)
        .set("memory", "cards_per_partition", 77)
        .set("memory", "bytes_per_partition", 1_000_000)
        .start_ready();
    let charge = Charge::new("one", "c_one", yesterday_ms(), 1_250);
    client::produce(brokers, &topics.transactions, &[charge.record()]);
    let metrics = redcard.wait_metric("redcard_batch_duration_seconds_count", &[], 1.0);
    for (name, expected) in [
        ("redcard_ready", 1.0),
        ("redcard_memory_limit_cards", 77.0),
        ("redcard_memory_limit_bytes", 1_000_000.0),
        ("redcard_assigned_partitions", 3.0),
    ] {
        assert_eq!(metrics.sum(name, &[]), expected, "{name}\n{}", metrics.text);
    }
    for (state, expected) in [("preparing", 0.0), ("restoring", 0.0), ("ready", 3.0)] {
        assert_eq!(metrics.sum("redcard_partitions", &[("state", state)]), expected, "{state}");
    }
    let usage = redcard.usage();
    let resident = metrics.sum("process_resident_memory_bytes", &[]);
    let shown = usage.resident_bytes as f64;
    assert!(resident > shown / 2.0 && resident < shown * 2.0, "{resident} is not about {shown}");
    let cpu = metrics.sum("process_cpu_seconds_total", &[]);
    // The metric may be ahead by one tick (10 ms), the unit in which the system counts CPU time.
    assert!(cpu > 0.0 && cpu < usage.cpu.as_secs_f64() + 0.01, "{cpu} s of {usage:?}");
    assert!(metrics.sum("process_open_fds", &[]) >= 3.0);
    redcard.stop();
}

#[test]
fn the_lag_falls_to_zero_with_either_guarantee() {
    let brokers = broker::shared();
    for guarantee in ["exactly_once", "at_least_once"] {
        let topics = Topics::created(brokers, "lag", 2);
        let redcard = Setup::new(brokers, &topics)
            .set("delivery", "guarantee", guarantee)
            .property("statistics.interval.ms", 200)
            .start_ready();
        // Two rounds, because lag counts from the first commit.
        for (round, total) in [("a", 50.0), ("b", 100.0)] {
            let records: Vec<_> = traffic(round, 10, 50).iter().map(Charge::record).collect();
            client::produce(brokers, &topics.transactions, &records);
            redcard.wait_metric("redcard_decisions_total", &[], total);
            let lag = "redcard_consumer_lag_records";
            wait_until("no lag", || {
                let metrics = redcard.metrics();
                let known = ["0", "1"].iter().all(|p| metrics.has(lag, &[("partition", p)]));
                (known && metrics.sum(lag, &[]) == 0.0).then_some(())
            });
        }
        redcard.stop();
    }
}
