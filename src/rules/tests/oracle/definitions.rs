//! Defines what the language adds to CEL, in CEL itself, for the interpreter of the `cel` crate.
//!
//! Each macro is a text over `list`, the variable `t` and the body `e`, which replaces the call when it
//! is parsed. The texts use the standard macros and a few that CEL lacks: `reduce` folds a list;
//! `is_true`, `is_not_false` and `is_present` test the result of an expression, with the operator that
//! CEL's own macros use to skip errors.

use super::super::super::language::{CardFunction, Macro, PeriodStart};
use crate::transaction::distance_km;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::types::{CelDouble, CelInt, CelList, DOUBLE_TYPE, LIST_TYPE};
use cel::common::value::{CowVal, Val};
use cel::parser::{Macro as CelMacro, MacroExprHelper};
use cel::{Env, ExecutionError};
use std::cell::Cell;
use std::collections::BTreeMap;

/// How much sums of the same doubles in another order may differ, relative to the larger: about a
/// hundred roundings of sums over a few hundred charges.
pub const TOLERANCE: f64 = 1e-9;

/// A macro: its name, its number of arguments, and its meaning over a card's past and over a literal
/// list. CEL's own meaning applies to a literal list, since none of its items is absent by itself.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub name: &'static str,
    pub arguments: usize,
    pub past: &'static str,
    pub written_out: &'static str,
}

const fn define(
    name: &'static str,
    arguments: usize,
    past: &'static str,
    written_out: &'static str,
) -> Definition {
    Definition { name, arguments, past, written_out }
}

/// All macros: those that others are defined with, and one for each row of the language.
///
/// A charge whose predicate or value is absent does not count, and `all` skips it. The sum of nothing
/// has a type too, so `sum` takes it as a third argument.
pub fn definitions() -> Vec<Definition> {
    let helpers = [
        define("orValue", 1, OR_VALUE, SAME),
        define("values", 2, "list.filter(t, is_present(e)).map(t, e)", "list.map(t, e)"),
        define("midnight", 1, NEAREST_MIDNIGHT, SAME),
    ];
    let windows = CardFunction::ALL.iter().map(|it| window(*it));
    let macros = Macro::ALL.iter().filter_map(|it| meaning(*it));
    let starts = PeriodStart::ALL.iter().map(|it| start(*it));
    helpers.into_iter().chain(windows).chain(macros).chain(starts).collect()
}

/// When the period of a time began in the time zone `t`: the midnight of its first date, whatever the
/// clock was changed by since.
fn start(period: PeriodStart) -> Definition {
    const DAY: &str = "[list].map(at, at - time_of_day(at, t))[0].midnight(t)";
    const WEEK: &str = "[list].map(at, at - time_of_day(at, t) \
        - duration(string((at.getDayOfWeek(t) + 6) % 7 * 24) + 'h'))[0].midnight(t)";
    const MONTH: &str = "[list].map(at, at - time_of_day(at, t) \
        - duration(string(at.getDayOfMonth(t) * 24) + 'h'))[0].midnight(t)";
    let text = match period {
        PeriodStart::Day => DAY,
        PeriodStart::Week => WEEK,
        PeriodStart::Month => MONTH,
    };
    define(period.row().name, 1, text, SAME)
}

fn window(function: CardFunction) -> Definition {
    const CHARGES: &str = "all_charges.filter(each, each.time > now - t && each.time <= now)";
    const REFUNDS: &str = "all_refunds.filter(each, each.time > now - t && each.time <= now)";
    let past = match function {
        CardFunction::Last => CHARGES,
        CardFunction::Refunds => REFUNDS,
    };
    define(function.row().name, 1, past, "")
}

/// The meaning of a macro; `None` if it is CEL's own.
fn meaning(it: Macro) -> Option<Definition> {
    let (arguments, past, written_out) = match it {
        Macro::Size => return None,
        Macro::First => (0, "list[0]", SAME),
        Macro::Latest => (0, "list[list.size() - 1]", SAME),
        Macro::Exists => (2, "list.exists(t, is_true(e))", "list.exists(t, e)"),
        Macro::ExistsOne => (2, "list.exists_one(t, is_true(e))", "list.exists_one(t, e)"),
        Macro::All => (2, "list.all(t, is_not_false(e))", "list.all(t, e)"),
        Macro::Filter => (2, "list.filter(t, is_true(e))", "list.filter(t, e)"),
        Macro::Map => (2, "list.filter(t, is_present(e)).map(t, e)", "list.map(t, e)"),
        Macro::Distinct => (2, DISTINCT, SAME),
        Macro::Count => (2, "list.filter(t, is_true(e)).size()", "list.filter(t, e).size()"),
        Macro::Sum => (3, "list.values(t, e).reduce(so_far, each, argument, so_far + each)", SAME),
        Macro::Avg => (2, MEAN, SAME),
        Macro::Min => (2, LEAST, SAME),
        Macro::Max => (2, GREATEST, SAME),
        Macro::Stddev => (2, DEVIATION, SAME),
        Macro::Median => (2, MEDIAN, SAME),
        Macro::Percentile => (3, PERCENTILE, SAME),
    };
    Some(define(it.row().name, arguments, past, written_out))
}

