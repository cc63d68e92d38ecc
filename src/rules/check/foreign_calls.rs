//! Calls from other languages, rewritten as CEL with the same operands:
//! `coalesce(merchant.country, "US")`, `isNull(device.id)`, `startsWith(merchant.name, "A")`.
//!
//! Functions whose help does not repeat the operands are listed in [`super::foreign_names`].

use super::super::language::{ArgumentKind, CallForm, Macro};
use super::super::syntax::{Kind, Node, or_value, presence};

/// What to write instead of a call. The operands are its arguments, after the target of a method call.
pub(super) fn cel_equivalent_call(name: &str, operands: &[&Node]) -> Option<String> {
    let plain = name.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let first = operands.first()?;
    let (path, second) = (first.path(), operands.get(1).map(|node| written(node)));
    let second = second.as_deref();
    let is_field = path.is_some();
    Some(match plain.as_str() {
        "coalesce" | "ifnull" | "nvl" | "isnull" | "ifnone" | "default" | "orelse"
        | "ordefault" | "getorelse" | "getordefault" | "valueor" | "zeroifnull"
            if plain != "isnull" || second.is_some() =>
        {
            or_value(path.as_deref(), second)
        }
        "isnull" | "isnone" | "isnil" | "ismissing" | "isabsent" | "isundefined" | "isna"
        | "isnan" | "notexists" | "isnullorempty" | "isnullorwhitespace" | "isnullorblank" => {
            presence(path.as_deref(), true)
        }
        "isnotnull" | "notnull" | "ispresent" | "present" | "isset" | "isdefined" | "defined" => {
            presence(path.as_deref(), false)
        }
        "exists" | "exist" if is_field && second.is_none() => presence(path.as_deref(), false),
        "not" => format!("write `!` before it: `!({})`", written(first)),
        "and" | "or" => {
            let operator = if plain == "and" { "&&" } else { "||" };
            format!("write `{operator}` between the conditions")
        }
        "if" | "iif" | "ifelse" => "write `condition ? this : that`".to_owned(),
        "concat" => "write `+` between the strings".to_owned(),
        "abs" => {
            let value = written(first);
            format!("write `math.greatest({value}, -{value})`")
        }
        "round" | "floor" | "ceil" | "trunc" => {
            format!(
                "`int({})` leaves the decimals out; a message shows two of them",
                written(first)
            )
        }
        "tostring" | "str" | "text" => format!("write `string({})`", written(first)),
        "toint" | "parseint" | "integer" | "long" => format!("write `int({})`", written(first)),
        "tonumber" | "todouble" | "float" | "decimal" | "number" | "parsefloat" => {
            format!("write `double({})`", written(first))
        }
        "date" | "datetime" | "todate" | "totimestamp" => {
            "write `timestamp(\"2026-01-05T10:00:00Z\")`".to_owned()
        }
        _ => {
            return about_text(&plain, operands)
                .or_else(|| about_range(&plain, operands))
                .or_else(|| about_time(&plain, first))
                .or_else(|| about_truncation(&plain, operands))
                .or_else(|| about_list(&plain, operands));
        }
    })
}

/// Methods of strings, called as functions.
fn about_text(plain: &str, operands: &[&Node]) -> Option<String> {
    let [text, part] = operands else { return None };
    let method = match plain {
        "contains" | "includes" | "instr" => "contains",
        "startswith" | "beginswith" => "startsWith",
        "endswith" => "endsWith",
        "matches" | "match" | "regexmatch" | "regexpmatch" | "regexplike" => "matches",
        _ => return None,
    };
    let (text, part) = (written(text), written(part));
    let is_list =
        matches!(operands.first().map(|node| &node.kind), Some(Kind::Call { .. } | Kind::List(_)));
    Some(match is_list && method == "contains" {
        true => format!("write `{part} in {text}`"),
        false => format!("write `{text}.{method}({part})`"),
    })
}

fn about_range(plain: &str, operands: &[&Node]) -> Option<String> {
    let [value, low, high] = operands else { return None };
    let (value, low, high) = (written(value), written(low), written(high));
    (plain == "between").then(|| format!("write `{value} >= {low} && {value} <= {high}`"))
}

fn about_time(plain: &str, time: &Node) -> Option<String> {
    let method = match plain {
        "year" | "getyear" => "getFullYear",
        "month" => "getMonth",
        "day" | "dayofmonth" | "getday" => "getDate",
        "weekday" | "dayofweek" | "dow" => "getDayOfWeek",
        "dayofyear" => "getDayOfYear",
        "hour" | "hours" | "gethour" | "hourofday" => "getHours",
        "minute" | "minutes" | "getminute" => "getMinutes",
        "second" | "seconds" | "getsecond" => "getSeconds",
        "startofday" | "beginningofday" | "midnight" => "startOfDay",
        "startofweek" | "beginningofweek" => "startOfWeek",
        "startofmonth" | "beginningofmonth" => "startOfMonth",
        _ => return None,
    };
    Some(format!("write `{}.{method}()`", written(time)))
}

