//! Checks names in the source: a type name means at most two things, and names that confused
//! readers do not return.

use super::rust_files;
use regex::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many types may share a name.
const USES_MAX: usize = 2;

/// Names of functions, types and modules that readers did not understand, each with a better one.
const UNCLEAR: &[(&str, &str)] = &[
    ("Added", "AddResult"),
    ("Allows", "AllowedValues"),
    ("Beginning", "InitialState"),
    ("Behind", "Contributors"),
    ("Came", "TimedAlert"),
    ("Clocks", "SystemClock"),
    ("DoubtfulLiteral", "SuspectLiteral"),
    ("Fate", "Disposition"),
    ("Fed", "FeedTotals"),
    ("Fences", "FencingLimit"),
    ("Gather", "Accumulation"),
    ("Gives", "ResultType"),
    ("Happening", "LifeEvent"),
    ("Hopeless", "Fatal"),
    ("HttpSide", "HttpServer"),
    ("Known", "CardTimes"),
    ("Life", "PersonStep"),
    ("Luck", "CallResult"),
    ("Make", "MaskSource"),
    ("NotASpan", "ParseDurationError"),
    ("Occasion", "BurstKind"),
    ("Oddity", "LikelyMistake"),
    ("Orders", "StopSignal"),
    ("Piece", "HistoryItem"),
    ("Premises", "SalesVenue"),
    ("Presently", "HistoryFinished"),
    ("Reads", "StatisticChoice"),
    ("Said", "Decided"),
    ("Seat", "MerchantLocation"),
    ("Sides", "PortSet"),
    ("Sought", "CheckpointLookup"),
    ("Spare", "SpareAccumulator"),
    ("Standing", "RuleStatus"),
    ("Surroundings", "RestoreContext"),
    ("Touch", "CardBefore"),
    ("Vital", "HealthCheck"),
    ("What", "Flaw"),
    ("Whereabouts", "HolderLocation"),
    ("Wrong", "InvalidValue"),
    ("attend", "watch_until_fed"),
    ("audience", "targets"),
    ("came", "write_outcomes"),
    ("came_together", "write_group"),
    ("do_chores", "run_housekeeping"),
    ("doomed", "must_abort"),
    ("drop_idlest", "evict_longest_idle"),
    ("has_its_fill", "mark_full"),
    ("hear", "drain_events"),
    ("heed_changes", "apply_rebalances"),
    ("history_cut", "has_history_gap"),
    ("in_a_drawer", "is_rarely_used"),
    ("in_between", "on_tick"),
    ("is_our_own_doing", "was_purged"),
    ("is_told", "is_delivered"),
    ("keep_house", "housekeeping"),
    ("keeper_config", "topic_reader_config"),
    ("let_go", "release"),
    ("meet", "choose_merchant"),
    ("must_have_said", "ensure_reported"),
    ("note_cut", "note_history_gap"),
    ("part_of", "involvement"),
    ("perhaps", "maybe_selected"),
    ("pulse", "health"),
    ("renew", "recreate"),
    ("replacing", "replacement"),
    ("rhythms", "resend_policies"),
    ("take_some", "process_records"),
    ("taking", "processable"),
    ("tell", "generate"),
    ("tell_until", "report_gone_until"),
    ("until_alerts_are_here", "wait_for_alerts"),
];

/// The same for tests.
const UNCLEAR_IN_TESTS: &[(&str, &str)] = &[
    ("Blow", "Disruption"),
    ("Ended", "CommandResult"),
    ("Lived", "RandomMemory"),
    ("Stage", "NotifyFixture"),
    ("World", "a fixture named after what it sets up"),
    ("complained", "stderr"),
    ("drop_leash", "close_pipe"),
    ("heir", "successor"),
    ("in_episode", "in_active_period"),
    ("of_it", "the name of the thing"),
    ("said", "log, stdout or response"),
    ("says", "expect_stderr"),
    ("strike", "disrupt"),
    ("tell", "log_instance"),
    ("tend", "maintain"),
    ("the_rest", "remaining"),
    ("told", "notified"),
];

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

fn below(folder: &str) -> Vec<PathBuf> {
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// Production files, without tests.
fn production() -> Vec<PathBuf> {
    below("src").into_iter().filter(|path| !is_test(path)).collect()
}

/// The files of the unit tests and of the integration tests.
fn tests() -> Vec<PathBuf> {
    let unit = below("src").into_iter().filter(|path| is_test(path));
    unit.chain(below("tests/it")).collect()
}

#[test]
fn a_type_name_means_at_most_two_things() {
    let item =
        Regex::new(r"(?m)^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|type) ([A-Z]\w*)").unwrap();
    let mut uses: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in production() {
        let text = std::fs::read_to_string(&file).unwrap();
        for found in item.captures_iter(&text) {
            uses.entry(found[1].to_owned()).or_default().push(file.clone());
        }
    }
    assert!(uses.len() > 300, "only {} types were found", uses.len());
    uses.retain(|_, files| files.len() > USES_MAX);
    assert!(uses.is_empty(), "{uses:#?}");
}

/// The names of a list that these files define or use as a type, each with the better one.
fn unclear(files: &[PathBuf], names: &[(&str, &str)]) -> Vec<String> {
    let patterns: Vec<_> = names
        .iter()
        .map(|(name, better)| {
            let item =
                format!(r"\b(?:fn|struct|enum|trait|type|mod|let|let mut) {name}\b|\b{name}::");
            (Regex::new(&item).unwrap(), name, better)
        })
        .collect();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for (_, name, better) in patterns.iter().filter(|(item, ..)| item.is_match(&text)) {
            found.push(format!("{}: `{name}`: write `{better}`", file.display()));
        }
    }
    found
}

#[test]
fn no_name_is_a_known_unclear_one() {
    let found = unclear(&production(), UNCLEAR);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_name_in_tests_is_a_known_unclear_one() {
    let files = tests();
    assert!(files.len() > 200, "only {} files were found", files.len());
    let found = unclear(&files, UNCLEAR_IN_TESTS);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
