//! Tests the rows of the language: what each states about empty lists and cut windows is true, and the
//! tables of docs/rules/reference.md are generated from them.
//!
//! ```text
//! REDCARD_GENERATE=1 cargo test --lib rules::tests::language
//! ```

use super::super::language::columns::ArgumentKind;
use super::super::language::functions::FunctionRow;
use super::super::language::{
    CallForm, CardFunction, EachMacro, GlobalFunction, Macro, MacroKind, MacroRow, MathFunction,
    OptionalMethod, OverEmpty, PeriodStart, Saturated, TextMethod, TimePart,
};
use super::support::*;
use crate::memory::{Event, Recall};
use crate::rules::{Answer, EXPRESSION, Evaluation, Questions, Value};
use crate::transaction::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::path::Path;

const PAGE: &str = "docs/rules/reference.md";
const BEGIN: &str = "<!-- generated from src/rules/language: ";
const END: &str = "<!-- end -->";

fn answer(expression: &str, past: &Recall<'_>) -> Answer {
    let questions = Questions { expressions: &[(EXPRESSION, expression)], ..Questions::default() };
    let compiled = sources(&ruleset_text("")).compile_with_queries(environment(), questions);
    let (ruleset, _) = compiled.unwrap_or_else(|errors| panic!("{expression}: {errors}"));
    let mut evaluation = Evaluation::default();
    ruleset.evaluate(&transaction(NOW), past, &mut evaluation);
    ruleset.answer(EXPRESSION, &evaluation).unwrap().clone()
}

/// A macro over a list, with its condition or value.
fn call(row: &MacroRow, list: &str, condition: &str, value: &str) -> String {
    let call = row.call().replace("condition", condition).replace("value", value);
    let field = if matches!(row.saturated, Saturated::NewestKnown | Saturated::Unknown)
        && row.form == CallForm::Plain
        && list.starts_with("card")
    {
        ".amount"
    } else {
        ""
    };
    format!("{list}{call}{field}")
}

fn charges() -> [Event; 3] {
    [(3, 1_000), (2, 2_000), (1, 4_000)]
        .map(|(hours, minor)| charge(hours * HOUR_MS, |tx| tx.base_amount = Some(minor)))
}

#[test]
fn the_result_over_an_empty_list_is_the_stated_one() {
    for it in Macro::ALL {
        let row = it.row();
        let expected = match row.over_empty {
            OverEmpty::Zero => &["0", "0.00", "0.0"][..],
            OverEmpty::False => &["false"],
            OverEmpty::True => &["true"],
            OverEmpty::Absent => &["absent"],
            OverEmpty::EmptyList => &["[]"],
        };
        for (list, condition, value) in [
            ("card.last(\"1m\")", "t.declined", "t.amount"),
            ("card.last(\"1d\").filter(t, t.amount > 99)", "t.declined", "t.amount"),
            ("[1.5, amount / 2.0].filter(x, x > 99.0)", "t > 1.0", "t"),
            ("[]", "true", "1.0"),
        ] {
            let expression = call(row, list, condition, value);
            if expression == "[].first()" || expression == "[].latest()" {
                continue; // An error: the list is always empty.
            }
            let events = charges();
            let found = answer(&expression, &recall(&events, &[])).to_string();
            assert!(expected.contains(&found.as_str()), "{expression} is {found}");
        }
    }
}

