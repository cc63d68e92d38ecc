//! Rendering only what is published: it says the same as rendering every decision.

use super::*;
use crate::decode::{DecodeSettings, Decoder};
use crate::generate::{Generator, GeneratorSettings, Population};
use crate::memory::Limits;
use crate::rules::{Environment, Fired, Sources};
use crate::transaction::{BaseCurrency, Currency, DAY_MS, Time};

const MESSAGES: usize = 3_000;
const LIMITS: Limits =
    Limits { retention_ms: 30 * DAY_MS, events_per_card: 64, cards: 100, bytes: 1 << 24 };

fn is_rendered(fired: &Fired) -> bool {
    !fired.message.is_empty()
}

/// An alert's bytes, and whether the rules that fired were rendered; `None` if none fired.
fn outcome(
    engine: &mut Engine,
    memory: &mut Memory,
    tx: &mut Transaction<'_>,
) -> (Option<Vec<u8>>, Option<bool>) {
    let Outcome::Decided { decision, .. } = engine.decide(memory, tx, None) else {
        return (None, None);
    };
    let alert = decision.alert.then(|| {
        let mut bytes = Vec::new();
        decision.write_alert(None, None, &mut bytes);
        bytes
    });
    let Evaluation { fired, shadow, .. } = decision.evaluation;
    let mut rendered = fired.iter().chain(shadow).map(is_rendered);
    let first = rendered.next();
    assert!(rendered.all(|other| Some(other) == first), "all of a decision, or none");
    (alert, first)
}

#[test]
fn an_alert_is_the_same_whether_or_not_other_decisions_are_rendered() {
    let base_currency = Currency::parse("USD").unwrap();
    let environment = Environment { retention_ms: 30 * DAY_MS, events_per_card: 64, base_currency };
    let (ruleset, _) = Sources::shipped().compile(environment).unwrap();
    let ruleset = Arc::new(ruleset);
    let start = Time::parse_rfc3339("2026-01-05T00:00:00Z").unwrap();
    let mut generator = Generator::new(GeneratorSettings {
        seed: 1,
        population: *Population::named("terse").unwrap(),
        cards: 40,
        fraud_rate: 0.2,
        start,
        fraud_from: start,
        card_numbers: false,
    });
    let decoder =
        Decoder::new(DecodeSettings::new(BaseCurrency::with_shipped_rates(base_currency)));
    let mut every = (Engine::new(Arc::clone(&ruleset)), Memory::new(LIMITS));
    let alerts = Engine::new(ruleset).with_rendering(Rendering::Alerts);
    let mut alerts = (alerts, Memory::new(LIMITS));
    let (mut json, mut published, mut unpublished) = (Vec::new(), 0, 0);
    for _ in 0..MESSAGES {
        json.clear();
        generator.generate().write_json(&mut json);
        let (mut tx, _) = decoder.decode(&json, None).unwrap();
        let (alert, rendered) = outcome(&mut alerts.0, &mut alerts.1, &mut tx.clone());
        let (expected, all_rendered) = outcome(&mut every.0, &mut every.1, &mut tx);
        assert_eq!(alert, expected);
        assert_ne!(all_rendered, Some(false));
        if let Some(rendered) = rendered {
            assert_eq!(rendered, alert.is_some());
            *(if rendered { &mut published } else { &mut unpublished }) += 1;
        }
    }
    assert!(published > 20 && unpublished > 20, "{published} published, {unpublished} not");
}
