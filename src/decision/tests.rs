//! Decisions and alerts byte for byte: other people's programs read them.

use super::*;
use crate::decode::{Amounts, Decoder, Settings};
use crate::rules::{Action, Environment, Fired, Severity, SourceFile, Sources, Value};
use crate::transaction::{BaseCurrency, Currency, DAY_MS};

const MESSAGE: &str = r#"{"id": "01JH8Z5Q7T", "type": "authorization", "time": "2026-01-05T10:15:30.123Z",
  "card": {"token": "c_9f21", "last4": "4242"}, "amount": 260000, "currency": "USD",
  "merchant": {"id": "m_5531", "name": "Strøget Mode", "mcc": "0742", "country": "DK"}}"#;

const RULES: &str = r#"
[ruleset]
name = "issuer"
version = "1.0.0"
review = 300
decline = 600

[[rule]]
id = "first"
when = "true"
points = 400
severity = "high"
reason = "FIRST"
message = "m"

[[rule]]
id = "second"
when = "true"
points = -50
severity = "low"
reason = "SECOND"
message = "m"
action = "review"
"#;

fn dollar() -> Currency {
    Currency::parse("USD").unwrap()
}

fn decoder() -> Decoder {
    Decoder::new(Settings {
        amounts: Amounts::Minor,
        default_currency: None,
        base_currency: BaseCurrency::new(dollar(), []).unwrap(),
        max_message_bytes: 1 << 16,
        max_skew_ms: 0,
        tokenizer: None,
    })
}

fn ruleset() -> Ruleset {
    let file = SourceFile { name: "t.toml".into(), text: RULES.into() };
    let sources = Sources { files: vec![file], lists: Vec::new() };
    let environment = Environment { retention_ms: 30 * DAY_MS, base_currency: dollar() };
    sources.compile(environment).unwrap_or_else(|errors| panic!("{errors}")).0
}

fn fired(rule: usize, points: i32) -> Fired {
    Fired { rule, points, message: "a \"b\"".into(), evidence: Vec::new(), charges: Vec::new() }
}

