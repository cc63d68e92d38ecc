//! Checks what commands print: the results of files, a demo's introduction, and errors about rule files,
//! configurations and arguments.

use super::*;

/// Messages with hostile text, and those of the original bug report.
fn lines() -> String {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/F-control-characters.jsonl");
    let reported = std::fs::read_to_string(case).unwrap();
    charges("f").iter().map(|charge| charge.text() + "\n").collect::<String>() + &reported
}

#[test]
fn no_hidden_character_of_a_file_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        path(&folder.path().join(name)).to_owned()
    };
    let (input, rules) = (write("in.jsonl", &lines()), write("rules.toml", rules::QUOTING));
    assert_output_clean(&["score", &input, "--rules", &rules], "decisions");
    let named = rules::QUOTING.replace("\"quoting\"", r#""a\u202e\nFORGED""#);
    let named = write("named.toml", &named);
    assert_output_clean(&["score", &input, "--rules", &named], r"ruleset     a\u{202e}\nFORGED");
    for expression in ["merchant.name", "merchant.id", "id", "device.id", "card.token"] {
        let arguments = ["rules", "eval", expression, "--input", &input];
        assert_clean(expression, &text(&run(&arguments).stdout));
    }
    assert_output_clean(&["rules", "eval", "merchant.name", "--input", &input], "owned");
    let explain = ["rules", "explain", &rules, "--input", &input, "--transaction"];
    for id in [HOSTILE, "osc", "nl", "cr", "c1", "f-all", "missing\u{202e}\nFORGED"] {
        for format in ["text", "json"] {
            let expected = match id {
                "osc" | "nl" | "cr" | "c1" | "f-all" => "quote-merchant",
                HOSTILE => "has several transactions",
                _ => "has no transaction",
            };
            assert_output_clean(&[&explain[..], &[id, "--format", format]].concat(), expected);
        }
    }
}

/// Replaces the file in one step, so that no half of it is read.
fn replace(file: &str, content: &str) {
    let new = format!("{file}.new");
    std::fs::write(&new, content).unwrap();
    std::fs::rename(new, file).unwrap();
}

#[test]
fn no_hidden_character_of_a_ruleset_reaches_the_terminal_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = serde_json::to_string(HOSTILE).unwrap().replace('\u{7f}', "\\u007f");
    let named = |version: &str| {
        rules::QUOTING.replace("\"quoting\"", &quoted).replace(
            "version = \"1\"",
            &format!("version = {}{version}\"", &quoted[..quoted.len() - 1]),
        )
    };
    let file = path(&folder.path().join("rules.toml")).to_owned();
    std::fs::write(&file, named("1")).unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_redcard"));
    demo.args(["demo", "--duration", "1h", "--cards", "20", "--listen", "127.0.0.1:0"]);
    demo.args(["--rules", &file]);
    let create = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
    demo.stdin(Stdio::null()).stdout(create("stdout")).stderr(create("stderr"));
    let mut demo = Guarded::spawn(&mut demo, None).unwrap();
    let shown = || std::fs::read_to_string(folder.path().join("stdout")).unwrap();
    wait_until("the introduction", || shown().contains("Ctrl-C ends it").then_some(()));
    replace(&file, &named("2"));
    wait_until("the reload", || shown().contains("Rules changed: ").then_some(()));
    demo.signal("INT");
    assert!(demo.wait(PATIENCE).is_some());
    assert!(shown().contains(r"rules    S\u{1b}]0;owned"), "{}", shown());
    assert!(shown().contains(r"Rules changed: S\u{1b}]0;owned"), "{}", shown());
    assert_clean("the demo's output", &shown());
    let logged = std::fs::read_to_string(folder.path().join("stderr")).unwrap();
    assert_clean("the demo's log", &logged);
}

#[test]
fn a_name_with_line_breaks_cannot_forge_a_line_of_an_explanation() {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/F-control-characters.jsonl");
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    let output = run(&["rules", "explain", rules, "--input", case, "--transaction", "nl"]);
    let shown = text(&output.stdout);
    assert!(shown.contains(r"Shop\nrule all-fine: did not fire\n  decision: approve"), "{shown}");
    assert!(!shown.lines().any(|line| line.starts_with("rule all-fine")), "{shown}");
}

