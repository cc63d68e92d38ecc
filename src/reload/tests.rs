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
struct World {
    folder: TempDir,
    in_force: Arc<ActiveRuleset>,
    metrics: Arc<Metrics>,
    status: Arc<Status>,
    reloader: Reloader,
}

impl World {
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
            in_force: ActiveRuleset::new(ruleset),
            status: Arc::new(Status::new()),
        };
        let ReloadTargets { in_force, metrics, status } = targets.clone();
        let reloader = Reloader::start(origin, sources, targets).unwrap();
        Self { folder, in_force, metrics, status, reloader }
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
        self.in_force.ruleset().id.version.clone()
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
        let says = |note: String| expected.iter().all(|part| note.contains(part));
        wait(
            || self.note().is_some_and(says),
            || format!("{:?} has not {expected:?}", self.note()),
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
        let world = World::watching(folder(&[("rules/a.toml", &good("1"))]), rules);
        fs::write(world.path("rules/a.toml"), good("2")).unwrap();
        world.wait_version("2");
        fs::write(world.path("rules/.a.toml.swp"), good("3")).unwrap();
        fs::rename(world.path("rules/.a.toml.swp"), world.path("rules/a.toml")).unwrap();
        world.wait_version("3");
        fs::remove_file(world.path("rules/a.toml")).unwrap();
        fs::write(world.path("rules/a.toml"), good("4")).unwrap();
        world.wait_version("4");
        world.wait_counted("replaced", 3);
        world.wait_no_note();
    }
}

