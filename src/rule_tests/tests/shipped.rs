//! Tests that the shipped ruleset passes its own cases, and that they fail when a condition is
//! removed from a rule.

use super::super::read::read;
use super::super::{CaseResult, StepOutcome, run};
use super::{compiled, environment};
use crate::rules::Sources;
use regex::{Captures, Regex};
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
    let cases = read(&shipped).cases;
    let expects = || cases.iter().flat_map(|case| &case.steps).map(|step| &step.expect);
    for rule in compiled(&shipped).rules() {
        assert!(expects().any(|e| e.fired.contains(&rule.id)), "no test has `{}` fire", rule.id);
    }
}

/// A near miss is a transaction on which a rule does not fire because of a single condition. So
/// each condition that a rule joins with `&&` is removed in turn, and a transaction must notice:
/// the rule is expected not to fire on it, the whole rule is false for it (not undecided), and the
/// rest of the rule fires on it. The rules with a condition removed are shadow rules next to the
/// whole ones, so that one run tries them all.
#[test]
fn every_condition_of_a_shipped_rule_has_a_near_miss() {
    let mut sources = Sources::shipped();
    let mutants = add_mutants(&mut sources);
    assert!(mutants.len() > 100, "only {} conditions were found", mutants.len());
    let results = results(&sources);
    let mut not_missed = String::new();
    for mutant in mutants.iter().filter(|mutant| !mutant.has_near_miss(&results)) {
        let _ = writeln!(not_missed, "  {}: {}", mutant.rule, mutant.removed);
    }
    assert!(not_missed.is_empty(), "no near miss depends on\n{not_missed}");
}

/// A rule without one of its conditions.
struct Mutant {
    id: String,
    rule: String,
    removed: String,
}

impl Mutant {
    /// Whether there is a transaction on which the rule is expected not to fire, for which the whole
    /// rule is decided, and on which the rest of the rule fires.
    fn has_near_miss(&self, results: &[CaseResult]) -> bool {
        let steps = |result: &CaseResult| {
            let fires = |number: &dyn std::fmt::Display| {
                let fired = format!("transaction {number}: `{}` fired: ", self.id);
                result.differences.iter().any(|difference| difference.starts_with(&fired))
            };
            result.steps.iter().any(|step| match &step.outcome {
                StepOutcome::Decided(decided) => {
                    !decided.undecided.contains(&self.rule) && fires(&step.which)
                }
                _ => false,
            })
        };
        results.iter().any(steps)
    }
}

/// Adds every mutant of every rule, and expects it not to fire where its rule must not.
fn add_mutants(sources: &mut Sources) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for file in &mut sources.files {
        for (rule, when) in rules(&file.text) {
            let conditions = conditions(&when);
            for (number, removed) in conditions.iter().enumerate() {
                let (id, rest) = (format!("{rule}--{number}"), without(&conditions, number));
                let _ = write!(
                    file.text,
                    "\n[[rule]]\nid = '{id}'\nwhen = '{rest}'\npoints = 0\nseverity = 'low'\n\
                     reason = 'MUTANT'\nmessage = 'fired'\nmode = 'shadow'\n"
                );
                mutants.push(Mutant { id, rule: rule.clone(), removed: (*removed).to_owned() });
            }
        }
    }
    let not_fired = Regex::new(r"not_fired = \[([^\]]*)\]").unwrap();
    for file in &mut sources.files {
        let with_mutants = |listed: &Captures<'_>| {
            let ids = mutants.iter().filter(|it| listed[1].contains(&format!("\"{}\"", it.rule)));
            let ids: String = ids.map(|mutant| format!(", \"{}\"", mutant.id)).collect();
            format!("not_fired = [{}{ids}]", listed[1].trim_end().trim_end_matches(','))
        };
        file.text = not_fired.replace_all(&file.text, with_mutants).into_owned();
    }
    mutants
}

fn rules(file: &str) -> Vec<(String, String)> {
    let file: toml::Table = toml::from_str(file).unwrap();
    let rules = file.get("rule").and_then(toml::Value::as_array).into_iter().flatten();
    let text = |rule: &toml::Value, key: &str| rule[key].as_str().unwrap().to_owned();
    rules.map(|rule| (text(rule, "id"), text(rule, "when"))).collect()
}

fn without(conditions: &[&str], left_out: usize) -> String {
    let rest: Vec<&str> = [&conditions[..left_out], &conditions[left_out + 1..]].concat();
    if rest.is_empty() { "true".to_owned() } else { rest.join(" && ") }
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
