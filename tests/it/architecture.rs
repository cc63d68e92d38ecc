//! Compares ARCHITECTURE.md with the source: imports point one way, the scoring core is pure, and
//! every path that a document names exists. Also checks that texts are in plain words.

mod costs;
mod cycles;
mod documents;
mod literals;
mod mod_files;
mod modules;
mod names;
pub mod paths;
mod purity;
mod test_hooks;
mod transaction_path;
mod words;

use modules::{Modules, SourceFile};
use paths::{Import, Named, named_in};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A folder or file of `src` may import only from itself and from earlier rows.
const LAYERS: &[&[&str]] = &[
    &["number"],
    &["hex", "printable", "transaction"],
    &["decode", "memory"],
    &["history", "rules"],
    &["decision"],
    &["engine", "precision"],
    &["pipeline"],
    &["backtest"],
    &["backoff", "clock", "run_key", "topics"],
    &["checkpoint", "config", "generate", "metrics", "rule_tests", "status"],
    &["reload"],
    &["kafka", "http"],
    &["demo", "notify"],
    &["cli"],
    &["lib", "main"],
];

const CORE: &[&str] = &[
    "transaction",
    "decode",
    "memory",
    "history",
    "rules",
    "decision",
    "precision",
    "engine",
    "pipeline",
];

/// The only file that may name the engine, and so the only one that decodes and scores.
const PIPELINE: &str = "src/pipeline.rs";
const ENGINE: &str = "crate::engine::Engine";

const CLIENT_LIBRARY: &str = "rdkafka";

/// Folders that import less than their row allows, and what they may import.
const FEWER_IMPORTS: &[(&str, &[&str])] = &[("generate", &["number", "transaction"])];

/// What only one place may name: the client library, and what other code must not reach. Files that
/// share a folder with such a place must not reach it through re-exports either; code outside the
/// folder may use what the folder re-exports.
const CONFINED: &[(&str, &[&str])] = &[
    (CLIENT_LIBRARY, &["src/kafka/client/"]),
    (
        "crate::kafka::client",
        &[
            "src/kafka/client/",
            "src/kafka/tools/",
            "src/kafka/list_reader.rs",
            "src/kafka/mod.rs",
            "src/kafka/service.rs",
        ],
    ),
    ("crate::kafka::tools", &["src/kafka/tools/", "src/kafka/mod.rs"]),
    // The store holds any key and value.
    ("crate::memory::card", &["src/memory/card/", "src/memory/mod.rs"]),
];