#[test]
fn the_result_over_a_cut_window_is_the_stated_one() {
    let events = charges();
    let lost = Some(Time(NOW.millis() - 4 * HOUR_MS));
    let cut = Recall { cut: lost, unknown_until: lost, ..recall(&events, &[]) };
    for it in Macro::ALL {
        let row = it.row();
        let known = |condition: &str, value: &str| {
            answer(&call(row, "card.last(\"1d\")", condition, value), &cut)
        };
        let unknown = |condition, value| known(condition, value) == Answer::Saturated;
        let is = |condition, value| known(condition, "t.amount") == Answer::Is(Value::Bool(value));
        let holds = match row.saturated {
            Saturated::LowerBound => {
                matches!(known("t.amount > 0", "t.amount"), Answer::AtLeast(_))
            }
            Saturated::LowerBoundIfNoneIsNegative => {
                matches!(known("", "t.amount"), Answer::AtLeast(_)) && unknown("", "-t.amount")
            }
            Saturated::UpperBound => matches!(known("", "t.amount"), Answer::AtMost(_)),
            Saturated::Unknown => unknown("", "t.amount"),
            Saturated::TrueIfOneMatches => {
                is("t.amount == 40", true) && unknown("t.amount == 7", "")
            }
            Saturated::FalseIfOneFails => {
                is("t.amount == 40", false) && unknown("t.amount > 1", "")
            }
            Saturated::FalseIfTwoMatch => {
                is("t.amount > 15", false) && unknown("t.amount == 40", "")
            }
            Saturated::NewestKnown => matches!(known("", ""), Answer::Is(Value::Money(_))),
            Saturated::KnownPart => {
                matches!(known("t.amount > 0", "t.amount"), Answer::AtLeast(Value::List(_)))
            }
        };
        assert!(holds, "{} is not {:?}", row.name, row.saturated);
    }
}

#[test]
fn percentiles_interpolate_between_the_closest_values() {
    let events = charges();
    let past = recall(&events, &[]);
    let over_charges = |call: &str| answer(&format!("card.last(\"1d\"){call}"), &past).to_string();
    for (call, expected) in [
        (".median(t, t.amount)", "20.0"),
        (".filter(t, t.amount < 30).median(t, t.amount)", "15.0"),
        (".filter(t, t.amount > 30).median(t, t.amount)", "40.0"),
        (".percentile(t, t.amount, 50)", "20.0"),
        (".percentile(t, t.amount, 0)", "10.0"),
        (".percentile(t, t.amount, 100)", "40.0"),
        (".percentile(t, t.amount, 75)", "30.0"),
        (".percentile(t, t.amount, 12.5)", "12.5"),
        (".map(t, t.amount).percentile(75)", "30.0"),
        (".map(t, t.amount).median()", "20.0"),
        (".percentile(t, -double(t.amount), 75)", "-15.0"),
        (".median(t, t.time.getHours())", "8.0"),
        (".median(t, t.merchant.latitude)", "absent"),
    ] {
        assert_eq!(over_charges(call), expected, "{call}");
    }
    for (expression, expected) in [
        ("[4, 1, 2].median()", "2.0"),
        ("[4, 1, 2, 3].median()", "2.5"),
        ("[1, 1, 1, 5].percentile(90)", "3.8"),
        ("[amount, 10.00, 30.00].percentile(t, t * 2, 75)", "80.0"),
        ("[amount, 10.00, 30.00].filter(t, t < 40).median()", "20.0"),
        ("[amount, 10.00].percentile(t, t / 2, 100)", "25.0"),
        ("[10.5, merchant.latitude].median()", "absent"),
        ("[5].percentile(30)", "5.0"),
    ] {
        let found = answer(expression, &past).to_string();
        let close = |text: &str| text.parse::<f64>().unwrap_or(f64::MAX);
        let is_close = (close(&found) - close(expected)).abs() < 1e-9;
        assert!(found == expected || is_close, "{expression} is {found}");
    }
}

