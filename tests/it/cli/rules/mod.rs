//! Tests the commands below `redcard rules`.

mod case_files;
mod cases;
mod check;
mod eval;
mod explain;
mod habits;
mod list;
mod test;
mod values;

use super::{CommandResult, Workspace};

/// The commands that take a path.
const COMMANDS: &[&str] = &["check", "test", "list"];

/// A ruleset with these rules; `review` is 100 and `decline` is 500.
fn ruleset(rest: &str) -> String {
    format!("[ruleset]\nname = 'tried'\nversion = '1'\nreview = 100\ndecline = 500\n\n{rest}")
}

/// A rule of 120 points.
fn rule(id: &str, when: &str) -> String {
    format!(
        "[[rule]]\nid = '{id}'\ndescription = 'It.'\nwhen = '{when}'\npoints = 120\n\
         severity = 'low'\nreason = 'IT'\nmessage = 'it'\n\n"
    )
}

#[test]
fn a_path_without_a_ruleset_is_reported_with_the_reason() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path("empty")).unwrap();
    workspace.write("latin1.toml", b"name = '\xe9'");
    for command in COMMANDS {
        let refuses = |path: &str, why: &str| {
            let result = workspace.run(&["rules", command, path]).expect(2).expect_stderr(why);
            assert_eq!(result.stdout, "", "{command} {path}");
        };
        refuses("nowhere", "rules: cannot read nowhere: No such file or directory");
        refuses("empty", "rules: cannot read empty: this folder has no rules file (`*.toml`");
        refuses("latin1.toml", "cannot read latin1.toml: it is not UTF-8 from line 1, column 9 on");
        refuses("-", "not from standard input");
        workspace.run(&["rules", command]).expect(2).expect_stderr("<PATH>");
        workspace
            .run(&["rules", command, "empty", "--config", "none.toml"])
            .expect(2)
            .expect_stderr("none.toml: cannot read this file");
    }
}

#[test]
fn rules_without_a_command_shows_its_commands() {
    let result = Workspace::new().run(&["rules"]).expect(2).expect_stderr("Usage: redcard rules");
    assert!(result.stderr.contains("test") && result.stderr.contains("Examples:"), "{result:?}");
}