/// The bytes of the decision and of its alert, after `say` has said what the rules came to.
fn written(say: impl FnOnce(&mut Evaluation, &Transaction<'_>)) -> (String, String) {
    let (transaction, _) = decoder().decode(MESSAGE.as_bytes(), None).unwrap();
    let (ruleset, mut evaluation) = (ruleset(), Evaluation::default());
    say(&mut evaluation, &transaction);
    let verdict = Verdict::of(&ruleset, &evaluation);
    let decision = Decision {
        transaction: &transaction,
        ruleset: &ruleset,
        evaluation: &evaluation,
        verdict,
        alert: true,
    };
    let (mut json, mut alert) = (Vec::new(), Vec::new());
    decision.write_json(&mut json);
    let source = Position { topic: "transactions", partition: 3, offset: 81_125 };
    decision.write_alert(Some(Time(1_767_608_130_131)), Some(source), &mut alert);
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(&ruleset.id.hash, "HASH");
    (text(json), text(alert))
}

const RULESET: &str =
    r#""ruleset":{"name":"issuer","version":"1.0.0","hash":"HASH"},"incident":null"#;

#[test]
fn a_decision_has_its_keys_in_the_documented_order_and_an_alert_adds_its_own() {
    let (decision, alert) = written(|evaluation, tx| {
        let evidence = [
            ("amount", Value::Double(2600.0)),
            ("n", Value::Int(3)),
            ("known", Value::Bool(false)),
            ("merchant.country", Value::Text("DK".into())),
            ("seen", Value::Time(Time(0))),
            ("ago", Value::Duration(90_500)),
        ];
        evaluation.fired.push(Fired {
            evidence: evidence.map(|(name, value)| (name.into(), value)).to_vec(),
            charges: vec![crate::memory::Event::of(tx)],
            ..fired(0, 400)
        });
        evaluation.undecided.push(1);
    });
    let body = format!(
        r#"{{"transaction_id":"01JH8Z5Q7T","card":"c_9f21","time":"2026-01-05T10:15:30.123Z","score":400,"action":"review","rules":[{{"id":"first","points":400,"severity":"high","reason":"FIRST","message":"a \"b\"","evidence":{{"amount":2600.0,"n":3,"known":false,"merchant.country":"DK","seen":"1970-01-01T00:00:00.000Z","ago":"90.5s"}},"charges":[{{"time":"2026-01-05T10:15:30.123Z","amount":2600.0,"country":"DK","mcc":"0742","channel":null,"declined":false}}]}}],"undecided":["second"],{RULESET}"#
    );
    assert_eq!(decision, format!("{body}}}"));
    let added = r#""severity":"high","amount":260000,"currency":"USD","last4":"4242","merchant":{"id":"m_5531","name":"Strøget Mode","mcc":"0742","country":"DK"},"decided_at":"2026-01-05T10:15:30.131Z","source":{"topic":"transactions","partition":3,"offset":81125}"#;
    let id = alert_id_of(&alert);
    assert_eq!(alert, format!(r#"{body},"alert_id":"{id}",{added}}}"#));
}

fn alert_id_of(alert: &str) -> &str {
    let (_, rest) = alert.split_once(r#""alert_id":""#).unwrap();
    let id = &rest[..rest.find('"').unwrap()];
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    id
}

#[test]
fn shadow_rules_stand_apart_and_change_nothing() {
    let (decision, _) = written(|evaluation, _| evaluation.shadow.push(fired(0, 400)));
    let rule = r#"{"id":"first","points":400,"severity":"high","reason":"FIRST","message":"a \"b\"","evidence":{},"charges":[]}"#;
    assert!(decision.contains(r#""score":0,"action":"approve","rules":[],"undecided":[]"#));
    assert!(decision.contains(&format!(r#""shadow":[{rule}],{RULESET}"#)), "{decision}");
}

#[test]
fn the_score_keeps_within_its_bounds_and_the_strictest_action_wins() {
    let check = |points: &[(usize, i32)], expected: (i32, Action, Option<Severity>)| {
        let mut evaluation = Evaluation::default();
        evaluation.fired = points.iter().map(|(rule, points)| fired(*rule, *points)).collect();
        let verdict = Verdict::of(&ruleset(), &evaluation);
        assert_eq!((verdict.score, verdict.action, verdict.severity), expected, "{points:?}");
    };
    check(&[], (0, Action::Approve, None));
    check(&[(0, 299)], (299, Action::Approve, Some(Severity::High)));
    check(&[(0, 300)], (300, Action::Review, Some(Severity::High)));
    check(&[(0, 600)], (600, Action::Decline, Some(Severity::High)));
    check(&[(0, 1000), (0, 1000)], (SCORE_MAX, Action::Decline, Some(Severity::High)));
    check(&[(0, -20)], (0, Action::Approve, Some(Severity::High)));
    check(&[(1, -50)], (0, Action::Review, Some(Severity::Low)));
    check(&[(0, 650), (1, 0)], (650, Action::Decline, Some(Severity::High)));
}

#[test]
fn an_alert_id_depends_on_card_type_and_id_alone() {
    let id = |message: &str| {
        let decoder = decoder();
        let (transaction, _) = decoder.decode(message.as_bytes(), None).unwrap();
        let (ruleset, evaluation) = (ruleset(), Evaluation::default());
        let verdict = Verdict::of(&ruleset, &evaluation);
        let (transaction, ruleset, evaluation) = (&transaction, &ruleset, &evaluation);
        Decision { transaction, ruleset, evaluation, verdict, alert: true }.alert_id()
    };
    let own = id(MESSAGE);
    assert_eq!(own, id(&MESSAGE.replace("260000", "1").replace("10:15", "11:15")));
    assert_ne!(own, id(&MESSAGE.replace("c_9f21", "c_9f2")));
    assert_ne!(own, id(&MESSAGE.replace("authorization", "refund")));
    assert_ne!(own, id(&MESSAGE.replace("01JH8Z5Q7T", "1JH8Z5Q7T")));
}