#[test]
fn percentiles_of_long_lists_agree_with_sorting() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for count in [1, 2, 63, 64, 65, 200, 256] {
        let amounts: Vec<i64> = (0..count).map(|_| rng.random_range(0..100_000)).collect();
        let newest_first = (1..=count).rev().zip(&amounts);
        let events: Vec<Event> = newest_first
            .map(|(minutes, minor)| charge(minutes * MINUTE_MS, |tx| tx.base_amount = Some(*minor)))
            .collect();
        let mut sorted = amounts;
        sorted.sort_unstable();
        for percent in [0, 1, 50, 90, 100] {
            let place = (count as usize - 1) * percent;
            let (at, part) = (place / 100, (place % 100) as f64 / 100.0);
            let above = sorted[(at + 1).min(sorted.len() - 1)];
            let expected = (sorted[at] as f64 + part * (above - sorted[at]) as f64) / 100.0;
            let expression = format!("card.last(\"1d\").percentile(t, t.amount, {percent})");
            let found = answer(&expression, &recall(&events, &[]));
            let Answer::Is(Value::Double(found)) = found else { panic!("{found}") };
            assert!((found - expected).abs() < 1e-6, "{percent} of {count}: {found}, {expected}");
        }
    }
}

#[test]
fn a_wrong_percentage_is_an_error() {
    for call in [
        ".percentile(t, t.amount, 101)",
        ".percentile(t, t.amount, -1)",
        ".percentile(t, t.amount, amount)",
        ".percentile(t, t.amount, \"90\")",
        ".percentile(t, t.amount)",
        ".map(t, t.amount).percentile()",
        ".map(t, t.amount).percentile(100.5)",
    ] {
        let errors = compile(&source(&format!("card.last(\"1d\"){call} > 1.0"))).unwrap_err();
        let [error] = errors.entries() else { panic!("{call}: {errors}") };
        assert!(error.message.contains("needs a number from 0 to 100"), "{call}: {errors}");
        assert!(
            error.help.as_deref().unwrap().contains(".percentile(t, t.amount, 90)"),
            "{errors}"
        );
    }
}

#[test]
fn names_of_percentiles_in_other_languages_are_explained() {
    for (call, help) in [
        (".quantile(t, t.amount, 0.9)", ".percentile(t, …, 90)"),
        (".p90(t, t.amount)", ".percentile(t, …, 90)"),
        (".percentile_cont(t, t.amount, 0.9)", ".percentile(t, …, 90)"),
        (".median_absolute_deviation(t, t.amount)", ".stddev(t, …)"),
    ] {
        let errors = compile(&source(&format!("card.last(\"1d\"){call} > 1.0"))).unwrap_err();
        let found = errors.entries()[0].help.as_deref().unwrap_or_default();
        assert!(found.contains(help), "{call}: {errors}");
    }
    let errors = compile(&source("median(card.last(\"1d\").map(t, t.amount)) > 1.0")).unwrap_err();
    assert!(errors.to_string().contains(".median()`"), "{errors}");
}

/// Compares the page with its generated sections, or writes them.
#[test]
fn the_tables_of_the_reference_are_generated_from_the_rows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let mut expected = page.clone();
    for (name, content) in [("macros", macros()), ("functions", functions())] {
        let begin = format!("{BEGIN}{name} -->\n");
        let (before, rest) = expected.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
        let (_, after) = rest.split_once(END).unwrap();
        expected = [before, &begin, &content, END, after].concat();
    }
    assert_eq!(expected.matches(BEGIN).count(), 2, "a section is not generated");
    if is_generating() {
        std::fs::write(&path, &expected).unwrap();
    } else {
        assert!(page == expected, "{PAGE} is out of date: run this test with REDCARD_GENERATE=1");
    }
}

#[expect(clippy::disallowed_methods, reason = "the caller decides whether files are written")]
fn is_generating() -> bool {
    std::env::var_os("REDCARD_GENERATE").is_some()
}

