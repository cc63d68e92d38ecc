//! The rules of the simulator, and random entries of their lists.

use super::traffic;
use crate::decode::{ListChange, ListDecoder};
use crate::fixtures::ruleset_of;
use crate::kafka::active_lists::ListsVersion;
use crate::kafka::tests::support::VELOCITY_RULES;
use crate::rules::{Ruleset, TopicLists};
use rand::{Rng, RngExt};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

const MORE_RULES: &str = r#"
[[rule]]
id = "labelled"
description = "A charge after fraud."
when = 'card.last("30m").exists(t, t.fraud)'
points = 150
severity = "high"
reason = "LABELLED"
message = "{amount}"

[[rule]]
id = "watched"
description = "A watched merchant."
when = 'merchant.id in list("watched")'
points = 120
severity = "low"
reason = "WATCHED"
message = "{amount}"
"#;

/// Rules over charges, labels and lists.
pub fn ruleset() -> Arc<Ruleset> {
    static RULESET: OnceLock<Arc<Ruleset>> = OnceLock::new();
    let rules = || Arc::new(ruleset_of(&[VELOCITY_RULES, MORE_RULES].concat()));
    Arc::clone(RULESET.get_or_init(rules))
}

/// Watched merchants, and cards for which a rule is snoozed.
pub fn random_lists(rng: &mut impl Rng, version: i64) -> ListsVersion {
    let decoder = traffic::decoder();
    let decoder = ListDecoder::new(decoder.settings());
    let mut lists = TopicLists::default();
    let mut add = |list: &str, entry: String| {
        let json = json!({"list": list, "entry": entry}).to_string();
        lists.apply(&ListChange::Set(decoder.entry(json.as_bytes()).unwrap())).unwrap();
    };
    for merchant in 0..5 {
        if rng.random_range(0..4) == 0 {
            add("watched", format!("m{merchant}"));
        }
    }
    for (partition, card) in (0..4).flat_map(|partition| [(partition, 1), (partition, 2)]) {
        if rng.random_range(0..3) == 0 {
            let rule = ["many", "countries", "labelled"][rng.random_range(0..3)];
            add("snoozes", format!("c_{partition}_{card}/{rule}"));
        }
    }
    ListsVersion::new(lists, &BTreeMap::from([(0, version)]))
}
