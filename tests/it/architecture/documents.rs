//! Checks that each path, page and heading named by a document, the source or the configuration
//! exists. It does not check wording.

use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Code spans that begin with one of these are paths of the repository.
const TOP: &[&str] =
    &["src/", "tests/", "config/", "docs/", "benches/", "scripts/", "fuzz/", "examples/", ".ci/"];

/// Folders where code, comments, messages and settings name pages of `docs/`.
const NAMING: &[&str] =
    &["src", "tests", "config", "benches", "scripts", "fuzz/fuzz_targets", ".ci"];
const NAMING_FILES: &[&str] = &["docker-compose.yml", "Dockerfile", "Cargo.toml", "deny.toml"];

#[test]
fn every_path_that_a_document_names_exists() {
    let root = root();
    let mut missing = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let shown = document.strip_prefix(root).unwrap().display();
        for name in
            code_paths(&text).into_iter().filter(|name| !std::fs::exists(root.join(name)).unwrap())
        {
            missing.push(format!("{shown}: `{name}`"));
        }
        for link in links(&text) {
            missing.extend(problem(&document, link).map(|why| format!("{shown}: {link}: {why}")));
        }
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

/// Help, errors, log lines, annotations and comments refer to pages.
#[test]
fn every_page_that_source_or_configuration_names_exists() {
    let root = root();
    let files = NAMING.iter().flat_map(|folder| files_below(&root.join(folder)));
    let files = files.chain(NAMING_FILES.iter().map(|name| root.join(name))).chain(documents());
    let (mut named, mut missing) = (0, Vec::new());
    for file in files {
        // Skips files that are not UTF-8, such as the golden files.
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for page in pages(&text) {
            named += 1;
            let shown = file.strip_prefix(root).unwrap().display();
            missing.extend(
                problem(&root.join("README.md"), page).map(|why| format!("{shown}: {page}: {why}")),
            );
        }
    }
    assert!(named >= 150, "only {named} mentions of pages were found");
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

#[test]
fn the_index_lists_every_page() {
    let folder = root().join("docs");
    let text = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let listed: BTreeSet<PathBuf> = links(&text).iter().map(|link| folder.join(link)).collect();
    for page in documents().into_iter().filter(|page| page.starts_with(&folder)) {
        let is_listed = listed.contains(&page) || page == folder.join("README.md");
        assert!(is_listed, "docs/README.md does not list {}", page.display());
    }
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

/// Each claim in SECURITY.md names the tests that verify it.
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
fn paths_pages_and_links_are_recognised() {
    let text = "See `src/memory/event.rs`, `redcard run`, `text/plain`, `ARCHITECTURE.md`, \
                `config/rules/` and `src/kafka/*.rs`; [x](a/b.md#part), [y](https://example.org/z), \
                [z](#below).";
    let expected = ["src/memory/event.rs", "ARCHITECTURE.md", "config/rules/"];
    assert_eq!(code_paths(text), expected);
    assert_eq!(links(text), ["a/b.md#part", "#below"]);
    let gone = ["docs", "gone.md"].join("/");
    let text = format!("{gone} says how ({gone}#part). https://example.org/{gone}, x{gone}");
    assert_eq!(pages(&text), [gone.clone(), format!("{gone}#part")]);
    let readme = root().join("README.md");
    assert!(problem(&readme, &gone).is_some());
    assert_eq!(problem(&readme, "docs/operating/runbook.md#redcarddown"), None);
    assert!(problem(&root().join("docs/README.md"), "operating/runbook.md#gone").is_some());
    assert_eq!(anchor("`redcard rules test PATH`"), "redcard-rules-test-path");
    assert_eq!(anchor("Points, and messages"), "points-and-messages");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown pages: those at the top level and those in `docs/`.
pub fn documents() -> Vec<PathBuf> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let top = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    top.filter(|path| std::fs::metadata(path).unwrap().is_file())
        .chain(files_below(&root().join("docs")))
        .filter(is_page)
        .collect()
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if std::fs::metadata(&path).unwrap().is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Code spans that are complete paths of the repository, without wildcards or spaces.
fn code_paths(text: &str) -> Vec<&str> {
    let span = Regex::new("`([A-Za-z0-9_./-]+)`").unwrap();
    let spans = span.captures_iter(text).map(|found| found.get(1).unwrap().as_str());
    let is_path = |name: &&str| {
        TOP.iter().any(|top| name.starts_with(top) && name.len() > top.len())
            || (name.ends_with(".md") && !name.contains('/'))
    };
    spans.filter(is_path).collect()
}

/// Links to files and headings of the repository.
fn links(text: &str) -> Vec<&str> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let targets = link.captures_iter(text).map(|found| found.get(1).unwrap().as_str());
    targets.filter(|target| !target.contains("://")).collect()
}

/// Pages of `docs/` that a text names by their path from the root, each with its heading if given.
fn pages(text: &str) -> Vec<&str> {
    let page =
        Regex::new(r"(?m)(?:^|[^A-Za-z0-9_./-])(docs/[A-Za-z0-9_./-]+(?:#[a-z0-9-]+)?)").unwrap();
    let found = page.captures_iter(text).map(|found| found.get(1).unwrap().as_str());
    found.map(|name| name.trim_end_matches(['.', '/'])).collect()
}

/// Why a link of a document is broken; `None` if it works.
fn problem(document: &Path, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => document.to_owned(),
        file => document.parent().unwrap().join(file),
    };
    if !std::fs::exists(&target).unwrap() {
        return Some("no such file".to_owned());
    }
    if heading.is_empty() {
        return None;
    }
    let text = std::fs::read_to_string(target).unwrap();
    let is_there = headings(&text).any(|name| anchor(name) == heading);
    (!is_there).then(|| "no such heading".to_owned())
}

/// The headings of a page. Lines inside a code block are not headings.
fn headings(text: &str) -> impl Iterator<Item = &str> {
    let mut is_in_block = false;
    text.lines().filter_map(move |line| {
        is_in_block ^= line.starts_with("```");
        let name = line.trim_start_matches('#').strip_prefix(' ')?;
        (!is_in_block && line.starts_with('#')).then_some(name)
    })
}

/// The anchor of a heading, as GitHub generates it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|at| at.is_alphanumeric() || matches!(at, ' ' | '-' | '_'));
    kept.map(|at| if at == ' ' { '-' } else { at }).collect()
}
