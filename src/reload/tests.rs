//! Tests a reloader on real files, with each way in which people and machines change them.

use super::*;
use crate::clock::monotonic_now;
use crate::fixtures::ruleset_of as test_ruleset_of;
use crate::metrics::Metrics;
use crate::rules::{Environment, Ruleset, Sources};
use crate::status::Status;
use crate::transaction::{Currency, DAY_MS};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(240);
/// A poll interval so long that only events can report a change.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// A ruleset of one rule, with this version.
pub fn ruleset(version: &str) -> Arc<Ruleset> {
    Arc::new(test_ruleset_of(&text(version, "amount >= 100.00")))
}

pub fn text(version: &str, condition: &str) -> String {
    format!(
        "[ruleset]\nname = \"t\"\nversion = \"{version}\"\nreview = 300\ndecline = 600\n\n\
         [[rule]]\nid = \"r\"\nwhen = '''{condition}'''\npoints = 400\nseverity = \"low\"\n\
         reason = \"R\"\nmessage = \"m\"\n"
    )
}

fn good(version: &str) -> String {
    text(version, "amount >= 100.00")
}

/// A folder, and a reloader for a path in it.
struct ReloadFixture {
    folder: TempDir,
    active_ruleset: Arc<ActiveRuleset>,
    metrics: Arc<Metrics>,
    status: Arc<Status>,
    reloader: Reloader,
}

impl ReloadFixture {
    fn watching(folder: TempDir, rules: &str) -> Self {
        Self::polling(folder, rules, NEVER)
    }

