//! Checks that the commands in files and documents parse.

use super::{read, read_yaml};
use crate::support::redcard::redcard;

/// With `--help` at the end nothing runs, but the arguments before it must be valid.
fn assert_parses(command: &[&str]) {
    let output = redcard(&[command, &["--help"]].concat());
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_services_run_commands_that_redcard_knows() {
    let compose = read_yaml("docker-compose.yml");
    let mut parsed = 0;
    for (_, service) in compose["services"].as_object().unwrap() {
        if service["image"] == "redcard" {
            let words = service["command"].as_array().unwrap();
            assert_parses(&words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>());
            parsed += 1;
        }
    }
    assert!(parsed >= 2, "{parsed} services");
}

#[test]
fn the_readme_shows_commands_that_redcard_knows() {
    let readme = read("README.md");
    let mut shown = 0;
    for line in readme.lines().filter_map(|line| line.strip_prefix("    ")) {
        let line = line.split('#').next().unwrap();
        let line = line.strip_prefix("scripts/").unwrap_or(line);
        let is_demo = line.starts_with("demo");
        for command in line.split(['|', '>']).map(str::trim) {
            if let Some(arguments) = command.strip_prefix("redcard ").or(is_demo.then_some(command))
            {
                assert_parses(&arguments.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>());
                shown += 1;
            }
        }
    }
    assert!(shown >= 6, "{shown} commands");
}
