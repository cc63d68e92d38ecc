//! Public reports of what rules got wrong, by the inputs that came with them (`tests/cases/`).

use super::Place;
use serde_json::Value;
use std::path::PathBuf;

fn case(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")).join(name)
}

#[test]
fn three_dollars_at_three_new_websites_within_two_minutes_are_at_least_a_review() {
    let file = case("three-probes.jsonl");
    let ended = Place::new().run(&["score", file.to_str().unwrap()]).expect(0);
    let decisions: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, before) = decisions.split_last().unwrap();
    assert!(last["score"].as_i64().unwrap() >= 300, "{last}");
    assert_ne!(last["action"], "approve", "{last}");
    assert_eq!(last["rules"][0]["reason"], "CARD_TESTING", "{last}");
    assert_eq!(last["rules"][0]["charges"].as_array().unwrap().len(), 2, "{last}");
    for decision in before {
        assert_eq!(decision["action"], "approve", "{decision}");
    }
}

#[test]
fn amounts_beyond_what_a_double_holds_are_compared_exactly() {
    let file = case("L-big-numbers.jsonl");
    for (expression, expected) in [
        ("amount == 90071992547409.93", ["true", "true", "false"]),
        ("amount == 90071992547409.92", ["false", "false", "false"]),
        ("amount != 90071992547409.94", ["true", "true", "true"]),
        ("amount > 90071992547409.925", ["true", "true", "false"]),
        ("amount in [90071992547409.92, 0.01]", ["false", "false", "true"]),
        ("card.last(\"1h\").count(t, t.amount == 90071992547409.93)", ["0", "1", "2"]),
        ("card.last(\"1h\").count(t, t.amount <= 90071992547409.92)", ["0", "0", "0"]),
        ("card.last(\"1h\").sum(t, t.amount) == 180143985094819.86", ["false", "false", "true"]),
        ("string(amount)", ["\"90071992547409.93\"", "\"90071992547409.93\"", "\"0.01\""]),
        ("9007199254740993 == 9007199254740992.0", ["false", "false", "false"]),
    ] {
        let arguments = ["rules", "eval", expression, "--input", file.to_str().unwrap()];
        let ended = Place::new().run(&arguments).expect(0);
        assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), expected, "{expression}");
    }
}