    fn polling(folder: TempDir, rules: &str, poll_interval: Duration) -> Self {
        let base_currency = Currency::parse("USD").unwrap();
        let environment =
            Environment { retention_ms: 30 * DAY_MS, events_per_card: 256, base_currency };
        let origin = Origin { path: folder.path().join(rules), environment, poll_interval };
        let sources = Sources::read(&origin.path).unwrap();
        let ruleset = Arc::new(sources.compile(environment).unwrap().0);
        let targets = ReloadTargets {
            metrics: Arc::new(Metrics::new(&ruleset)),
            active_ruleset: ActiveRuleset::new(ruleset),
            status: Arc::new(Status::new()),
        };
        let ReloadTargets { active_ruleset, metrics, status } = targets.clone();
        let reloader = Reloader::start(origin, sources, targets).unwrap();
        Self { folder, active_ruleset, metrics, status, reloader }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a file by a rename, so that it is never there without its content.
    fn replace(&self, name: &str, text: &str) {
        fs::write(self.path("next"), text).unwrap();
        fs::rename(self.path("next"), self.path(name)).unwrap();
    }

    fn version(&self) -> String {
        self.active_ruleset.ruleset().id.version.clone()
    }

    fn note(&self) -> Option<String> {
        self.status.ready().notes.get("ruleset").cloned()
    }

    fn reloads(&self, result: &str) -> usize {
        let line = format!("redcard_ruleset_reloads_total{{result=\"{result}\"}} ");
        let text = self.metrics.render();
        text.lines().find_map(|text| text.strip_prefix(&line)).unwrap().parse().unwrap()
    }

    /// Waits for a count of reloads. The count is updated after the ruleset, so an active version
    /// may not be counted yet.
    fn wait_counted(&self, result: &str, reloads: usize) {
        wait(
            || self.reloads(result) == reloads,
            || format!("{} {result}, not {reloads}", self.reloads(result)),
        );
    }

    fn wait_version(&self, version: &str) {
        wait(
            || self.version() == version,
            || format!("version {} stays, not {version}; {:?}", self.version(), self.note()),
        );
    }

    fn wait_note(&self, expected: &[&str]) {
        let contains_all = |note: String| expected.iter().all(|part| note.contains(part));
        wait(
            || self.note().is_some_and(contains_all),
            || format!("{:?} does not contain {expected:?}", self.note()),
        );
    }

    fn wait_no_note(&self) {
        wait(|| self.note().is_none(), || format!("{:?} stays", self.note()));
    }
}

fn wait(mut done: impl FnMut() -> bool, what: impl Fn() -> String) {
    let deadline = monotonic_now() + PATIENCE;
    while !done() {
        assert!(monotonic_now() < deadline, "{}", what());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn a_file_that_is_written_renamed_over_or_replaced_takes_effect() {
    for rules in ["rules", "rules/a.toml"] {
        let fixture = ReloadFixture::watching(folder(&[("rules/a.toml", &good("1"))]), rules);
        fs::write(fixture.path("rules/a.toml"), good("2")).unwrap();
        fixture.wait_version("2");
        fs::write(fixture.path("rules/.a.toml.swp"), good("3")).unwrap();
        fs::rename(fixture.path("rules/.a.toml.swp"), fixture.path("rules/a.toml")).unwrap();
        fixture.wait_version("3");
        fs::remove_file(fixture.path("rules/a.toml")).unwrap();
        fs::write(fixture.path("rules/a.toml"), good("4")).unwrap();
        fixture.wait_version("4");
        fixture.wait_counted("replaced", 3);
        fixture.wait_no_note();
    }
}

#[test]
fn the_links_of_a_config_map_are_swapped_as_kubernetes_does() {
    let config_map = folder(&[("rules/..1/a.toml", &good("1")), ("rules/..1/l.txt", "m_1")]);
    let root = config_map.path().join("rules");
    symlink("..1", root.join("..data")).unwrap();
    symlink("..data/a.toml", root.join("a.toml")).unwrap();
    let fixture = ReloadFixture::watching(config_map, "rules");
    for version in ["2", "3"] {
        fs::create_dir(root.join(format!("..{version}"))).unwrap();
        fs::write(root.join(format!("..{version}/a.toml")), good(version)).unwrap();
        let old = fs::read_link(root.join("..data")).unwrap();
        symlink(format!("..{version}"), root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
        fs::remove_dir_all(root.join(old)).unwrap();
        fixture.wait_version(version);
    }
    assert_eq!(fixture.reloads("refused"), 0);
}

#[test]
fn files_that_an_editor_leaves_in_a_rules_folder_are_not_read() {
    let fixture = ReloadFixture::watching(folder(&[("rules/a.toml", &good("1"))]), "rules");
    let broken = "[ruleset";
    for name in [".a.toml.swp", ".b.toml", "a.toml~", "#a.toml#", "._a.toml", "4913"] {
        fs::write(fixture.path("rules").join(name), broken).unwrap();
    }
    symlink("user@host.1234:5678", fixture.path("rules/.#a.toml")).unwrap();
    fs::create_dir(fixture.path("rules/archive.toml")).unwrap();
    fixture.replace("rules/a.toml", &good("2"));
    fixture.wait_version("2");
    fixture.wait_counted("replaced", 1);
    assert_eq!(fixture.reloads("refused"), 0);
}

#[test]
fn a_dangling_link_is_reported_and_read_once_its_target_is_there() {
    let fixture = ReloadFixture::watching(folder(&[("rules/a.toml", &good("1"))]), "rules");
    symlink("../later/b.toml", fixture.path("rules/b.toml")).unwrap();
    fixture.wait_note(&["b.toml", "a symbolic link to ../later/b.toml, which does not exist"]);
    fs::create_dir(fixture.path("soon")).unwrap();
    fs::write(fixture.path("soon/b.toml"), "[features]\nbig = 'amount > 5.00'\n").unwrap();
    fs::rename(fixture.path("soon"), fixture.path("later")).unwrap();
    fixture.wait_counted("replaced", 1);
    fixture.wait_no_note();
}

#[test]
fn a_link_to_another_release_is_followed() {
    let releases = [("releases/1/a.toml", good("1")), ("releases/2/a.toml", good("2"))];
    let releases = folder(&releases.each_ref().map(|(name, text)| (*name, text.as_str())));
    let link = |release: &str, name: &str| symlink(release, releases.path().join(name)).unwrap();
    link("releases/1", "current");
    link("releases/2", "next");
    let fixture = ReloadFixture::watching(releases, "current");
    fs::rename(fixture.path("next"), fixture.path("current")).unwrap();
    fixture.wait_version("2");
}

#[test]
fn a_list_in_another_folder_is_part_of_the_ruleset() {
    let rules = text("1", "merchant.id in list(\"watched\")")
        + "\n[lists]\nwatched = \"../lists/watched.txt\"\n";
    let fixture = ReloadFixture::watching(
        folder(&[("rules/a.toml", &rules), ("lists/watched.txt", "m_1\n")]),
        "rules",
    );
    let hash = || fixture.active_ruleset.ruleset().id.hash.clone();
    let before = hash();
    fs::write(fixture.path("lists/watched.txt"), "m_1\t2026-01-05T10:00:00Z\n").unwrap();
    wait(|| hash() != before, || "the list is not read".into());
    fs::write(fixture.path("lists/watched.txt"), "m_1\tsoon\n").unwrap();
    fixture.wait_note(&["lists/watched.txt:1:5: `soon` after the tab is not a time"]);
    fs::remove_file(fixture.path("lists/watched.txt")).unwrap();
    fixture.wait_note(&["the list file `../lists/watched.txt` cannot be read"]);
    fs::write(fixture.path("lists/watched.txt"), "m_1\n").unwrap();
    wait(|| hash() == before, || "the list is not read again".into());
    fixture.wait_no_note();
}

#[test]
fn an_invalid_ruleset_leaves_the_old_one_active_until_it_is_fixed() {
    let fixture = ReloadFixture::watching(folder(&[("a.toml", &good("1"))]), "a.toml");
    let failing = good("2")
        + "\n[[test]]\nname = \"high\"\ntransactions = [\n  { time = \"10:00:00\", amount = 500.00, expect = { not_fired = [\"r\"] } },\n]\n";
    for (text, expected) in [
        (text("2", "amout >= 100.00"), vec!["a.toml:9:11: ", "amout", "t 1 (", ") stays active"]),
        ("[ruleset".into(), vec!["a.toml:1:"]),
        (String::new(), vec!["[ruleset]"]),
        (failing, vec!["a.toml:16: test \"high\": transaction 1: `r` fired"]),
        (text("2", "card.last(\"40d\").size() > 1 && amout > 1"), vec!["; and 1 more"]),
    ] {
        fixture.replace("a.toml", &text);
        fixture.wait_note(&expected);
        assert_eq!(fixture.version(), "1");
        assert!(fixture.metrics.render().contains("redcard_ruleset_reload_successful 0"));
    }
    assert_eq!((fixture.reloads("refused"), fixture.reloads("replaced")), (5, 0));
    fs::write(fixture.path("a.toml"), good("3")).unwrap();
    fixture.wait_version("3");
    fixture.wait_no_note();
    assert!(fixture.metrics.render().contains("redcard_ruleset_reload_successful 1"));
}

#[test]
fn the_reloader_waits_for_a_folder_that_is_temporarily_missing() {
    let fixture = ReloadFixture::watching(folder(&[("rules/a.toml", &good("1"))]), "rules");
    fs::rename(fixture.path("rules"), fixture.path("elsewhere")).unwrap();
    fixture.wait_note(&["cannot read", "rules"]);
    fs::rename(fixture.path("elsewhere"), fixture.path("rules")).unwrap();
    fixture.wait_no_note();
    assert_eq!((fixture.reloads("refused"), fixture.reloads("unchanged")), (1, 1));
    fs::write(fixture.path("rules/a.toml"), good("2")).unwrap();
    fixture.wait_version("2");
}

#[test]
fn a_requested_reload_is_logged_and_a_touched_file_is_unchanged() {
    let fixture = ReloadFixture::watching(folder(&[("a.toml", &good("1"))]), "a.toml");
    let handle = fixture.reloader.handle();
    for times in 1..=2 {
        handle.request_reload();
        fixture.wait_counted("unchanged", times);
    }
    fs::write(fixture.path("a.toml"), good("1")).unwrap();
    handle.request_reload();
    fixture.wait_counted("unchanged", 3);
    fs::write(fixture.path("a.toml"), good("2")).unwrap();
    fixture.wait_version("2");
    fixture.wait_counted("replaced", 1);
    assert_eq!(fixture.reloads("unchanged"), 3, "the touched file is not a change");
}

/// The watch of a folder does not see a write through a hard link in another folder.
#[test]
fn polling_finds_a_change_without_an_event() {
    let linked = folder(&[("rules/a.toml", &good("1")), ("elsewhere/here", "")]);
    let other = linked.path().join("elsewhere/a.toml");
    fs::hard_link(linked.path().join("rules/a.toml"), &other).unwrap();
    let fixture = ReloadFixture::polling(linked, "rules", Duration::from_millis(500));
    fixture.reloader.handle().request_reload();
    fixture.wait_counted("unchanged", 1);
    fs::write(other, good("2")).unwrap();
    fixture.wait_version("2");
}

#[test]
fn dropping_a_reloader_stops_its_thread() {
    let fixture = ReloadFixture::watching(folder(&[("a.toml", &good("1"))]), "a.toml");
    let ReloadFixture { folder, active_ruleset, reloader, .. } = fixture;
    drop(reloader);
    wait(|| Arc::strong_count(&active_ruleset) == 1, || "the thread still holds it".into());
    fs::write(folder.path().join("a.toml"), good("2")).unwrap();
    assert_eq!(active_ruleset.ruleset().id.version, "1");
}
