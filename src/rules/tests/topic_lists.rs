//! Tests lists whose entries are in the lists topic: alone, beside a file, with values, and as snoozes.

use super::support::*;
use crate::decode::{DecodeSettings, ListChange, ListDecoder};
use crate::fixtures;
use crate::rules::{Diagnostics, Evaluation, ListFile, Ruleset, Settled, Snooze, TopicLists};
use crate::transaction::*;

fn decode_settings() -> DecodeSettings {
    let base = environment().base_currency;
    DecodeSettings::new(BaseCurrency::with_shipped_rates(base))
}

/// Entries given as JSON without the braces.
fn lists(entries: &[&str]) -> TopicLists {
    TopicLists::of(&changes(entries)).unwrap()
}

fn changes(entries: &[&str]) -> Vec<ListChange> {
    let settings = decode_settings();
    let decode = |entry: &&str| {
        let json = format!("{{{entry}}}");
        let entry = ListDecoder::new(&settings).entry(json.as_bytes());
        ListChange::Set(entry.unwrap_or_else(|fault| panic!("{json}: {fault}")))
    };
    entries.iter().map(decode).collect()
}

fn removal(list: &str, entry: &str) -> ListChange {
    let settings = decode_settings();
    ListChange::Remove(ListDecoder::new(&settings).key(list.into(), entry.into()).unwrap())
}

fn full() -> Transaction<'static> {
    let mut tx = transaction(NOW);
    tx.card.token = "c_1".into();
    tx.merchant.id = "m_1".into();
    tx.merchant.mcc = Some(742);
    tx.merchant.country = Country::parse("DK");
    tx.merchant.name = Some("Smith & Co".into());
    tx.device.id = Some("d_1".into());
    tx.device.ip = Some("203.0.113.9".into());
    tx.terminal_id = Some("t_1".into());
    tx.response.reason = Some(DeclineReason::DoNotHonor);
    tx
}

fn evaluated(ruleset: &Ruleset, tx: &Transaction<'_>, lists: &TopicLists) -> Evaluation {
    let past = [charge(MINUTE_MS, |tx| *tx = Transaction { time: tx.time, ..full() })];
    let mut evaluation = Evaluation::default();
    let events = recall(&past, &[]);
    ruleset.with_lists(lists).evaluate(tx, &events, &mut evaluation);
    evaluation
}

fn verdict_with(ruleset: &Ruleset, tx: &Transaction<'_>, lists: &TopicLists) -> Option<bool> {
    let evaluation = evaluated(ruleset, tx, lists);
    match (evaluation.fired.len(), evaluation.undecided.len()) {
        (fired, 0) => Some(fired == 1),
        _ => None,
    }
}

#[track_caller]
fn check(condition: &str, entries: &[&str], expected: Option<bool>) {
    let ruleset = compiled(&source(condition));
    assert_eq!(
        verdict_with(&ruleset, &full(), &lists(entries)),
        expected,
        "{condition} {entries:?}"
    );
}

const OTHER: &str = r#""list":"l","entry":"other""#;