/// The meaning over a literal list is the one over the past, except for what `values` means.
const SAME: &str = "";
/// As in CEL's reference implementation, the default is evaluated only if it is needed. The crate
/// evaluates it first, and fails if it fails.
const OR_VALUE: &str = "list.hasValue() ? list.value() : t";
/// The midnight that is closest to a time in the time zone `t`.
const NEAREST_MIDNIGHT: &str = "[list].map(at, \
    at - time_of_day(at, t) + duration(at.getHours(t) < 12 ? '0h' : '24h'))[0]";
const LEAST: &str = "list.values(t, e).reduce(so_far, each, [], \
    so_far.size() == 0 || each < so_far[0] ? [each] : so_far)[0]";
const GREATEST: &str = "list.values(t, e).reduce(so_far, each, [], \
    so_far.size() == 0 || each > so_far[0] ? [each] : so_far)[0]";
const MEAN: &str = "[list.values(t, e)].map(all, \
    finite(all.reduce(so_far, each, 0.0, so_far + double(each)) / double(all.size())))[0]";
const DEVIATION: &str = "[[list.values(t, e), [list.avg(t, e)]]].map(both, \
    both[0].size() < 2 ? [0.0][1] : math.sqrt( \
        both[0].reduce(so_far, each, 0.0, so_far + \
            (double(each) - both[1][0]) * (double(each) - both[1][0])) \
        / double(both[0].size() - 1)))[0]";

const DISTINCT: &str = "list.values(t, e)\
    .reduce(so_far, each, [], each in so_far ? so_far : so_far + [each])";
/// The middle value, or the mean of the middle two.
const MEDIAN: &str = "[sorted(list.values(t, e))].map(all, \
    all.size() == 0 ? [0.0][1] : \
    all.size() % 2 == 1 ? double(all[all.size() / 2]) : \
    finite((double(all[all.size() / 2 - 1]) + double(all[all.size() / 2])) / 2.0))[0]";
/// The value at a place among the sorted ones, or between the two around it.
const PERCENTILE: &str = "[sorted(list.values(t, e))].map(all, \
    all.size() == 0 ? [0.0][1] : \
    [double(argument) * double(all.size() - 1) / 100.0].map(place, [int(place)].map(at, \
        finite(double(all[at]) + (place - double(at)) * \
            (double(all[at + 1 < all.size() ? at + 1 : at]) - double(all[at])))))[0][0])[0]";

/// The interpreter's environment with these macros.
pub fn environment(definitions: &[Definition]) -> Env {
    let mut env = Env::default().with_stdlib();
    cel::extensions::math(&mut env).unwrap();
    for helper in presence_macros().into_iter().chain([reduce(), has(), time_of_day()]) {
        env.add_macro(helper).unwrap();
    }
    let mut texts = BTreeMap::new();
    for definition in definitions {
        let past = parsed(&texts, definition.past, false);
        let written_out = match definition.written_out {
            SAME => parsed(&texts, definition.past, true),
            text => parsed(&texts, text, true),
        };
        texts.insert((definition.name, definition.arguments), (past.clone(), written_out.clone()));
        env.add_macro(expanding(definition, past, written_out)).unwrap();
    }
    let doubles = |count| (0..count).map(|_| DOUBLE_TYPE).collect::<Vec<_>>();
    env.add_overload("finite", "finite_double", doubles(1), finite).unwrap();
    env.add_overload("order", "order_doubles", doubles(2), order).unwrap();
    env.add_overload("truncated", "truncated_double", doubles(1), truncated).unwrap();
    env.add_overload("sorted", "sorted_list", vec![LIST_TYPE], sorted).unwrap();
    env.add_overload("distance_km", "distance_doubles", doubles(4), distance).unwrap();
    env
}

