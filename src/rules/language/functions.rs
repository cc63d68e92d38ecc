//! The functions and methods of values, one row each.

use super::rows::rows;

/// An expression, with its value for the last transaction of the example in docs/rules/reference.md.
pub type Example = (&'static str, &'static str);

/// Everything that is particular to one function or method.
#[derive(Debug, Clone, Copy)]
pub struct FunctionRow {
    pub name: &'static str,
    /// How many arguments it takes at least and at most, besides the value of a method.
    pub arguments: (usize, usize),
    /// How it is written, as in the documentation.
    pub call: &'static str,
    /// The type of its result, as in the documentation.
    pub gives: &'static str,
    /// What it gives, as in the documentation.
    pub doc: &'static str,
    /// `None` if it needs a ruleset.
    pub example: Option<Example>,
}

impl FunctionRow {
    pub fn takes(&self, arguments: usize) -> bool {
        let (least, most) = self.arguments;
        (least..=most).contains(&arguments)
    }

    /// Help for a wrong call.
    pub fn usage(&self) -> String {
        let Self { call, gives, doc, .. } = self;
        let example = self.example.map(|(example, _)| format!(", as in `{example}`"));
        format!("write `{call}` ({gives}): {doc}{}", example.unwrap_or_default())
    }
}

const fn row(
    name: &'static str,
    arguments: usize,
    call: &'static str,
    gives: &'static str,
    doc: &'static str,
    example: Example,
) -> FunctionRow {
    FunctionRow {
        name,
        arguments: (arguments, arguments),
        call,
        gives,
        doc,
        example: Some(example),
    }
}

/// A part of a time, or the start of a period, in UTC or in the time zone that the argument names.
const fn in_zone(
    name: &'static str,
    call: &'static str,
    gives: &'static str,
    doc: &'static str,
    example: Example,
) -> FunctionRow {
    FunctionRow { name, arguments: (0, 1), call, gives, doc, example: Some(example) }
}

const fn part(
    name: &'static str,
    call: &'static str,
    doc: &'static str,
    example: Example,
) -> FunctionRow {
    in_zone(name, call, "int", doc, example)
}

const fn start(
    name: &'static str,
    call: &'static str,
    doc: &'static str,
    example: Example,
) -> FunctionRow {
    in_zone(name, call, "timestamp", doc, example)
}

rows! {
    /// A function without a value in front of it.
    GlobalFunction: FunctionRow {
        Has => row("has", 1, "has(x.field)", "bool", "whether a field is present", ("has(checks.cvv)", "true")),
        Size => row("size", 1, "size(x)", "int", "`x.size()`, of a string or a list", ("size(merchant.name)", "12")),
        Int => row("int", 1, "int(x)", "int", "a number without its decimals, a string as a number, or a timestamp in seconds", ("int(amount)", "180")),
        Double => row("double", 1, "double(x)", "double", "a number, or a string as a number, as a decimal", ("double(7) / 2.0", "3.5")),
        String => row("string", 1, "string(x)", "string", "any value as a string", ("string(amount)", "\"180\"")),
        Duration => row("duration", 1, "duration(\"1h30m\")", "duration", "a duration", ("duration(\"90m\") == duration(\"1h30m\")", "true")),
        Timestamp => row("timestamp", 1, "timestamp(\"2026-01-05T10:00:00Z\")", "timestamp", "a timestamp with a UTC offset (RFC 3339)", ("now > timestamp(\"2026-01-05T10:00:00Z\")", "true")),
        DistanceKm => row("distance_km", 4, "distance_km(lat, lon, lat, lon)", "double", "the great-circle distance between two places", ("distance_km(0.0, 0.0, 0.0, 180.0) > 20000.0", "true")),
        List => FunctionRow { name: "list", arguments: (1, 2), call: "list(\"name\", entry)", gives: "named list", doc: "a list of the ruleset or of the lists topic, for use with `in`; with an entry, the values of that entry", example: None },
    }
}

rows! {
    /// A function of `card`.
    CardFunction: FunctionRow {
        Last => row("last", 1, "card.last(\"24h\")", "list", "the charges of a window before this transaction", ("card.last(\"1h\").size()", "1")),
        Refunds => row("refunds", 1, "card.refunds(\"7d\")", "list", "the refunds of a window before this transaction", ("card.refunds(\"7d\").size()", "1")),
    }
}

