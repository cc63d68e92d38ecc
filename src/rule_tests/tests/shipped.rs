//! Tests that the shipped ruleset passes its own cases, and that they fail when a condition is
//! removed from a rule.

use super::super::read::read;
use super::super::{CaseResult, StepOutcome, run};
use super::{compiled, environment};
use crate::rules::Sources;
use std::fmt::Write as _;

fn results(sources: &Sources) -> Vec<CaseResult> {
    run(sources, &compiled(sources), environment()).unwrap()
}

#[test]
fn the_shipped_ruleset_passes_its_own_tests() {
    let results = results(&Sources::shipped());
    let failed: Vec<_> = results.iter().filter(|result| !result.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(results.len() > 30, "only {} tests were found", results.len());
}

#[test]
fn every_shipped_rule_fires_in_one_of_its_tests() {
    let shipped = Sources::shipped();
    let cases = read(&shipped.files).cases;
    let expects = || cases.iter().flat_map(|case| &case.steps).map(|step| &step.expect);
    for rule in compiled(&shipped).rules() {
        assert!(expects().any(|e| e.fired.contains(&rule.id)), "no test has `{}` fire", rule.id);
    }
}

/// A near miss is a transaction on which a rule does not fire because of a single condition. So
/// each condition that a rule joins with `&&` is removed in turn, and a transaction must notice:
/// the rule is expected not to fire on it, the whole rule is false for it (not undecided), and the
/// rest of the rule fires on it.
#[test]
fn every_condition_of_a_shipped_rule_has_a_near_miss() {
    let shipped = Sources::shipped();
    let whole = results(&shipped);
    let (mut tried, mut not_missed) = (0, String::new());
    for file in 0..shipped.files.len() {
        for (id, when) in rules(&shipped.files[file].text) {
            let conditions = conditions(&when);
            for left_out in 0..conditions.len() {
                let mut mutant = shipped.clone();
                let rest = without(&conditions, left_out);
                let text = &mut mutant.files[file].text;
                *text =
                    replaced_once(text, &format!("when = '{when}'"), &format!("when = '{rest}'"));
                if !has_near_miss(&id, &whole, &results(&mutant)) {
                    let _ = writeln!(not_missed, "  {id}: {}", conditions[left_out]);
                }
                tried += 1;
            }
        }
    }
    assert!(not_missed.is_empty(), "no near miss turns on\n{not_missed}");
    assert!(tried > 100, "only {tried} conditions were found");
}

fn rules(file: &str) -> Vec<(String, String)> {
    let file: toml::Table = toml::from_str(file).unwrap();
    let rules = file.get("rule").and_then(toml::Value::as_array).into_iter().flatten();
    let text = |rule: &toml::Value, key: &str| rule[key].as_str().unwrap().to_owned();
    rules.map(|rule| (text(rule, "id"), text(rule, "when"))).collect()
}

fn replaced_once(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

fn without(conditions: &[&str], left_out: usize) -> String {
    let rest: Vec<&str> = [&conditions[..left_out], &conditions[left_out + 1..]].concat();
    if rest.is_empty() { "true".to_owned() } else { rest.join(" && ") }
}

/// Whether there is a transaction on which the rule is expected not to fire, for which the whole
/// rule is decided, and on which the rest of the rule fires.
fn has_near_miss(id: &str, whole: &[CaseResult], rest: &[CaseResult]) -> bool {
    whole.iter().zip(rest).any(|(whole, rest)| {
        whole.steps.iter().any(|step| {
            let fired = format!("transaction {}: `{id}` fired: ", step.which);
            let StepOutcome::Decided(decided) = &step.outcome else { return false };
            !decided.undecided.iter().any(|rule| rule == id)
                && rest.differences.iter().any(|difference| difference.starts_with(&fired))
        })
    })
}

/// The operands of the outermost chain of `&&`; the whole expression if an operator outside
/// brackets has a lower precedence.
fn conditions(when: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut from, mut found) = (0, None, 0, Vec::new());
    for (at, c) in when.char_indices() {
        match (quote, c) {
            (Some(q), _) if c != q => {}
            (Some(_), _) => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, '|') if depth == 0 => return vec![when],
            (None, '?') if depth == 0 && !when[..at].ends_with('.') => return vec![when],
            (None, '&') if depth == 0 && when[at..].starts_with("&&") => {
                found.push(when[from..at].trim());
                from = at + 2;
            }
            _ => {}
        }
    }
    found.push(when[from..].trim());
    found
}

#[test]
fn conditions_are_split_outside_of_brackets_and_quotes() {
    for (when, expected) in [
        ("a", &["a"][..]),
        ("a && !b && c > 1", &["a", "!b", "c > 1"]),
        (
            "(a && b || c) && list.exists(t, t.d && t.e)",
            &["(a && b || c)", "list.exists(t, t.d && t.e)"],
        ),
        (r#"a == "&& (" && tx.?b.orValue(false)"#, &[r#"a == "&& (""#, "tx.?b.orValue(false)"]),
        ("a && b || c", &["a && b || c"]),
        ("a ? b && c : d", &["a ? b && c : d"]),
    ] {
        assert_eq!(conditions(when), expected, "{when}");
    }
}