type Known = BTreeMap<(&'static str, usize), (IdedExpr, IdedExpr)>;

/// Parses the text of a definition. Standard macros in it have CEL's own meaning, `values`, `avg` and
/// `midnight` the one in `known`.
fn parsed(known: &Known, text: &str, written_out: bool) -> IdedExpr {
    let mut env = Env::stdlib();
    for helper in presence_macros().into_iter().chain([reduce(), time_of_day()]) {
        env.add_macro(helper).unwrap();
    }
    for (name, arguments) in [("values", 2), ("avg", 2), ("midnight", 1)] {
        if let Some((past, plain)) = known.get(&(name, arguments)) {
            let tree = if written_out { plain } else { past }.clone();
            let replace = replacing(arguments, tree.clone(), tree);
            env.add_macro(CelMacro::receiver(name, arguments, replace)).unwrap();
        }
    }
    env.parser().parse(text).unwrap_or_else(|errors| panic!("{text}: {errors}"))
}

fn expanding(definition: &Definition, past: IdedExpr, written_out: IdedExpr) -> CelMacro {
    let replace = replacing(definition.arguments, past, written_out);
    CelMacro::receiver(definition.name, definition.arguments, replace)
}

type Expanded = Result<Option<IdedExpr>, cel::ParseError>;

fn replacing(
    arguments: usize,
    past: IdedExpr,
    written_out: IdedExpr,
) -> impl Fn(&mut MacroExprHelper<'_>, &mut Option<IdedExpr>, &mut Vec<IdedExpr>) -> Expanded
+ Send
+ Sync
+ 'static {
    move |_, target, given| {
        let list = target.take().unwrap();
        let mut tree = if is_written_out(&list) { written_out.clone() } else { past.clone() };
        let mut names = BTreeMap::from([("list", list)]);
        names.extend(["t", "e", "argument"].into_iter().take(arguments).zip(given.drain(..)));
        replace(&mut tree, &names);
        Ok(Some(tree))
    }
}

/// Whether a list is a literal list, or derived from one.
fn is_written_out(list: &IdedExpr) -> bool {
    match &list.expr {
        Expr::List(_) => true,
        Expr::Comprehension(comprehension) => is_written_out(&comprehension.iter_range),
        _ => false,
    }
}

/// Replaces names with expressions. A replaced variable of a comprehension gets its new name.
fn replace(tree: &mut IdedExpr, names: &BTreeMap<&str, IdedExpr>) {
    match &mut tree.expr {
        Expr::Ident(name) => {
            if let Some(expression) = names.get(name.as_str()) {
                *tree = expression.clone();
            }
        }
        Expr::Call(call) => {
            let target = call.target.as_deref_mut().into_iter();
            target.chain(&mut call.args).for_each(|part| replace(part, names));
        }
        Expr::Select(select) => replace(&mut select.operand, names),
        Expr::List(list) => list.elements.iter_mut().for_each(|item| replace(item, names)),
        Expr::Comprehension(it) => {
            for part in [
                &mut it.iter_range,
                &mut it.accu_init,
                &mut it.loop_cond,
                &mut it.loop_step,
                &mut it.result,
            ] {
                replace(part, names);
            }
            if let Some(Expr::Ident(name)) = names.get(it.iter_var.as_str()).map(|to| &to.expr) {
                it.iter_var = name.clone();
            }
        }
        _ => {}
    }
}

fn call(helper: &mut MacroExprHelper<'_>, function: &str, arguments: Vec<IdedExpr>) -> IdedExpr {
    let call = CallExpr { func_name: function.to_owned(), target: None, args: arguments };
    helper.next_expr(Expr::Call(call))
}

/// Macros that test whether an expression is true, is not false, or has a value at all.
fn presence_macros() -> [CelMacro; 3] {
    let not = |helper: &mut MacroExprHelper<'_>, operand| {
        call(helper, operators::LOGICAL_NOT, vec![operand])
    };
    let not_false = |helper: &mut MacroExprHelper<'_>, operand| {
        call(helper, operators::NOT_STRICTLY_FALSE, vec![operand])
    };
    let is_true = move |helper: &mut MacroExprHelper<'_>, operand| {
        let is_false = not(helper, operand);
        let not_true = not_false(helper, is_false);
        not(helper, not_true)
    };
    [
        CelMacro::global("is_true", 1, move |helper, _, given| {
            Ok(given.pop().map(|operand| is_true(helper, operand)))
        }),
        CelMacro::global("is_not_false", 1, move |helper, _, given| {
            Ok(given.pop().map(|operand| not_false(helper, operand)))
        }),
        CelMacro::global("is_present", 1, move |helper, _, given| {
            let Some(operand) = given.pop() else { return Ok(None) };
            let same = call(helper, operators::EQUALS, vec![operand.clone(), operand]);
            Ok(Some(is_true(helper, same)))
        }),
    ]
}

