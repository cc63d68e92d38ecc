//! Tests help, usage errors and `card-key`.

use super::Workspace;
use std::os::unix::fs::PermissionsExt;

#[test]
fn help_has_examples_and_is_not_an_error() {
    let workspace = Workspace::new();
    let help = workspace.run(&["--help"]).expect(0);
    let commands: Vec<&str> = commands(&help.stdout).collect();
    assert!(commands.contains(&"score") && commands.contains(&"card-key"), "{}", help.stdout);
    for command in commands {
        let own = workspace.run(&[command, "--help"]).expect(0);
        assert!(own.stdout.contains("Usage: redcard "), "{}", own.stdout);
        assert_eq!(own.stderr, "");
    }
    assert!(help.stdout.contains("Examples:"), "{}", help.stdout);
    let version = workspace.run(&["--version"]).expect(0);
    assert_eq!(version.stdout, format!("redcard {}\n", env!("CARGO_PKG_VERSION")));
}

/// The names in the list of commands.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let (_, list) = help.split_once("\nCommands:\n").unwrap();
    let rows = list.lines().take_while(|line| !line.is_empty());
    rows.filter_map(|row| row.split_whitespace().next()).filter(|name| *name != "help")
}

#[test]
fn a_wrong_argument_is_a_usage_error_that_names_it() {
    let workspace = Workspace::new();
    workspace.run(&[]).expect(2).expect_stderr("Usage: redcard");
    workspace.run(&["scroe", "x"]).expect(2).expect_stderr("a similar subcommand exists: 'score'");
    workspace.run(&["score"]).expect(2).expect_stderr("<FILE>");
    workspace
        .run(&["score", "-", "--amounts", "cents"])
        .expect(2)
        .expect_stderr("[possible values: minor, major]");
    workspace
        .run(&["score", "-", "--default-currency", "EURO"])
        .expect(2)
        .expect_stderr("ISO 4217");
    workspace.run(&["check", "--confg", "x"]).expect(2).expect_stderr("--config");
}

#[test]
fn captured_output_has_no_colour() {
    let result = Workspace::new().run(&["score", "no-such-file"]);
    assert!(!result.stderr.contains('\u{1b}'), "{:?}", result.stderr);
}

#[test]
fn a_new_card_key_works_and_only_its_owner_can_read_it() {
    let workspace = Workspace::new();
    workspace.run(&["card-key", "new", "keys.toml"]).expect(0);
    let mode = std::fs::metadata(workspace.path("keys.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    workspace.run_with(&["check"], &[("REDCARD__CARD_NUMBERS__KEY_FILE", "keys.toml")]).expect(0);
}

#[test]
fn a_card_key_is_never_overwritten_and_never_the_same() {
    let workspace = Workspace::new();
    workspace.write("keys.toml", "mine");
    workspace
        .run(&["card-key", "new", "keys.toml"])
        .expect(3)
        .expect_stderr("cannot create keys.toml");
    assert_eq!(workspace.read("keys.toml").as_deref(), Some("mine"));
    let printed = workspace.run(&["card-key", "new"]).expect(0).stdout;
    assert_ne!(printed, workspace.run(&["card-key", "new"]).expect(0).stdout);
}
