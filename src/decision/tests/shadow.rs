//! A shadow rule under random rulesets and charges, compared with the same ruleset in which that
//! rule is off, and in which it is live.

use super::{TestPipeline, message};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::ops::Range;

/// Seeds of the rulesets. To run one alone, narrow the range to its seed.
const SEEDS: Range<u64> = 0..60;
const CHARGES: usize = 40;
const RULES_MAX: usize = 8;

const CONDITIONS: [&str; 7] = [
    "amount >= 50.00",
    "card.last(\"1h\").size() >= 2",
    "card.last(\"24h\").sum(t, t.amount) > 200.00",
    "card.last(\"10m\").distinct(t, t.merchant.id).size() >= 2",
    "channel == \"atm\"",
    "habit.amount.z > 1.0",
    "merchant.id == \"m_1\"",
];
const POINTS: [&str; 5] =
    ["350", "-120", "'20 * card.last(\"1h\").size()'", "'int(10.0 * habit.amount.z)'", "700"];
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];
const DEMANDS: [&str; 4] = ["", "", "action = 'review'", "action = 'decline'"];
const COOLDOWNS: [&str; 2] = ["0s", "10m"];

/// A rule without its mode.
struct Rule {
    text: String,
    is_shadow: bool,
}

struct RandomRuleset {
    random: ChaCha8Rng,
    cooldown: &'static str,
    rules: Vec<Rule>,
}

/// One ruleset's decision on one charge.
struct Decided {
    decision: Value,
    alert: bool,
}

impl RandomRuleset {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let cooldown = COOLDOWNS.choose(&mut random).unwrap();
        let count = random.random_range(1..=RULES_MAX);
        let rules = (0..count).map(|number| Rule::random(number, &mut random)).collect();
        Self { random, cooldown, rules }
    }

    /// The ruleset with its shadow rules in that mode.
    fn pipeline(&self, mode_of_shadows: &str) -> TestPipeline {
        let rules = self.rules.iter().map(|rule| {
            let mode = if rule.is_shadow { mode_of_shadows } else { "live" };
            format!("{}mode = '{mode}'\n", rule.text)
        });
        TestPipeline::new(&format!(
            "alert_cooldown = '{}'\n{}",
            self.cooldown,
            rules.collect::<String>()
        ))
    }

    fn charge(&mut self, number: usize) -> String {
        let time = format!("10:{:02}:{:02}", number, self.random.random_range(0..60));
        let amount = self.random.random_range(100..20_000);
        let merchant = format!(
            r#","terminal":{{"id":"t_{}"}}{}"#,
            self.random.random_range(0..3),
            if self.random.random_bool(0.5) { r#","channel":"atm""# } else { "" }
        );
        message(&format!("id-{number}"), &time, amount, &merchant)
    }
}

impl Rule {
    fn random(number: usize, random: &mut ChaCha8Rng) -> Self {
        let mut pick = |from: &[&'static str]| *from.choose(random).unwrap();
        let text = format!(
            "\n[[rule]]\nid = 'rule-{number}'\nwhen = '{}'\npoints = {}\nseverity = '{}'\n\
             reason = 'R'\nmessage = '{{amount}}'\n{}\n",
            pick(&CONDITIONS),
            pick(&POINTS),
            pick(&SEVERITIES),
            pick(&DEMANDS)
        );
        Self { text, is_shadow: random.random_bool(0.5) }
    }
}

fn decide(pipeline: &mut TestPipeline, message: &str) -> Decided {
    pipeline.decide(message, |decision| {
        let mut out = Vec::new();
        decision.write_json(&mut out);
        let mut value: Value = serde_json::from_slice(&out).unwrap();
        // It depends on the text of the rules.
        value.as_object_mut().unwrap().remove("ruleset").unwrap();
        Decided { decision: value, alert: decision.alert }
    })
}

/// The rules that a live ruleset fired, restricted to the shadow rules or to the others.
fn fired(live: &Decided, ruleset: &RandomRuleset, in_shadow: bool) -> Value {
    let is_one = |rule: &&Value| {
        let number: usize = rule["id"].as_str().unwrap()["rule-".len()..].parse().unwrap();
        ruleset.rules[number].is_shadow == in_shadow
    };
    live.decision["rules"].as_array().unwrap().iter().filter(is_one).cloned().collect()
}

#[test]
fn a_shadow_rule_is_reported_as_if_it_were_live_and_changes_nothing_else() {
    let mut shown = 0;
    for seed in SEEDS {
        let mut ruleset = RandomRuleset::new(seed);
        let [mut shadow, mut off, mut live] =
            ["shadow", "off", "live"].map(|mode| ruleset.pipeline(mode));
        for number in 0..CHARGES {
            let message = ruleset.charge(number);
            let context = format!("{message}; to reproduce it: SEEDS = {seed}..{}", seed + 1);
            let [mut with, without, as_live] =
                [&mut shadow, &mut off, &mut live].map(|pipeline| decide(pipeline, &message));
            let under = with.decision.as_object_mut().unwrap().remove("shadow");
            shown += usize::from(under.is_some());
            assert_eq!(with.decision, without.decision, "{context}");
            assert_eq!(with.alert, without.alert, "{context}");
            assert_eq!(under.unwrap_or(json!([])), fired(&as_live, &ruleset, true), "{context}");
            assert_eq!(with.decision["rules"], fired(&as_live, &ruleset, false), "{context}");
        }
    }
    assert!(shown > 100, "shadow rules fired {shown} times: too few to prove anything");
}
