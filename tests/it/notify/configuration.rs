//! Tests what a notifier needs to start, and the shipped configuration of Alertmanager.

use super::{NotifyFixture, WithTargets};
use crate::support::redcard::{Setup, Topics};
use crate::support::{broker, tools};
use std::path::Path;

fn shipped() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/alertmanager/alertmanager.yml");
    path.to_str().unwrap().to_owned()
}

#[test]
fn amtool_finds_nothing_wrong_with_the_shipped_configuration() {
    let output = tools::amtool().args(["check-config", &shipped()]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("3 inhibit rules") && printed.contains("4 receivers"), "{printed}");
}

/// Checks which receiver a set of labels is routed to.
#[test]
fn the_shipped_routes_page_for_severe_alerts_and_not_for_old_ones() {
    for (labels, expected) in [
        (&["alertname=RedcardRule", "rule=a", "severity=critical", "issuer=x"][..], "on-call"),
        (&["alertname=RedcardRule", "rule=a", "severity=high", "issuer=x"], "on-call"),
        (&["alertname=RedcardRule", "rule=a", "severity=medium", "issuer=x"], "fraud-desk"),
        (&["alertname=RedcardAlertStorm", "severity=high", "issuer=x"], "on-call"),
        (&["alertname=RedcardOldAlerts", "severity=info", "issuer=x"], "none"),
        (&["alertname=RedcardDown", "severity=critical"], "on-call"),
        (&["alertname=RedcardLag", "severity=warning"], "operations"),
    ] {
        let mut amtool = tools::amtool();
        amtool.args(["config", "routes", "test", "--config.file", &shipped()]).args(labels);
        let output = amtool.output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed.trim(), expected, "{labels:?}");
    }
}

#[test]
fn a_notifier_without_a_target_or_without_a_topic_does_not_start() {
    let brokers = broker::shared();
    let fixture = NotifyFixture::new(brokers, "without-target", 1);
    let mut without_target = fixture.setup().start();
    assert_eq!(without_target.wait_end().code(), Some(2));
    assert!(
        without_target.output().contains("there is no target to notify"),
        "{}",
        without_target.output()
    );

    let mut reserved = fixture
        .setup()
        .with_alertmanager("http://127.0.0.1:1")
        .property("enable.auto.commit", "true")
        .start();
    assert_eq!(reserved.wait_end().code(), Some(2), "{}", reserved.output());

    let topics = Topics::named("missing");
    let mut missing = Setup::new(brokers, &topics)
        .service("notify")
        .with_alertmanager("http://127.0.0.1:1")
        .start();
    assert_eq!(missing.wait_end().code(), Some(3));
    let printed = missing.output();
    assert!(printed.contains(&format!("there is no topic {}", topics.alerts)), "{printed}");
}