#[test]
fn no_hidden_character_of_a_rule_file_a_configuration_or_an_argument_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: String| {
        std::fs::write(folder.path().join(name), content).unwrap();
        path(&folder.path().join(name)).to_owned()
    };
    // TOML does not allow an unescaped DEL in a string, but does allow the characters above it.
    let quoted = serde_json::to_string(HOSTILE).unwrap().replace('\u{7f}', "\\u007f");
    let marks: String = HOSTILE.chars().filter(|c| !c.is_ascii_control()).collect();
    let rules = |name: &str, when: &str| {
        let rule = format!(
            "[ruleset]\nname = {quoted}\nversion = {quoted}\nreview = 1\ndecline = 9\n\n[[rule]]\nid = 'big'\n\
             description = {quoted}\nwhen = '''{when}'''\npoints = 5\nseverity = 'low'\nreason = 'BIG'\n\
             message = 'big'\n# {marks}\n\n[[test]]\nname = {quoted}\ntransactions = [\n  \
             {{ time = '10:00:00', amount = 6.00, merchant.name = {quoted}, expect = {{ action = 'decline' }} }},\n]\n"
        );
        write(name, rule)
    };
    let good = rules("good.toml", "amount > 5.00");
    let bad =
        rules("bad.toml", &format!("amount > 5.00 && merchant.name == \"{marks}\" && {marks}"));
    let unknown = write("unknown.toml", format!("[{quoted}]\n{quoted} = {quoted}\n"));
    for (command, file) in
        [("check", &good), ("check", &bad), ("check", &unknown), ("test", &good), ("list", &good)]
    {
        for format in ["text", "json"] {
            assert_output_clean(&["rules", command, file, "--format", format], "a");
        }
    }
    let coloured = Command::new(env!("CARGO_BIN_EXE_redcard"))
        .args(["rules", "check", &bad])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let shown = text(&coloured.stdout) + &text(&coloured.stderr);
    assert!(shown.contains('\u{1b}'), "{shown}");
    assert_clean_but_colours("coloured rules check", &shown);

    let config = write(
        "redcard.toml",
        format!("[kafka]\ngroup_id = {quoted}\n[kafka.properties]\nclient.rack = {quoted}\n"),
    );
    assert_output_clean(&["check", "--config", &config], "");
    let wrong = write(
        "wrong.toml",
        format!("[kafka]\nbrokers = {quoted}\n[log]\nformat = {quoted}\n[{quoted}]\n"),
    );
    assert_output_clean(&["check", "--config", &wrong], "`log.format` must be");
    let property = write(
        "property.toml",
        format!("[kafka.properties]\nsecurity.protocol = {quoted}\n{quoted} = 1\n"),
    );
    assert_output_clean(&["check", "--config", &property], "`security.protocol`");

    let strange = folder.path().join("a\u{202e}\u{1b}[2J\nFORGED.jsonl");
    std::fs::write(&strange, HOSTILE).unwrap();
    assert_output_clean(&["score", path(&strange)], "not_json");
    for arguments in [
        &["score", HOSTILE][..],
        &["check", "--config", HOSTILE],
        &["rules", "check", HOSTILE],
        &["rules", "eval", HOSTILE],
        &["rules", "eval", "1", "--input", HOSTILE],
        &["rules", "explain", HOSTILE, "--input", HOSTILE, "--transaction", HOSTILE],
        &["rules", "explain", &good, "--input", "-", "--transaction", "x", "--rule", HOSTILE],
        &["rules", "test", &good, "--filter", HOSTILE],
        &["simulate", "--start", HOSTILE],
        &["simulate", "--brokers", HOSTILE],
        &["card-key", "new", path(&folder.path().join("no").join(HOSTILE))],
        &["dlq", "list", "--reason", HOSTILE],
        &["healthcheck", "--address", HOSTILE],
        &[HOSTILE],
    ] {
        let output = run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert_clean(&format!("{arguments:?}"), &text(&output.stdout));
        assert_clean(&format!("{arguments:?}"), &text(&output.stderr));
    }
}