/// `date_trunc("day", time)`
fn about_truncation(plain: &str, operands: &[&Node]) -> Option<String> {
    let ("datetrunc" | "timestamptrunc", [unit, time]) = (plain, operands) else { return None };
    let Kind::Text(unit) = &unit.kind else { return None };
    about_time(&format!("startof{}", unit.to_ascii_lowercase()), time)
}

/// The macros by their names in other languages. Their own names are in their rows.
const FOREIGN_MACROS: &[(&str, Macro)] = &[
    ("any", Macro::Exists),
    ("some", Macro::Exists),
    ("every", Macro::All),
    ("where", Macro::Filter),
    ("select", Macro::Map),
    ("unique", Macro::Distinct),
    ("average", Macro::Avg),
    ("mean", Macro::Avg),
    ("std", Macro::Stddev),
    ("stdev", Macro::Stddev),
    ("quantile", Macro::Percentile),
    ("percentilecont", Macro::Percentile),
    ("percentiledisc", Macro::Percentile),
    ("last", Macro::Latest),
];

/// The macro with a name, whatever its case and without underscores.
fn macro_named(plain: &str) -> Option<Macro> {
    let is_own = |it: &Macro| it.row().name.replace('_', "").eq_ignore_ascii_case(plain);
    let foreign = || FOREIGN_MACROS.iter().find(|(name, _)| *name == plain);
    Macro::ALL.iter().copied().find(is_own).or_else(|| foreign().map(|(_, it)| *it))
}

/// Macros over lists, called as functions.
fn about_list(plain: &str, operands: &[&Node]) -> Option<String> {
    let is_list =
        operands.first().is_some_and(|node| matches!(node.kind, Kind::Call { .. } | Kind::List(_)));
    let operand = operands.first()?;
    let list = written(operand);
    match plain {
        "min" | "least" | "max" | "greatest" if !is_list || operands.len() > 1 => {
            let name = if matches!(plain, "min" | "least") { "least" } else { "greatest" };
            return Some(format!("write `math.{name}(…)`"));
        }
        "count" if matches!(&operand.kind, Kind::Call { name, .. } if name == "list") => {
            return Some(format!("a named list is used with `in`: `merchant.id in {list}`"));
        }
        "count" if !is_list => {
            return Some("write `.count(t, …)` after a list, or `.size()`".to_owned());
        }
        "count" => {
            return Some(format!(
                "write `{list}.size()`, or `{list}.count(t, …)` for some of them"
            ));
        }
        "countdistinct" | "nunique" => {
            return Some("write `.distinct(t, t.merchant.id).size()` after the list".to_owned());
        }
        _ => {}
    }
    let is_mapped = matches!(&operand.kind, Kind::Call { name, .. } if name == "map");
    macro_named(plain).map(|it| format!("write `{list}.{}`", macro_call(it, is_mapped)))
}

/// A macro as it is called on a list of charges, or on one of values.
fn macro_call(it: Macro, is_mapped: bool) -> String {
    let row = it.row();
    let (name, value) = (row.name, value_for(row.accepts, it));
    match row.form {
        CallForm::Plain => format!("{name}()"),
        CallForm::WithVariable | CallForm::Either if is_mapped => format!("{name}()"),
        CallForm::WithVariable | CallForm::Either => format!("{name}(t, {value})"),
        CallForm::EitherWithPercent if is_mapped => format!("{name}(90)"),
        CallForm::EitherWithPercent => format!("{name}(t, {value}, 90)"),
    }
}

/// An expression that a macro accepts. Distinct amounts would tell little.
fn value_for(accepts: ArgumentKind, it: Macro) -> &'static str {
    match accepts {
        ArgumentKind::Condition => "t.declined",
        ArgumentKind::AnyValue if it == Macro::Distinct => "t.merchant.id",
        ArgumentKind::Nothing
        | ArgumentKind::AnyValue
        | ArgumentKind::Numbers
        | ArgumentKind::NumbersAndDurations
        | ArgumentKind::NumbersAndTimes => "t.amount",
    }
}

/// A simple expression as text; `…` for any other.
pub(super) fn written(node: &Node) -> String {
    match &node.kind {
        Kind::Text(text) => format!("\"{text}\""),
        Kind::Int(value) => value.to_string(),
        Kind::Double(_, digits) => digits.clone(),
        Kind::Bool(value) => value.to_string(),
        Kind::List(items) => {
            format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Kind::Call { target, name, arguments } => {
            let arguments = arguments.iter().map(written).collect::<Vec<_>>().join(", ");
            let target = target.as_ref().map_or_else(String::new, |target| written(target) + ".");
            format!("{target}{name}({arguments})")
        }
        _ => node.path().unwrap_or_else(|| "…".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_macro_called_as_a_function_is_written_after_its_list() {
        for it in Macro::ALL {
            let name = it.row().name;
            assert_eq!(macro_named(&name.replace('_', "")), Some(*it), "{name}");
            let call = macro_call(*it, false);
            assert!(call.starts_with(&format!("{name}(")), "{call}");
        }
    }

    #[test]
    fn a_foreign_name_is_not_that_of_a_macro() {
        for (name, _) in FOREIGN_MACROS {
            assert!(Macro::ALL.iter().all(|it| it.row().name != *name), "{name}");
        }
    }
}