#[test]
fn imports_point_one_way_and_the_core_is_pure() {
    let modules = Modules::read(production());
    assert!(modules.files().count() >= LAYERS.iter().flat_map(|row| row.iter()).count());
    let found: Vec<String> = modules.files().flat_map(|file| violations(&modules, file)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_folder_of_the_source_has_its_layer() {
    for file in source().keys() {
        let owner = owner(file);
        assert!(layer(&owner).is_some(), "{file} ({owner}) has no row in LAYERS");
    }
}

#[test]
fn only_the_pipeline_decodes_and_scores() {
    let deciding = source().into_iter().filter(|(_, named)| names_engine(named));
    assert_eq!(deciding.map(|(file, _)| file).collect::<Vec<_>>(), [PIPELINE]);
    for (code, expected) in [
        ("use crate::engine::Outcome;", false),
        ("use crate::engine::{Engine, Outcome};", true),
        ("use crate::engine::*;", true),
        ("use crate::engine;", true),
        ("use super::engine::Engine;", true),
        ("fn f(engine: &mut crate::engine::Engine) {}", true),
    ] {
        assert_eq!(names_engine(&named_in(code, &["demo".to_owned()])), expected, "{code}");
    }
}

fn names_engine(named: &Named) -> bool {
    named.paths.iter().any(|path| covers(ENGINE, path))
}

/// Checks how many violations a file with this code would have.
fn violation_check() -> impl Fn(&str, &str, usize) {
    let modules = Modules::read(production());
    move |file, code, expected| {
        let found = violations(&modules, &SourceFile::read(file, code));
        assert_eq!(found.len(), expected, "{file}: {code}: {found:?}");
    }
}

#[test]
fn a_violation_is_caught() {
    let check = violation_check();
    check("src/memory/mod.rs", "use crate::transaction::Time;", 0);
    check("src/memory/mod.rs", "use crate::memory::card::Event;", 0);
    check("src/memory/store/slab.rs", "use crate::memory::card::Event;", 1);
    check("src/memory/store/slab.rs", "use super::super::card::Event;", 1);
    check("src/memory/mod.rs", "use crate::decode::Decoder;", 1);
    check("src/decode/draft.rs", "use crate::{memory::Memory, transaction::Time};", 1);
    check("src/transaction/time.rs", "fn f() { crate::clock::wall_now(); }", 1);
    check("src/rules/mod.rs", "use super::engine::Engine;", 1);
    check("src/rules/query.rs", "fn f(m: super::super::decision::Decision<'_>) {}", 1);
    check("src/engine.rs", "use crate::*;", 1);
    check("src/engine.rs", "fn f() { format!(\"{}\", crate::config::DEFAULT) }", 1);
    check("src/kafka/sink.rs", "use crate::http::Server;", 1);
    check("src/kafka/sink.rs", "use crate::{engine::Engine, config::Config, metrics};", 0);
    check("src/demo/mod.rs", "use crate::cli::run;", 1);
    check("src/cli/run.rs", "use crate::{demo, kafka, http, engine};", 0);
    check("src/metrics.rs", "use crate::kafka::Shard;", 1);
    check("src/memory/mod.rs", "use std::sync::{Arc, Mutex};", 1);
    check("src/memory/mod.rs", "use std::sync::*;", 1);
    check("src/memory/mod.rs", "use std::{collections::HashMap, time};", 1);
    check("src/memory/mod.rs", "use std::time::{self, Duration};", 1);
    check("src/memory/mod.rs", "use std::{io, time::Duration};", 0);
    check("src/decode/mod.rs", "fn f() { tracing::warn!(\"x\"); }", 1);
    check("src/decode/mod.rs", "fn f() { println!(\"x\"); }", 1);
    check("src/decision/mod.rs", "fn f() { std::fs::read(p); }", 1);
    check("src/rules/source/loader.rs", "use std::fs;", 0);
    check("src/rules/source/loader.rs", "use std::thread;", 1);
    check("src/rules/mod.rs", "#[cfg(test)] mod tests { use crate::engine::Engine; }", 0);
    check("src/kafka/client/log.rs", "use rdkafka::ClientContext;", 0);
    check("src/kafka/shard/turn.rs", "use rdkafka::ClientContext;", 1);
    check("src/demo/mod.rs", "fn f(c: rdkafka::ClientConfig) {}", 1);
    check("src/kafka/shard/turn.rs", "use crate::kafka::client::GroupConsumer;", 1);
    check("src/kafka/shard/turn.rs", "use super::super::tools::Lookup;", 1);
    check("src/kafka/service.rs", "use super::client::GroupConsumer;", 0);
    check("src/kafka/client/feed.rs", "use crate::kafka::{shard, tools::Lookup};", 1);
    check("src/generate/holder.rs", "use crate::{number::NearestDouble, transaction::Time};", 0);
    check("src/generate/holder.rs", "use crate::decode::Decoder;", 1);
    check("src/generate/holder.rs", "use super::super::pipeline::Pipeline;", 1);
}

#[test]
fn a_violation_by_another_name_is_caught() {
    let check = violation_check();
    let shard = "src/kafka/shard/fault.rs";
    // The client, through the re-exports of the folder around it.
    check(shard, "use super::super::TopicReader;", 1);
    check(shard, "use crate::kafka::{Connection, TopicReader as Reader};", 1);
    check(shard, "fn f(reader: &crate::kafka::TopicReader) {}", 1);
    check(shard, "use crate::kafka;\nfn f(reader: &kafka::TopicReader) {}", 1);
    check(shard, "use crate::kafka as all;\nfn f(reader: &all::TopicReader) {}", 1);
    check(shard, "use super::super::{self as all};\nfn f(reader: &all::TopicReader) {}", 1);
    check(shard, "use super::super::*;", 2); // The tools as well.
    check(shard, "use super::super::{Connection, Settings};", 0);
    check("src/kafka/record.rs", "use super::Lookup;", 1);
    check("src/memory/store/slab.rs", "use super::super::Event;", 1);
    check("src/memory/store/slab.rs", "use crate::memory::Memory;", 1);
    check("src/demo/run.rs", "use crate::kafka::TopicReader;", 0);
    // A crate by another name, this one included.
    check(shard, "use rdkafka as client_library;", 2);
    check(shard, "use {rdkafka as client_library, std::fmt};", 2);
    check(shard, "extern crate rdkafka;", 2);
    check(shard, "use crate as everything;\nfn f(service: &everything::kafka::Service) {}", 1);
    check(shard, "use crate::{self as everything};", 1);
    check(shard, "use super::super::super as everything;", 1);
    check(shard, "use std as library;", 1);
    check("src/decode/reason.rs", "use std as library;\nfn f() { library::fs::read(p) }", 2);
    // A macro may be re-exported by its own name.
    check("src/rules/ir/op.rs", "macro_rules! m { () => {} }\npub(super) use m;", 0);
    check("src/rules/ir/op.rs", "macro_rules! m { () => {} }\npub(super) use m as n;", 1);
    // The client library's types leave its folder only as redcard's own.
    check("src/kafka/client/feed.rs", "pub use rdkafka::Message;", 1);
    check("src/kafka/shard/fault.rs", "use self::super::super::client::Feed;", 1);
}

fn violations(modules: &Modules, file: &SourceFile) -> Vec<String> {
    let owner = owner(&file.name);
    let is_core = CORE.contains(&owner.as_str());
    let mut found = Vec::new();
    let mut report = |path: &[String], what: String| {
        found.push(format!("{} names {}: {what}", file.name, path.join("::")));
    };
    for path in &file.named.paths {
        let other = path.get(1).filter(|_| path[0] == "crate");
        if let Some(other) = other.filter(|other| !may_name(&owner, other)) {
            report(path, format!("`{owner}` must not know `{other}`"));
        }
        let meanings = modules.meanings(file, path).paths;
        if is_core && purity::is_impure(&file.name, path, &meanings) {
            report(path, "the scoring core must not".to_owned());
        }
        for (confined, places) in CONFINED {
            let is_allowed = places.iter().any(|place| file.name.starts_with(place));
            if !is_allowed && reaches(&file.name, confined, path, &meanings) {
                report(path, format!("only {} may", places.join(", ")));
            }
        }
    }
    for import in &file.named.imports {
        if names_crate(import, &file.named) {
            report(&import.path, "import what is used of the crate, by its name".to_owned());
        }
        if import.is_public && is_below(CLIENT_LIBRARY, &import.path) {
            report(&import.path, "it must not be re-exported".to_owned());
        }
    }
    found
}

/// Whether a path leads to what is confined.
fn reaches(file: &str, confined: &str, path: &[String], meanings: &BTreeSet<Vec<String>>) -> bool {
    let folder = confined.rsplit_once("::").map(|(parent, _)| parent.replacen("crate", "src", 1));
    let is_near =
        folder.is_some_and(|folder| file.starts_with(&format!("{}/", folder.replace("::", "/"))));
    let is_foreign = !confined.starts_with("crate::");
    is_below(confined, path)
        || ((is_near || is_foreign) && meanings.iter().any(|path| is_below(confined, path)))
}

/// Whether an import brings in a crate as a whole, and so what it contains under other names.
fn names_crate(import: &Import, named: &Named) -> bool {
    let is_macro = named.macros.iter().any(|name| import.path == [name.clone()]);
    import.path.len() == 1 && (import.is_renamed() || !is_macro)
}

fn may_name(owner: &str, other: &str) -> bool {
    if owner == other || matches!(owner, "lib" | "main") {
        return true;
    }
    let fewer = FEWER_IMPORTS.iter().find(|(folder, _)| *folder == owner);
    if fewer.is_some_and(|(_, imported)| !imported.contains(&other)) {
        return false;
    }
    match (layer(owner), layer(other)) {
        (Some(own), Some(theirs)) => theirs < own,
        _ => false,
    }
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&name))
}