#[test]
fn the_links_of_a_config_map_are_swapped_as_kubernetes_does() {
    let config_map = folder(&[("rules/..1/a.toml", &good("1")), ("rules/..1/l.txt", "m_1")]);
    let root = config_map.path().join("rules");
    symlink("..1", root.join("..data")).unwrap();
    symlink("..data/a.toml", root.join("a.toml")).unwrap();
    let world = World::watching(config_map, "rules");
    for version in ["2", "3"] {
        fs::create_dir(root.join(format!("..{version}"))).unwrap();
        fs::write(root.join(format!("..{version}/a.toml")), good(version)).unwrap();
        let old = fs::read_link(root.join("..data")).unwrap();
        symlink(format!("..{version}"), root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
        fs::remove_dir_all(root.join(old)).unwrap();
        world.wait_version(version);
    }
    assert_eq!(world.reloads("refused"), 0);
}

#[test]
fn files_that_an_editor_leaves_in_a_rules_folder_are_not_read() {
    let world = World::watching(folder(&[("rules/a.toml", &good("1"))]), "rules");
    let broken = "[ruleset";
    for name in [".a.toml.swp", ".b.toml", "a.toml~", "#a.toml#", "._a.toml", "4913"] {
        fs::write(world.path("rules").join(name), broken).unwrap();
    }
    symlink("user@host.1234:5678", world.path("rules/.#a.toml")).unwrap();
    fs::create_dir(world.path("rules/archive.toml")).unwrap();
    world.replace("rules/a.toml", &good("2"));
    world.wait_version("2");
    world.wait_counted("replaced", 1);
    assert_eq!(world.reloads("refused"), 0);
}

#[test]
fn a_dangling_link_is_reported_and_read_once_its_target_is_there() {
    let world = World::watching(folder(&[("rules/a.toml", &good("1"))]), "rules");
    symlink("../later/b.toml", world.path("rules/b.toml")).unwrap();
    world.wait_note(&["b.toml", "a symbolic link to ../later/b.toml, which does not exist"]);
    fs::create_dir(world.path("soon")).unwrap();
    fs::write(world.path("soon/b.toml"), "[features]\nbig = 'amount > 5.00'\n").unwrap();
    fs::rename(world.path("soon"), world.path("later")).unwrap();
    world.wait_counted("replaced", 1);
    world.wait_no_note();
}

#[test]
fn a_link_to_another_release_is_followed() {
    let releases = [("releases/1/a.toml", good("1")), ("releases/2/a.toml", good("2"))];
    let releases = folder(&releases.each_ref().map(|(name, text)| (*name, text.as_str())));
    let link = |release: &str, name: &str| symlink(release, releases.path().join(name)).unwrap();
    link("releases/1", "current");
    link("releases/2", "next");
    let world = World::watching(releases, "current");
    fs::rename(world.path("next"), world.path("current")).unwrap();
    world.wait_version("2");
}

#[test]
fn a_list_in_another_folder_is_part_of_the_ruleset() {
    let rules = text("1", "merchant.id in list(\"watched\")")
        + "\n[lists]\nwatched = \"../lists/watched.txt\"\n";
    let world = World::watching(
        folder(&[("rules/a.toml", &rules), ("lists/watched.txt", "m_1\n")]),
        "rules",
    );
    let hash = || world.in_force.ruleset().id.hash.clone();
    let before = hash();
    fs::write(world.path("lists/watched.txt"), "m_1\t2026-01-05T10:00:00Z\n").unwrap();
    wait(|| hash() != before, || "the list is not read".into());
    fs::write(world.path("lists/watched.txt"), "m_1\tsoon\n").unwrap();
    world.wait_note(&["lists/watched.txt:1:5: `soon` after the tab is not a time"]);
    fs::remove_file(world.path("lists/watched.txt")).unwrap();
    world.wait_note(&["the list file `../lists/watched.txt` cannot be read"]);
    fs::write(world.path("lists/watched.txt"), "m_1\n").unwrap();
    wait(|| hash() == before, || "the list is not read again".into());
    world.wait_no_note();
}

#[test]
fn an_invalid_ruleset_leaves_the_old_one_active_until_it_is_fixed() {
    let world = World::watching(folder(&[("a.toml", &good("1"))]), "a.toml");
    let failing = good("2")
        + "\n[[test]]\nname = \"high\"\ntransactions = [\n  { time = \"10:00:00\", amount = 500.00, expect = { not_fired = [\"r\"] } },\n]\n";
    for (text, expected) in [
        (text("2", "amout >= 100.00"), vec!["a.toml:9:11: ", "amout", "t 1 (", ") stays in force"]),
        ("[ruleset".into(), vec!["a.toml:1:"]),
        (String::new(), vec!["[ruleset]"]),
        (failing, vec!["a.toml:16: test \"high\": transaction 1: `r` fired"]),
        (text("2", "card.last(\"40d\").size() > 1 && amout > 1"), vec!["; and 1 more"]),
    ] {
        world.replace("a.toml", &text);
        world.wait_note(&expected);
        assert_eq!(world.version(), "1");
        assert!(world.metrics.render().contains("redcard_ruleset_reload_successful 0"));
    }
    assert_eq!((world.reloads("refused"), world.reloads("replaced")), (5, 0));
    fs::write(world.path("a.toml"), good("3")).unwrap();
    world.wait_version("3");
    world.wait_no_note();
    assert!(world.metrics.render().contains("redcard_ruleset_reload_successful 1"));
}

#[test]
fn the_reloader_waits_for_a_folder_that_is_temporarily_missing() {
    let world = World::watching(folder(&[("rules/a.toml", &good("1"))]), "rules");
    fs::rename(world.path("rules"), world.path("elsewhere")).unwrap();
    world.wait_note(&["cannot read", "rules"]);
    fs::rename(world.path("elsewhere"), world.path("rules")).unwrap();
    world.wait_no_note();
    assert_eq!((world.reloads("refused"), world.reloads("unchanged")), (1, 1));
    fs::write(world.path("rules/a.toml"), good("2")).unwrap();
    world.wait_version("2");
}

#[test]
fn a_request_is_answered_and_a_touched_file_is_not_a_change() {
    let world = World::watching(folder(&[("a.toml", &good("1"))]), "a.toml");
    let asking = world.reloader.asking();
    for times in 1..=2 {
        asking.ask();
        world.wait_counted("unchanged", times);
    }
    fs::write(world.path("a.toml"), good("1")).unwrap();
    asking.ask();
    world.wait_counted("unchanged", 3);
    fs::write(world.path("a.toml"), good("2")).unwrap();
    world.wait_version("2");
    world.wait_counted("replaced", 1);
    assert_eq!(world.reloads("unchanged"), 3, "the touched file was none");
}

/// The watch of a folder does not see a write through a hard link in another folder.
#[test]
fn polling_finds_a_change_without_an_event() {
    let linked = folder(&[("rules/a.toml", &good("1")), ("elsewhere/here", "")]);
    let other = linked.path().join("elsewhere/a.toml");
    fs::hard_link(linked.path().join("rules/a.toml"), &other).unwrap();
    let world = World::polling(linked, "rules", Duration::from_millis(500));
    world.reloader.asking().ask();
    world.wait_counted("unchanged", 1);
    fs::write(other, good("2")).unwrap();
    world.wait_version("2");
}

#[test]
fn a_reloader_ends_when_it_is_dropped() {
    let world = World::watching(folder(&[("a.toml", &good("1"))]), "a.toml");
    let World { folder, in_force, reloader, .. } = world;
    drop(reloader);
    wait(|| Arc::strong_count(&in_force) == 1, || "the thread still holds it".into());
    fs::write(folder.path().join("a.toml"), good("2")).unwrap();
    assert_eq!(in_force.ruleset().id.version, "1");
}