rows! {
    /// A function of `math`.
    MathFunction: FunctionRow {
        Greatest => FunctionRow { arguments: (1, usize::MAX), ..row("greatest", 1, "math.greatest(x, y, …)", "type of x", "the greatest of several numbers, durations or timestamps, or of one list of them", ("math.greatest(1, 3, 2)", "3")) },
        Least => FunctionRow { arguments: (1, usize::MAX), ..row("least", 1, "math.least(x, y, …)", "type of x", "the least of them", ("math.least(400, 100 * card.last(\"24h\").size())", "200")) },
    }
}

rows! {
    /// A method of an optional value, which `.?` gives.
    OptionalMethod: FunctionRow {
        OrValue => row("orValue", 1, "x.?field.orValue(default)", "type of x", "the field, or the default if it is absent", ("ship_to.?country.orValue(\"US\")", "\"US\"")),
        HasValue => row("hasValue", 0, "x.?field.hasValue()", "bool", "`has(x.field)`", ("ship_to.?country.hasValue()", "false")),
    }
}

rows! {
    /// A method of a string.
    TextMethod: FunctionRow {
        Size => row("size", 0, "text.size()", "int", "the number of characters", ("merchant.name.size()", "12")),
        Matches => row("matches", 1, "text.matches(\"(?i)^acme\")", "bool", "whether a regular expression matches a part of it", ("merchant.name.matches(\"Mode$\")", "true")),
        StartsWith => row("startsWith", 1, "text.startsWith(part)", "bool", "whether it starts with a string", ("merchant.mcc.startsWith(\"56\")", "true")),
        EndsWith => row("endsWith", 1, "text.endsWith(part)", "bool", "whether it ends with a string", ("merchant.mcc.endsWith(\"51\")", "true")),
        Contains => row("contains", 1, "text.contains(part)", "bool", "whether it contains a string", ("merchant.name.contains(\"Mode\")", "true")),
    }
}

rows! {
    /// A method of a timestamp; the last four are also methods of a duration.
    TimePart: FunctionRow {
        FullYear => part("getFullYear", "time.getFullYear()", "the year", ("now.getFullYear()", "2026")),
        Month => part("getMonth", "time.getMonth()", "the month, from 0", ("now.getMonth()", "0")),
        Date => part("getDate", "time.getDate()", "the day of the month, from 1", ("now.getDate()", "5")),
        DayOfMonth => part("getDayOfMonth", "time.getDayOfMonth()", "the day of the month, from 0", ("now.getDayOfMonth()", "4")),
        DayOfWeek => part("getDayOfWeek", "time.getDayOfWeek()", "the day of the week; Sunday is 0", ("now.getDayOfWeek()", "1")),
        DayOfYear => part("getDayOfYear", "time.getDayOfYear()", "the day of the year, from 0", ("now.getDayOfYear()", "4")),
        Hours => part("getHours", "time.getHours(\"Europe/Paris\")", "the hour; of a duration, all of it in hours", ("now.getHours(\"Europe/Paris\")", "11")),
        Minutes => part("getMinutes", "time.getMinutes()", "the minute; of a duration, all of it in minutes", ("now.getMinutes()", "30")),
        Seconds => part("getSeconds", "time.getSeconds()", "the second; of a duration, all of it in seconds", ("duration(\"2m\").getSeconds()", "120")),
        Milliseconds => part("getMilliseconds", "time.getMilliseconds()", "the millisecond; of a duration, all of it in milliseconds", ("now.getMilliseconds()", "0")),
    }
}

rows! {
    /// The start of a calendar period: a method of a timestamp.
    PeriodStart: FunctionRow {
        Day => start("startOfDay", "time.startOfDay(\"Europe/Paris\")", "when the time's day began", ("now.startOfDay(\"Europe/Paris\")", "\"2026-01-04T23:00:00.000Z\"")),
        Week => start("startOfWeek", "time.startOfWeek(\"Europe/Paris\")", "when its week began; weeks begin on Monday", ("now.startOfWeek(\"+09:00\")", "\"2026-01-04T15:00:00.000Z\"")),
        Month => start("startOfMonth", "time.startOfMonth(\"Europe/Paris\")", "when its month began", ("now.startOfMonth(\"America/New_York\")", "\"2026-01-01T05:00:00.000Z\"")),
    }
}