/// Whether `path` names `rule`, something below it, or (by a glob or a bare module) a parent of it.
fn covers(rule: &str, path: &[String]) -> bool {
    let rule: Vec<&str> = rule.split("::").collect();
    let named: Vec<&str> = path.iter().map(String::as_str).filter(|part| *part != "*").collect();
    let shared = rule.len().min(named.len());
    let module_whole = named.len() > 1 || path.last().is_some_and(|part| part == "*");
    rule[..shared] == named[..shared] && (named.len() >= rule.len() || module_whole)
}

/// Whether `path` names `rule` or something below it.
fn is_below(rule: &str, path: &[String]) -> bool {
    let rule: Vec<&str> = rule.split("::").collect();
    path.len() >= rule.len() && path.iter().zip(&rule).all(|(part, rule)| part == rule)
}

/// The names that each file of `src` uses, without test files; keyed by the path from the
/// repository's root.
fn source() -> BTreeMap<String, Named> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeMap::new();
    for path in rust_files(&root.join("src")) {
        let file = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let found = named_in(&std::fs::read_to_string(&path).unwrap(), &module(&file));
        named.insert(file, found);
    }
    let tests: Vec<String> =
        named.iter().flat_map(|(file, named)| test_places(file, named)).collect();
    named.retain(|file, _| !tests.iter().any(|test| is_within(file, test)));
    named
}

/// The production files of `src` with their texts, by their paths from the repository's root.
pub fn production() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |file: &String| std::fs::read_to_string(root.join(file)).unwrap();
    source().into_keys().map(|file| (file.clone(), text(&file))).collect()
}

/// Paths of the files and (without extension) the modules that a file declares as tests.
fn test_places(file: &str, named: &Named) -> Vec<String> {
    let module = module(file).join("/");
    let modules = named.test_modules.iter().map(|name| format!("src/{module}/{name}"));
    let folder = file.rsplit_once('/').unwrap().0;
    let files = named.test_files.iter().map(|name| format!("{folder}/{name}"));
    modules.chain(files).collect()
}

/// Whether a file is the one at `place`, or is in the folder of the module there.
fn is_within(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| matches!(rest, "" | ".rs") || rest.starts_with('/'))
}

/// Every `.rs` file below a folder.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if std::fs::metadata(&path).unwrap().is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// `src/memory/event.rs` → `["memory", "event"]`.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let root = matches!(path, "lib" | "main");
    path.split('/').filter(|_| !root).map(str::to_owned).collect()
}

/// The top folder or file of `src` that a file belongs to.
fn owner(file: &str) -> String {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/').next().unwrap_or_default().to_owned()
}