#[test]
fn an_entry_is_found_in_the_form_of_what_it_is_compared_with() {
    for (field, entry) in [
        ("merchant.id", "m_1"),
        ("card.token", "c_1"),
        ("merchant.name", "Smith & Co"),
        ("merchant.country", "dnk"),
        ("merchant.country", "208"),
        ("merchant.mcc", "742"),
        ("merchant.mcc", "0742"),
        ("currency", "840"),
        ("response.reason", "05"),
        ("device.ip", "203.0.113.9"),
        ("string(merchant.country) + merchant.mcc", "DK0742"),
    ] {
        let entry = format!(r#""list":"l","entry":"{entry}""#);
        check(&format!("{field} in list(\"l\")"), &[OTHER, &entry], Some(true));
        check(&format!("{field} in list(\"l\")"), &[OTHER], Some(false));
        check(&format!("{field} in list(\"other\")"), &[OTHER, &entry], Some(false));
    }
    for (path, entry) in [
        ("merchant.id", "m_1"),
        ("device.id", "d_1"),
        ("device.ip", "203.0.113.9"),
        ("merchant.country", "DNK"),
        ("merchant.mcc", "742"),
    ] {
        let condition = format!("card.last(\"1h\").exists(t, t.{path} in list(\"l\"))");
        let entry = format!(r#""list":"l","entry":"{entry}""#);
        check(&condition, &[OTHER, &entry], Some(true));
        check(&condition, &[OTHER], Some(false));
    }
    // An id is not a code, and a code is not an id.
    check("merchant.id in list(\"l\")", &[r#""list":"l","entry":"M_1""#], Some(false));
    check("ship_to.key in list(\"l\")", &[OTHER], None);
}

#[test]
fn an_entry_is_in_force_from_its_beginning_and_before_its_end() {
    let now = NOW.to_string();
    let (before, after) = (Time(NOW.0 - 1).to_string(), Time(NOW.0 + 1).to_string());
    for (times, expected) in [
        (String::new(), true),
        (format!(r#","from":"{now}""#), true),
        (format!(r#","from":"{after}""#), false),
        (format!(r#","until":"{after}""#), true),
        (format!(r#","until":"{now}""#), false),
        (format!(r#","from":"{before}","until":"{after}""#), true),
        (r#","until":"9999-12-31T23:59:59Z""#.to_owned(), true),
    ] {
        let entry = format!(r#""list":"l","entry":"m_1"{times}"#);
        check("merchant.id in list(\"l\")", &[&entry], Some(expected));
        let values = format!(r#""list":"l","entry":"c_1","values":["m_1"]{times}"#);
        check("merchant.id in list(\"l\", card.token)", &[&values], Some(expected));
    }
}

#[test]
fn the_values_of_an_entry_have_the_form_of_what_they_are_compared_with() {
    let notice = r#""list":"notices","entry":"c_1","values":["swe","dnk","m_1","d_1"]"#;
    let other = r#""list":"notices","entry":"c_2","values":["742"]"#;
    let cases = [
        ("merchant.country in list(\"notices\", card.token)", Some(true)),
        ("merchant.id in list(\"notices\", card.token)", Some(true)),
        ("merchant.mcc in list(\"notices\", card.token)", Some(false)),
        ("merchant.country in list(\"notices\", merchant.id)", Some(false)),
        ("merchant.country in list(\"other\", card.token)", Some(false)),
        ("merchant.country in list(\"notices\", ship_to.key)", None),
        ("ship_to.country in list(\"notices\", card.token)", None),
        ("card.last(\"1h\").exists(t, t.device.id in list(\"notices\", card.token))", Some(true)),
        (
            "card.last(\"1h\").exists(t, t.merchant.country in list(\"notices\", card.token))",
            Some(true),
        ),
        (
            "card.last(\"1h\").exists(t, t.merchant.mcc in list(\"notices\", card.token))",
            Some(false),
        ),
    ];
    for (condition, expected) in cases {
        check(condition, &[notice, other], expected);
    }
    let of_merchant = r#""list":"notices","entry":"m_1","values":["DK"]"#;
    let condition = "card.last(\"1h\").exists(t, \"DK\" in list(\"notices\", t.merchant.id))";
    check(condition, &[of_merchant], Some(true));
    check(condition, &[notice], Some(false));
}

#[test]
fn the_last_change_of_an_entry_counts_and_equal_forms_are_separate_entries() {
    let ruleset = compiled(&source("merchant.country in list(\"l\")"));
    let mut lists = lists(&[r#""list":"l","entry":"DK""#, r#""list":"l","entry":"dnk""#]);
    let before = lists.clone();
    let holds = |lists: &TopicLists| verdict_with(&ruleset, &full(), lists) == Some(true);
    lists.apply(&removal("l", "DK")).unwrap();
    assert!(holds(&lists) && lists.entries() == 1);
    lists.apply(&removal("l", "208")).unwrap();
    assert!(holds(&lists) && lists.entries() == 1);
    let ended = changes(&[r#""list":"l","entry":"dnk","until":"1990-01-01T00:00:00Z""#]);
    lists.apply(&ended[0]).unwrap();
    assert!(!holds(&lists) && lists.entries() == 1);
    lists.apply(&removal("l", "dnk")).unwrap();
    assert!(!holds(&lists) && lists.entries() == 0 && lists.knows("l"));
    assert!(holds(&before) && before.entries() == 2, "a snapshot changes with its original");
}

#[test]
fn with_a_file_of_the_same_name_an_entry_in_either_counts() {
    let text = source("merchant.id in list(\"l\")") + "\n[lists]\nl = \"l.txt\"\n";
    let with_file = |content: &str| {
        let mut sources = sources(&text);
        let (name, path) = ("l.txt".to_owned(), "x/l.txt".to_owned());
        sources.lists.push(ListFile { name, path, text: Ok(content.to_owned()) });
        sources.compile(environment()).unwrap().0
    };
    let topic = lists(&[r#""list":"l","entry":"m_1""#]);
    for (file, lists, expected) in [
        ("m_1\n", &TopicLists::default(), true),
        ("m_2\n", &topic, true),
        ("m_1\t1990-01-01T00:00:00Z\n", &topic, true),
        ("m_2\n", &TopicLists::default(), false),
    ] {
        assert_eq!(verdict_with(&with_file(file), &full(), lists), Some(expected), "{file}");
    }
    let ruleset = with_file("");
    assert_eq!(ruleset.lists().into_iter().collect::<Vec<_>>(), [("l", true)]);
}

fn lints(condition: &str) -> Diagnostics {
    let text = source(condition).replace("points = 100", "points = 300")
        + "\n[lists]\nwatched = \"l.txt\"\n";
    let mut sources = sources(&text);
    let (name, path) = ("l.txt".to_owned(), "x/l.txt".to_owned());
    sources.lists.push(ListFile { name, path, text: Ok(String::new()) });
    sources.compile_as_of(environment(), NOW).unwrap_or_else(|errors| panic!("{errors}")).1
}

#[test]
fn a_name_close_to_that_of_a_list_with_a_file_is_a_warning() {
    let codes = |condition: &str| {
        let lints = lints(condition);
        lints
            .warnings()
            .map(|lint| (lint.code.unwrap_or(""), lint.help.clone()))
            .collect::<Vec<_>>()
    };
    let used = "merchant.id in list(\"watched\") && ";
    assert_eq!(codes(&format!("{used}card.token in list(\"leaked\")")), []);
    assert_eq!(
        codes(&format!("{used}merchant.id in list(\"watchd\")")),
        [("near-list", Some("did you mean `watched`?".to_owned()))]
    );
    assert!(codes("card.token in list(\"leaked\")").iter().any(|(code, _)| *code == "unused-list"));
}

#[test]
fn a_batch_is_settled_with_the_lists_that_it_is_scored_with() {
    let ruleset = compiled(&source("merchant.id in list(\"l\") && merchant.country == \"DK\""));
    let lists = lists(&[r#""list":"l","entry":"m_1""#]);
    let rules = ruleset.with_lists(&lists);
    let (hit, mut miss) = (full(), full());
    miss.merchant.id = "m_2".into();
    let (mut settled, mut evaluation) = (Settled::default(), Evaluation::default());
    rules.settle(&[&miss, &hit, &miss], &mut settled);
    let fired = [0, 1, 2].map(|at| {
        let tx = if at == 1 { &hit } else { &miss };
        rules.evaluate_settled((tx, &fixtures::recall(NOW, &[])), (&settled, at), &mut evaluation);
        evaluation.fired.len()
    });
    assert_eq!(fired, [0, 1, 0]);
}

#[test]
fn a_snoozed_rule_does_not_fire_for_the_card_or_at_the_merchant() {
    let ruleset = compiled(&source("amount > 1.00"));
    let until = Time(NOW.0 + 1).to_string();
    for (entry, times, expected) in [
        ("c_1/r", "", true),
        ("c_1/r/m_1", "", true),
        ("c_1/r/m_2", "", false),
        ("c_2/r", "", false),
        ("c_1/other", "", false),
        ("c_1/r", r#","until":"1990-01-01T00:00:00Z""#, false),
        ("c_1/r", &format!(r#","until":"{until}""#), true),
    ] {
        let entry = format!(r#""list":"snoozes","entry":"{entry}"{times}"#);
        let evaluation = evaluated(&ruleset, &full(), &lists(&[&entry]));
        let found = (evaluation.fired.len(), evaluation.snoozed.len());
        assert_eq!(found, if expected { (0, 1) } else { (1, 0) }, "{entry}");
    }
    let both = lists(&[
        &format!(r#""list":"snoozes","entry":"c_1/r","until":"{until}""#),
        r#""list":"snoozes","entry":"c_1/r/m_1""#,
    ]);
    assert_eq!(both.snooze(&full(), "r"), Some(Snooze { until: None }));
}

/// docs/reference/lists.md says about 300 bytes.
#[test]
fn an_entry_takes_about_300_bytes() {
    const ENTRIES: u64 = 20_000;
    let settings = decode_settings();
    let change = |number: u64| {
        let json =
            format!(r#"{{"list":"l","entry":"c_{number:08x}","until":"2026-02-01T00:00:00Z"}}"#);
        ListChange::Set(ListDecoder::new(&settings).entry(json.as_bytes()).unwrap())
    };
    let changes: Vec<ListChange> = (0..ENTRIES).map(change).collect();
    let mut lists = TopicLists::default();
    let taken = allocation_counter::measure(|| {
        changes.iter().for_each(|change| lists.apply(change).unwrap());
    });
    let each = u64::try_from(taken.bytes_current).unwrap() / ENTRIES;
    assert!((200..400).contains(&each), "{each}");
    assert_eq!(lists.entries() as u64, ENTRIES);
}

#[test]
fn what_is_not_a_text_or_not_a_name_is_an_error() {
    for (condition, message) in [
        ("amount in list(\"l\", card.token)", "a list holds texts, and this is a decimal"),
        ("merchant.id in list(\"l\", amount)", "a list holds texts, and this is a decimal"),
        ("merchant.id in list(\"l\", 1, 2)", "`list` does not take 3 arguments"),
        ("list(\"l\", card.token) == 1", "this is a list, and a value is needed"),
        ("merchant.id in list(\"a b\")", "there is no list `a b`"),
        ("merchant.id in list(\"\")", "there is no list ``"),
    ] {
        let errors = compile(&source(condition)).unwrap_err().to_string();
        assert!(errors.contains(message), "{condition}: {errors}");
    }
}
