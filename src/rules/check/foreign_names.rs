//! Function names from other languages, each with its CEL equivalent.

/// Help for a function name from another language; `None` if the name is unknown.
///
/// `of_text`: whether the function is called on a string, rather than on a list.
pub(super) fn cel_equivalent(name: &str, of_text: bool) -> Option<&'static str> {
    let plain: String = name.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    Some(match (plain.as_str(), of_text) {
        ("isempty" | "empty" | "isblank", true) => {
            "write `.size() == 0`; whether a field is there, `!has(…)` says"
        }
        ("isempty" | "empty" | "none", false) => "write `.size() == 0`",
        ("isnotempty" | "nonempty" | "notempty", _) => "write `.size() > 0`",
        ("any" | "some", false) => "write `.exists(t, …)`, or `.size() > 0`",
        ("every", false) => "write `.all(t, …)`",
        ("length" | "len" | "strlen", _) => "write `.size()`",
        ("average" | "mean", false) => "write `.avg(t, …)`",
        ("last", false) => "write `.latest()`",
        (
            "quantile" | "quantiles" | "percentilecont" | "percentiledisc" | "approxpercentile"
            | "approxquantile" | "percentilerank" | "perc" | "pctl",
            false,
        ) => "write `.percentile(t, …, 90)`, with a number from 0 to 100",
        ("mid" | "middle" | "medianvalue" | "p50", false) => "write `.median(t, …)`",
        (name, false) if is_percentile(name) => {
            "write `.percentile(t, …, 90)`, with a number from 0 to 100"
        }
        ("medianabsolutedeviation" | "medianabsolute" | "mad" | "iqr", false) => {
            "write `.stddev(t, …)`, or the difference of two percentiles: `.percentile(t, …, 75)` \
             and `.percentile(t, …, 25)`"
        }
        ("variance" | "var", false) => "write `.stddev(t, …)`, the square root of the variance",
        ("like" | "ilike", true) => {
            "write `.startsWith(…)`, `.endsWith(…)` or `.contains(…)`, or `.matches(…)` with a regular expression"
        }
        ("includes" | "has" | "indexof", true) => "write `.contains(…)`",
        ("includes" | "contains" | "has", false) => "write `value in list`",
        (
            "tolowercase" | "tolower" | "lower" | "lowerascii" | "lowercase" | "touppercase"
            | "toupper" | "upper" | "upperascii" | "uppercase" | "equalsignorecase" | "casefold",
            true,
        ) => {
            "texts are compared exactly; `.matches(\"(?i)^acme\")` ignores case. Countries, \
             currencies and category codes have one form each, however a message writes them"
        }
        ("trim" | "strip", true) => {
            "texts are compared exactly; `.matches(…)` takes a regular expression"
        }
        _ => return None,
    })
}

/// `p90`, `p999`
fn is_percentile(plain: &str) -> bool {
    plain.strip_prefix('p').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