/// `list.reduce(so_far, each, start, step)`
fn reduce() -> CelMacro {
    CelMacro::receiver("reduce", 4, |helper, target, given| {
        let mut parts = given.drain(..).map(|part| part.expr);
        let names = (parts.next(), parts.next());
        let (Some(Expr::Ident(accu_var)), Some(Expr::Ident(iter_var))) = names else {
            panic!("`reduce` takes two names")
        };
        let mut next = |expr: Option<Expr>| helper.next_expr(expr.unwrap());
        let (accu_init, loop_step) = (next(parts.next()), next(parts.next()));
        let comprehension = ComprehensionExpr {
            iter_range: target.take().unwrap(),
            iter_var,
            iter_var2: None,
            result: next(Some(Expr::Ident(accu_var.clone()))),
            accu_var,
            accu_init,
            loop_cond: next(Some(Expr::Literal(LiteralValue::Boolean(true.into())))),
            loop_step,
        };
        Ok(Some(helper.next_expr(Expr::Comprehension(Box::new(comprehension)))))
    })
}

/// `time_of_day(time, zone)`: what a clock in the zone shows, as a duration since midnight.
fn time_of_day() -> CelMacro {
    const TEXT: &str = "duration(string(list.getHours(t)) + 'h') \
        + duration(string(list.getMinutes(t)) + 'm') \
        + duration(string(list.getSeconds(t)) + 's') \
        + duration(string(list.getMilliseconds(t)) + 'ms')";
    let parsed = Env::stdlib().parser().parse(TEXT).unwrap();
    CelMacro::global("time_of_day", 2, move |_, _, given| {
        let mut tree = parsed.clone();
        replace(&mut tree, &["list", "t"].into_iter().zip(given.drain(..)).collect());
        Ok(Some(tree))
    })
}

/// CEL's own `has`, which an environment without the standard macros lacks.
fn has() -> CelMacro {
    CelMacro::global("has", 1, |helper, _, given| {
        let Some(IdedExpr { expr: Expr::Select(mut select), .. }) = given.pop() else {
            panic!("`has` needs a dotted path")
        };
        select.test = true;
        Ok(Some(helper.next_expr(Expr::Select(select))))
    })
}

thread_local! {
    static CLOSE: Cell<bool> = const { Cell::new(false) };
}

/// Whether two doubles within [`TOLERANCE`] of each other have been compared since the last call. The
/// order of a sum may then have decided the result.
pub fn take_close_flag() -> bool {
    CLOSE.replace(false)
}

pub fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
}

type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

fn double(value: &CowVal<'_, '_>) -> f64 {
    *value.downcast_ref::<CelDouble>().unwrap().inner()
}

/// Fails if a double is not finite: the language treats it as absent.
fn finite<'b, 'v>(given: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let value = double(&given[0]);
    if value.is_finite() {
        return Ok(CowVal::owned(CelDouble::from(value)));
    }
    Err(ExecutionError::function_error("finite", "not finite"))
}

/// Compares two doubles: -1, 0 or 1.
fn order<'b, 'v>(given: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (a, b) = (double(&given[0]), double(&given[1]));
    if is_close(a, b) {
        CLOSE.set(true);
    }
    Ok(CowVal::owned(CelInt::from(i64::from(a > b) - i64::from(a < b))))
}

/// Sorts numbers, as decimals.
fn sorted<'b, 'v>(given: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let number = |item: &dyn Val| match item.downcast_ref::<CelInt>() {
        Some(whole) => *whole.inner() as f64,
        None => *item.downcast_ref::<CelDouble>().unwrap().inner(),
    };
    let list = given[0].downcast_ref::<CelList<'_>>().unwrap();
    let mut numbers: Vec<f64> = list.iter().map(|item| number(item.as_ref())).collect();
    numbers.sort_by(f64::total_cmp);
    let boxed = |number| Box::new(CelDouble::from(number)) as Box<dyn Val + 'v>;
    Ok(CowVal::owned(CelList::from(numbers.into_iter().map(boxed).collect::<Vec<_>>())))
}

fn truncated<'b, 'v>(given: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let value = double(&given[0]);
    if is_close(value, value.round()) {
        CLOSE.set(true);
    }
    Ok(CowVal::owned(CelDouble::from(value)))
}

fn distance<'b, 'v>(given: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| double(&given[at]));
    Ok(CowVal::owned(CelDouble::from(distance_km(a, b, c, d))))
}
