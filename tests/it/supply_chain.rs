//! Checks the licences and sources of redcard's dependencies against deny.toml, `unsafe` code
//! against a list, and that no dependency is unused.

use crate::architecture::paths::{Named, named_in};
use crate::architecture::{production, rust_files};
use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files with `unsafe` code, each with the reason.
const UNSAFE: &[(&str, &str)] = &[
    (
        "src/kafka/client/consumer/group_record.rs",
        "the Rust binding does not offer what the client library has noted of a partition's start",
    ),
    (
        "src/kafka/client/embedded_cluster.rs",
        "the client library's embedded cluster has a setting that its Rust binding does not offer",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn deny() -> toml::Table {
    read("deny.toml").parse().unwrap()
}

fn texts(list: &toml::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Every package that a build for this platform may use, including for tests and benchmarks.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].take();
    let packages = packages.as_array().unwrap().clone();
    assert!(packages.len() > 100, "{} packages", packages.len());
    packages
}

/// Whether the allowed licences satisfy a licence expression.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let parsed = Expression::parse_mode(expression, ParseMode::LAX)
        .unwrap_or_else(|error| panic!("{expression}: {error}"));
    parsed.evaluate(|requirement| {
        let id = requirement.license.id();
        id.is_some_and(|id| allowed.iter().any(|allowed| allowed == id.name))
            && requirement.addition.is_none()
    })
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let allowed = texts(&deny()["licenses"]["allow"]);
    for package in packages() {
        let name = &package["name"];
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names none"));
        assert!(is_allowed(licence, &allowed), "{name}: {licence}");
    }
}

#[test]
fn every_dependency_comes_from_the_registry() {
    let registries = texts(&deny()["sources"]["allow-registry"]);
    for package in packages() {
        let (name, source) = (&package["name"], package["source"].as_str());
        let Some(source) = source else {
            assert_eq!(name, "redcard");
            continue;
        };
        let known = registries.iter().any(|registry| source == format!("registry+{registry}"));
        assert!(known, "{name} comes from {source}");
    }
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let is_own = package.get("source").is_none();
        assert!(is_own || package.get("checksum").is_some(), "{package} has no checksum");
    }
}

#[test]
fn licence_expressions_are_evaluated() {
    let allowed = ["MIT", "Unicode-3.0"].map(str::to_owned);
    for (expression, expected) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0 OR MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("GPL-3.0", false),
        ("MIT AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}

/// In all other files the compiler rejects `unsafe`: Cargo.toml denies `unsafe_code`.
#[test]
fn unsafe_code_occurs_only_where_it_is_justified() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("deny"));
    let mut found = Vec::new();
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("unsafe impl") {
            assert!(text.contains("Safety: "), "{shown} argues for it");
            found.push(shown);
        }
    }
    found.sort();
    assert_eq!(found, UNSAFE.iter().map(|(file, _)| (*file).to_owned()).collect::<Vec<_>>());
}

/// The crates with which paths in the code begin. Comments and texts are not code.
fn beginnings<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    let files: Vec<Named> = texts.into_iter().map(|text| named_in(text, &[])).collect();
    let modules: BTreeSet<&str> =
        files.iter().flat_map(|file| &file.modules).map(String::as_str).collect();
    files.iter().flat_map(|file| crates(file, &modules)).collect()
}

/// The crates with which paths of a file begin. `modules` are those of all files.
fn crates(file: &Named, modules: &BTreeSet<&str>) -> BTreeSet<String> {
    let local = local_names(file, modules);
    // A macro by itself, such as `notify!`, is not a path into a crate.
    let first = file.paths.iter().map(|path| &path[0]).filter(|name| !name.ends_with('!'));
    first.filter(|name| !local.contains(name.as_str())).cloned().collect()
}

/// Names that may mean something other than a crate in this file: modules that it declares, names
/// that it imports, and every part of a path of redcard's own.
fn local_names<'n>(file: &'n Named, modules: &BTreeSet<&'n str>) -> BTreeSet<&'n str> {
    let own = file.paths.iter().filter(|path| path[0] == "crate").flatten();
    let imported = file.imports.iter().filter(|import| import.path != [import.name.clone()]);
    let mut names: BTreeSet<&str> = own
        .chain(&file.modules)
        .chain(imported.map(|import| &import.name))
        .map(String::as_str)
        .collect();
    if file.imports.iter().any(|import| import.name == "*") {
        names.extend(modules);
    }
    names
}

/// The dependencies of a section of a manifest that no path begins with.
fn unused(manifest: &str, section: &str, beginnings: &BTreeSet<String>) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let names = manifest[section].as_table().unwrap().keys();
    names.filter(|name| !beginnings.contains(&name.replace('-', "_"))).cloned().collect()
}

#[test]
fn every_dependency_is_used() {
    let manifest = read("Cargo.toml");
    let production = production();
    let texts = production.iter().map(|(_, text)| text.as_str());
    assert_eq!(unused(&manifest, "dependencies", &beginnings(texts)), [""; 0]);

    let is_test = |file: &PathBuf| {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap();
        !production.iter().any(|(production, _)| production == name)
    };
    let folders = ["src", "tests", "benches"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| rust_files(folder)).filter(is_test);
    let texts: Vec<String> = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let beginnings = beginnings(texts.iter().map(String::as_str));
    assert_eq!(unused(&manifest, "dev-dependencies", &beginnings), [""; 0]);
}

#[test]
fn an_unused_dependency_is_caught() {
    let check = |code: &str, expected: &[&str]| {
        let manifest = "[dependencies]\nserde_json = \"1\"\nrand-chacha = { version = \"1\" }";
        assert_eq!(unused(manifest, "dependencies", &beginnings([code])), expected, "{code}");
    };
    check("use serde_json::Value;\nfn f(dice: rand_chacha::ChaCha8Rng) {}", &[]);
    check("use {rand_chacha::A, serde_json::json};", &[]);
    check("use rand_chacha::ChaCha8Rng;", &["serde_json"]);
    check("// serde_json::Value\nfn f() { \"rand_chacha::A\"; }", &["rand-chacha", "serde_json"]);
    check("use super::serde_json::Value;\nuse rand_chacha::A;", &["serde_json"]);
    check(
        "#[cfg(test)]\nmod tests { use serde_json::Value; }\nuse rand_chacha::A;",
        &["serde_json"],
    );
    // A module of redcard, or another name, is not the crate.
    let check_module = |code: &str| check(&format!("use rand_chacha::A;\n{code}"), &["serde_json"]);
    check_module("mod serde_json;\npub use serde_json::Value;");
    check_module("pub mod serde_json { pub fn f() {} }\nfn g() { serde_json::f() }");
    check_module("use crate::serde_json::{self, Value};\nfn f() { serde_json::from() }");
    check_module("use super::serde_json;\nfn f() { serde_json::from() }");
    check_module("use crate::a::b as serde_json;\nfn f() { serde_json::from() }");
    check_module("use toml::value as serde_json;\nfn f() { serde_json::from() }");
    check_module("use super::*;\nmod serde_json;\nfn f() { serde_json::from() }");
    check_module("fn f() { serde_json!(x) }");
    check("use rand_chacha::A;\nuse serde_json;\nfn f() { serde_json::from() }", &[]);
    let glob = ["use super::*;\nfn f() { serde_json::from() }", "mod serde_json;\nmod other;"];
    assert_eq!(beginnings(glob), BTreeSet::new());
}