fn macros() -> String {
    let mut text = String::from(
        "| macro | of | gives | over an empty list | if the cap has cut the window |\n| --- | --- | --- | --- | --- |\n",
    );
    let rows = || Macro::ALL.iter().map(|it| it.row());
    for row in rows() {
        let (call, of, doc) = (row.call(), accepted(row.accepts), row.doc);
        let (empty, cut) = (over_empty(row.over_empty), saturated(row.saturated));
        writeln!(text, "| `{call}` | {of} | {doc} | {empty} | {cut} |").unwrap();
    }
    text += "\nFor the example above:\n\n```cel\n";
    for row in rows() {
        text += &example(row.example);
    }
    let distinct = rows().filter(|row| row.over_distinct).map(|row| format!("`{}`", row.name));
    let reversed = rows().filter(|row| excludes_reversed(row)).map(|row| row.name);
    let reversed = listed(&reversed.map(|name| format!("`{name}`")).collect::<Vec<_>>());
    writeln!(
        text,
        "```\n\nA list of distinct values has `in`, {}.\n\n{reversed} of `t.amount`, or of `double(t.amount)`, exclude reversed charges, and so does `habit.*`. Everything else includes them, such as `size` and `sum`, and {reversed} of any other expression, such as `t.attempted - t.amount`.",
        listed(&distinct.collect::<Vec<_>>()),
    )
    .unwrap();
    text
}

/// Whether a macro leaves reversed charges out if its values are amounts.
fn excludes_reversed(row: &MacroRow) -> bool {
    match row.kind {
        MacroKind::Each(EachMacro::Statistic(it)) => it.excludes_reversed,
        MacroKind::Each(EachMacro::Quantifier(_) | EachMacro::List(_)) | MacroKind::Plain(_) => {
            false
        }
    }
}

fn functions() -> String {
    let mut text = String::from("| function | type | gives |\n| --- | --- | --- |\n");
    for row in all_functions() {
        writeln!(text, "| `{}` | {} | {} |", row.call, row.gives, row.doc).unwrap();
    }
    text += "\n```cel\n";
    for row in all_functions() {
        text += &row.example.map(example).unwrap_or_default();
    }
    text + "```\n"
}

/// All functions and methods, in the order of the documentation.
pub fn all_functions() -> impl Iterator<Item = &'static FunctionRow> {
    let global = GlobalFunction::ALL.iter().map(|it| it.row());
    let card = CardFunction::ALL.iter().map(|it| it.row());
    let math = MathFunction::ALL.iter().map(|it| it.row());
    let optional = OptionalMethod::ALL.iter().map(|it| it.row());
    let text = TextMethod::ALL.iter().map(|it| it.row());
    let part = TimePart::ALL.iter().map(|it| it.row());
    let start = PeriodStart::ALL.iter().map(|it| it.row());
    global.chain(card).chain(math).chain(optional).chain(text).chain(part).chain(start)
}

fn accepted(accepts: ArgumentKind) -> &'static str {
    match accepts {
        ArgumentKind::Nothing => "",
        ArgumentKind::Condition => "a condition",
        ArgumentKind::AnyValue => "any value",
        ArgumentKind::Numbers => "numbers",
        ArgumentKind::NumbersAndDurations => "numbers, durations",
        ArgumentKind::NumbersAndTimes => "numbers, durations, times",
    }
}

fn over_empty(it: OverEmpty) -> &'static str {
    match it {
        OverEmpty::Zero => "0",
        OverEmpty::False => "false",
        OverEmpty::True => "true",
        OverEmpty::Absent => "absent",
        OverEmpty::EmptyList => "an empty list",
    }
}

fn saturated(it: Saturated) -> &'static str {
    match it {
        Saturated::LowerBound => "a lower bound",
        Saturated::LowerBoundIfNoneIsNegative => {
            "a lower bound if no value can be negative, otherwise unknown"
        }
        Saturated::UpperBound => "an upper bound",
        Saturated::Unknown => "unknown",
        Saturated::TrueIfOneMatches => "true if a known charge matches, otherwise unknown",
        Saturated::FalseIfOneFails => "false if a known charge fails, otherwise unknown",
        Saturated::FalseIfTwoMatch => "false if two known charges match, otherwise unknown",
        Saturated::NewestKnown => "the newest known one, otherwise unknown",
        Saturated::KnownPart => "the known part",
    }
}

fn example((expression, value): (&str, &str)) -> String {
    format!("{expression:<52} // {value}\n")
}

/// `a, b and c`
fn listed(names: &[String]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        names => names.concat(),
    }
}
