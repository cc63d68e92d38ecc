//! Checks Dockerfile and .dockerignore: the build context has everything that the build needs, and
//! no more.

use super::{file, read};
use crate::architecture::rust_files;
use regex::Regex;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// What `COPY . .` copies: .dockerignore excludes everything except the lines that begin with `!`.
fn context() -> Vec<String> {
    let text = read(".dockerignore");
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    assert_eq!(lines.next(), Some("*"));
    lines.map(|line| line.strip_prefix('!').unwrap().to_owned()).collect()
}

fn copy(from: &Path, to: &Path) {
    if std::fs::metadata(from).unwrap().is_dir() {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
fn cargo_can_read_the_package_in_the_build_context() {
    let directory = tempfile::tempdir().unwrap();
    for path in context().iter().filter(|path| std::fs::exists(file(path)).unwrap()) {
        copy(&file(path), &directory.path().join(path));
    }
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(directory.path().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn files_that_the_source_includes_are_in_the_build_context() {
    let include = Regex::new(r#"include_(?:str|bytes)!\(\s*"([^"]+)""#).unwrap();
    let context = context();
    for source in rust_files(&file("src")) {
        let text = std::fs::read_to_string(&source).unwrap();
        for found in include.captures_iter(&text) {
            let included = normal(&source.parent().unwrap().join(&found[1]));
            assert!(
                std::fs::exists(&included).unwrap(),
                "{} includes {}",
                source.display(),
                included.display()
            );
            let inside = context.iter().any(|path| included.starts_with(file(path)));
            assert!(inside, "{} is not let in by .dockerignore", included.display());
        }
    }
}

#[test]
fn the_image_is_built_with_the_compiler_of_the_package_and_runs_without_root() {
    let dockerfile = read("Dockerfile");
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let compiler = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(dockerfile.contains(&format!("FROM rust:{compiler}-slim")), "rust {compiler}");
    assert!(dockerfile.contains("cargo build --release --locked"));
    let runtime = dockerfile.rsplit("\nFROM ").next().unwrap();
    assert!(runtime.contains("\nUSER 65532:65532\n"), "{runtime}");
}

/// Resolves `..` in a path.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}
