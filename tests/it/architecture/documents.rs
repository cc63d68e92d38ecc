//! Facts of the documents: a path that one names exists.

use regex::Regex;
use std::path::{Path, PathBuf};

/// Code spans that begin like this are paths of the repository.
const TOP: &[&str] =
    &["src/", "tests/", "config/", "docs/", "benches/", "scripts/", "fuzz/", "examples/", ".ci/"];

#[test]
fn every_path_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for document in documents(root) {
        let text = std::fs::read_to_string(&document).unwrap();
        let folder = document.parent().unwrap();
        let shown = document.strip_prefix(root).unwrap().display();
        for name in code_paths(&text).into_iter().filter(|name| !root.join(name).exists()) {
            missing.push(format!("{}: `{name}`", shown));
        }
        for name in links(&text).into_iter().filter(|name| !folder.join(name).exists()) {
            missing.push(format!("{}: link to {name}", shown));
        }
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

#[test]
fn the_architecture_names_every_folder_of_the_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    for entry in std::fs::read_dir(root.join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_root = matches!(name.as_str(), "lib.rs" | "main.rs");
        assert!(is_root || text.contains(&name), "ARCHITECTURE.md does not name src/{name}");
    }
}

/// What SECURITY.md claims, a test holds: each is named, and there.
#[test]
fn every_test_that_the_threat_model_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let name = Regex::new("`([a-z0-9]+(?:_[a-z0-9]+){4,})`").unwrap();
    let named: Vec<&str> =
        name.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
    assert!(named.len() >= 15, "{} tests are named", named.len());
    let files = ["src", "tests"].iter().flat_map(|folder| super::rust_files(&root.join(folder)));
    let source: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let missing: Vec<_> =
        named.iter().filter(|name| !source.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for requirement in ["3.3.1", "3.4.1", "3.5.1", "3.5.1.1"] {
        assert!(text.contains(&format!("\n| {requirement}: ")), "{requirement}");
    }
}

#[test]
fn paths_are_told_from_other_code() {
    let text = "See `src/memory/event.rs`, `redcard run`, `text/plain`, `ARCHITECTURE.md`, \
                `config/rules/` and `src/kafka/*.rs`; [x](docs/a.md#part), [y](https://example.org/z).";
    let expected = ["src/memory/event.rs", "ARCHITECTURE.md", "config/rules/"];
    assert_eq!(code_paths(text), expected);
    assert_eq!(links(text), ["docs/a.md"]);
}

fn documents(root: &Path) -> Vec<PathBuf> {
    let markdown = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    };
    markdown(root.to_owned()).chain(markdown(root.join("docs"))).collect()
}

/// Code spans that are paths of the repository, written out: no pattern, no blank.
fn code_paths(text: &str) -> Vec<&str> {
    let span = Regex::new("`([A-Za-z0-9_./-]+)`").unwrap();
    let spans = span.captures_iter(text).map(|found| found.get(1).unwrap().as_str());
    let is_path = |name: &&str| {
        TOP.iter().any(|top| name.starts_with(top) && name.len() > top.len())
            || (name.ends_with(".md") && !name.contains('/'))
    };
    spans.filter(is_path).collect()
}

/// Links to files, without their anchors.
fn links(text: &str) -> Vec<&str> {
    let link = Regex::new(r"\]\(([^)#\s]+)[^)]*\)").unwrap();
    let targets = link.captures_iter(text).map(|found| found.get(1).unwrap().as_str());
    targets.filter(|target| !target.contains("://")).collect()
}
