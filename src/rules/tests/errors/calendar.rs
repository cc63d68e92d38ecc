//! Tests errors in the starts of days, weeks and months.

use super::check;

#[test]
fn an_error_in_the_start_of_a_period_is_reported_at_its_place() {
    check(
        "now.startOfDay(\"Mars/Base\") < now",
        "\"Mars/Base\"",
        "there is no time zone `Mars/Base`",
    );
    check("now.startOfWeek(\"+26:00\") < now", "\"+26:00\"", "there is no time zone `+26:00`");
    check("now.startOfMonth(currency) < now", "currency", "must be written out as a string");
    check(
        "now.startOfDay(\"UTC\", 1) < now",
        "now.startOfDay(\"UTC\", 1)",
        "`startOfDay` does not take 2 arguments",
    );
    check("now.getHours(\"UTC\", 1) < 5", "now.getHours(\"UTC\", 1)", "does not take 2 arguments");
    check(
        "duration(\"1h\").startOfDay() < now",
        "duration(\"1h\").startOfDay()",
        "a duration has no `startOfDay`",
    );
    check("amount.startOfDay() < now", "amount.startOfDay()", "has no `startOfDay`");
}
