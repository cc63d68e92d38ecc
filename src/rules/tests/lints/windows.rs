//! Tests the lint of windows that may begin after the day, week or month that they are for.

use super::{check, lints, source};

#[test]
fn a_window_that_may_not_reach_back_to_the_start_of_its_period_is_found() {
    let counted = |window: &str, start: &str| {
        format!("card.last(\"{window}\").count(t, t.time >= now.{start}) > 2")
    };
    let short = "short-window";
    for (window, start) in [
        ("24h", "startOfDay(\"Europe/Paris\")"),
        ("1d59m", "startOfDay(\"Europe/Paris\")"),
        ("1d29m", "startOfDay(\"Australia/Lord_Howe\")"),
        ("23h", "startOfDay()"),
        ("7d", "startOfWeek(\"America/New_York\")"),
        ("6d23h", "startOfWeek(\"Asia/Tokyo\")"),
        ("30d", "startOfMonth()"),
    ] {
        let marked = format!("\"{window}\"");
        check(&counted(window, start), &[(short, &marked)]);
    }
    for (window, start) in [
        ("25h", "startOfDay(\"Europe/Paris\")"),
        ("1d30m", "startOfDay(\"Australia/Lord_Howe\")"),
        ("24h", "startOfDay()"),
        ("24h", "startOfDay(\"+02:00\")"),
        ("24h", "startOfDay(\"Asia/Tokyo\")"),
        ("7d1h", "startOfWeek(\"America/New_York\")"),
        ("7d", "startOfWeek()"),
    ] {
        check(&counted(window, start), &[]);
    }
    let start = "now.startOfDay(\"Europe/Paris\")";
    for condition in [
        format!(
            "card.last(\"24h\").filter(t, t.approved).exists(t, t.amount > 5 && {start} < t.time)"
        ),
        format!("card.refunds(\"24h\").filter(t, t.time > {start}).sum(t, t.amount) > 5"),
    ] {
        check(&condition, &[(short, "\"24h\"")]);
    }
    for condition in [
        format!("card.last(\"24h\").exists(t, t.time < {start})"),
        format!("card.last(\"24h\").exists(t, t.time >= {start} || t.declined)"),
        format!("card.last(\"24h\").all(t, t.time >= {start})"),
        format!("card.last(\"24h\").exists(t, t.time >= (now - duration(\"1h\")).{})", &start[4..]),
    ] {
        check(&condition, &[]);
    }
    let found = lints(&source(&counted("30d", "startOfMonth(\"Europe/Paris\")"))).to_string();
    for part in ["start of the month", "up to 31d1h", "write \"31d1h\""] {
        assert!(found.contains(part), "{part}: {found}");
    }
}
