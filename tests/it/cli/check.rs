//! Tests `redcard check`.

use super::Workspace;

#[test]
fn the_defaults_are_valid_and_printed_as_toml() {
    let workspace = Workspace::new();
    let result = workspace.run(&["check"]).expect(0).expect_stderr("in order");
    assert!(result.stdout.starts_with("# ruleset "), "{}", result.stdout);
    let printed: toml::Table = result.stdout.parse().unwrap();
    assert_eq!(printed["kafka"]["brokers"].as_str(), Some("localhost:9092"));
    assert_eq!(printed["memory"]["retention"].as_str(), Some("30d"));
}

#[test]
fn the_printed_configuration_is_equivalent() {
    let workspace = Workspace::new();
    workspace.write(
        "first.toml",
        "[kafka]\nshards = 3\nproperties.linger.ms = 2\n[memory]\nretention = '60d'",
    );
    let first = workspace.run(&["check", "--config", "first.toml"]).expect(0).stdout;
    workspace.write("second.toml", &first);
    assert_eq!(workspace.run(&["check", "--config", "second.toml"]).expect(0).stdout, first);
}

#[test]
fn the_example_configuration_changes_nothing() {
    let workspace = Workspace::new();
    let example = workspace.run(&["check", "--example"]).expect(0).stdout;
    let one_line = example.replace("\n# ", " ");
    for text in [
        "How long a charge is remembered.",
        "At least the quiet time.",
        "`id` and `original_id` imply each other, because references compare them.",
        "redcard never guesses it.",
    ] {
        assert!(one_line.contains(text), "no {text:?} in {example}");
    }
    workspace.write("redcard.toml", &example);
    let with_file = workspace.run(&["check", "--config", "redcard.toml"]).expect(0).stdout;
    assert_eq!(with_file, workspace.run(&["check"]).expect(0).stdout);
    workspace
        .run(&["check", "--example", "--config", "redcard.toml"])
        .expect(2)
        .expect_stderr("cannot be used");
}

#[test]
fn the_environment_overrides_the_file_and_a_secret_is_not_shown() {
    let workspace = Workspace::new();
    workspace.write(
        "redcard.toml",
        "[kafka]\nbrokers = 'a:1'\n[kafka.properties]\nsasl.password = 'hunter1'",
    );
    let result = workspace
        .run_with(
            &["check", "--config", "redcard.toml"],
            &[
                ("REDCARD__KAFKA__BROKERS", "b:2"),
                ("REDCARD__KAFKA__PROPERTIES__SSL_KEY_PASSWORD", "hunter2"),
            ],
        )
        .expect(0);
    let printed: toml::Table = result.stdout.parse().unwrap();
    assert_eq!(printed["kafka"]["brokers"].as_str(), Some("b:2"));
    for name in ["sasl.password", "ssl.key.password"] {
        assert_eq!(printed["kafka"]["properties"][name].as_str(), Some("(redacted)"));
    }
    assert!(!(result.stdout + &result.stderr).contains("hunter"));
}

#[test]
fn all_errors_in_a_configuration_are_reported_in_one_run() {
    let workspace = Workspace::new();
    workspace.write("redcard.toml", "[kafka]\nbroker = 'x'\n\n[log]\nformat = 'xml'\n");
    let result = workspace
        .run_with(&["check", "--config", "redcard.toml"], &[("REDCARD__HTTP__PORT", "1")])
        .expect(2)
        .expect_stderr(
            "error: redcard.toml:2:1: unknown key `kafka.broker`; did you mean `kafka.brokers`?",
        )
        .expect_stderr(
            "error: redcard.toml:5:10: `log.format` must be \"human\" or \"json\", not \"xml\"",
        )
        .expect_stderr("error: environment variable REDCARD__HTTP__PORT: unknown key `http.port`");
    assert_eq!(result.stdout, "");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let workspace = Workspace::new();
    workspace
        .run(&["check", "--config", "none.toml"])
        .expect(2)
        .expect_stderr("none.toml: cannot read this file");
    workspace
        .run_with(&["check"], &[("REDCARD__CARD_NUMBERS__KEY_FILE", "none.key")])
        .expect(2)
        .expect_stderr("cannot read the key file none.key (`card_numbers.key_file`)");
    workspace
        .run_with(&["check"], &[("REDCARD__RULES__PATH", "no-rules")])
        .expect(2)
        .expect_stderr("no-rules");
}

#[test]
fn a_bad_key_file_is_refused_without_showing_it() {
    let workspace = Workspace::new();
    workspace.write("keys.toml", "current = \"1\"\n[keys]\n1 = \"c0ffee\"\n");
    let result = workspace
        .run_with(&["check"], &[("REDCARD__CARD_NUMBERS__KEY_FILE", "keys.toml")])
        .expect(2)
        .expect_stderr("keys.toml");
    assert!(!result.stderr.contains("c0ffee"), "{}", result.stderr);
}

#[test]
fn rules_that_do_not_compile_are_shown_with_their_place() {
    let workspace = Workspace::new();
    workspace.write(
        "rules.toml",
        "[ruleset]\nname = 'r'\nversion = '1'\nreview = 1\ndecline = 2\n\n[[rule]]\nid = 'big'\n\
         description = 'Big.'\nwhen = 'amuont > 5.00'\npoints = 5\nseverity = 'low'\nreason = 'BIG'\n\
         message = 'big'\n",
    );
    let rules = [("REDCARD__RULES__PATH", "rules.toml")];
    workspace
        .run_with(&["check"], &rules)
        .expect(2)
        .expect_stderr("rules.toml:10")
        .expect_stderr("amuont");
}

#[test]
fn a_property_that_delivery_depends_on_is_refused() {
    let workspace = Workspace::new();
    let variables = [("REDCARD__KAFKA__PROPERTIES__ENABLE_AUTO_COMMIT", "true")];
    workspace.run_with(&["check"], &variables).expect(2).expect_stderr("enable.auto.commit");
}

#[test]
fn an_unknown_property_is_refused_without_showing_its_value() {
    for command in ["check", "run"] {
        let workspace = Workspace::new();
        let variables = [
            ("REDCARD__KAFKA__PROPERTIES__SASL_PASSWROD", "hunter2"),
            ("REDCARD__HTTP__LISTEN", "127.0.0.1:0"),
        ];
        let result =
            workspace.run_with(&[command], &variables).expect(2).expect_stderr("sasl.passwrod");
        assert!(!format!("{result:?}").contains("hunter2"), "{result:?}");
    }
}

#[test]
fn a_failing_rule_test_is_shown_with_its_difference_and_prevents_a_start() {
    let workspace = Workspace::new();
    workspace.write(
        "rules.toml",
        "[ruleset]\nname = 'r'\nversion = '1'\nreview = 1\ndecline = 9\n\n[[rule]]\nid = 'big'\n\
         description = 'Big.'\nwhen = 'amount > 5.00'\npoints = 5\nseverity = 'low'\nreason = 'BIG'\n\
         message = 'big'\n\n[[test]]\nname = 'a big one'\ntransactions = [\n  \
         { time = '10:00:00', amount = 6.00, expect = { action = 'decline' } },\n]\n",
    );
    for command in ["check", "run"] {
        workspace
            .run_with(&[command], &[("REDCARD__RULES__PATH", "rules.toml")])
            .expect(2)
            .expect_stderr("rules.toml:17: test \"a big one\": ")
            .expect_stderr("1 of the ruleset's 1 tests failed");
    }
}

const ALERTMANAGERS: (&str, &str) = ("REDCARD__NOTIFY__ALERTMANAGERS", "http://a:9093");
const WEBHOOK: (&str, &str) = ("REDCARD__NOTIFY__WEBHOOK", "http://a/b");

#[test]
fn with_a_target_check_refuses_everything_that_prevents_notify_from_starting() {
    let workspace = Workspace::new();
    workspace.write("no-certificate.pem", "none\n");
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("REDCARD__NOTIFY__ALERTMANAGERS", "ftp://x")], "`notify.alertmanagers` must contain"),
        (&[("REDCARD__NOTIFY__ALERTMANAGERS", "http://a:b:c")], "is not the address of a server"),
        (&[WEBHOOK], "needs `notify.webhook_key_file`"),
        (&[ALERTMANAGERS, ("REDCARD__NOTIFY__QUIET_TIME", "2h")], "`notify.age_limit` is 1h"),
        (&[ALERTMANAGERS, ("REDCARD__NOTIFY__CA_FILE", "no-certificate.pem")], "`notify.ca_file`"),
    ];
    for (variables, expected) in cases {
        for command in ["check", "notify"] {
            let result =
                workspace.run_with(&[command], variables).expect(2).expect_stderr(expected);
            assert_eq!(result.stdout, "");
        }
    }
}

#[test]
fn check_names_the_targets_and_ignores_other_notify_settings_without_a_target() {
    let workspace = Workspace::new();
    workspace.write("webhook.key", "0123456789abcdef0123456789abcdef");
    let key = ("REDCARD__NOTIFY__WEBHOOK_KEY_FILE", "webhook.key");
    workspace
        .run_with(&["check"], &[ALERTMANAGERS, WEBHOOK, key])
        .expect(0)
        .expect_stderr("rules, and notifications (to alertmanager, webhook), are in order");
    let unused = [("REDCARD__NOTIFY__QUIET_TIME", "2h")];
    workspace
        .run_with(&["check"], &unused)
        .expect(0)
        .expect_stderr("configuration and rules are in order");
}

#[test]
fn possible_secrets_in_an_address_are_not_shown() {
    let workspace = Workspace::new();
    workspace.write("webhook.key", "0123456789abcdef0123456789abcdef");
    let key = ("REDCARD__NOTIFY__WEBHOOK_KEY_FILE", "webhook.key");
    let alertmanagers =
        ("REDCARD__NOTIFY__ALERTMANAGERS", "http://a:9093,https://b/hunter1?k=hunter2");
    let webhook = ("REDCARD__NOTIFY__WEBHOOK", "https://c:8443/services/hunter3");
    let result = workspace.run_with(&["check"], &[key, alertmanagers, webhook]).expect(0);
    let printed: toml::Table = result.stdout.parse().unwrap();
    let shown = |name: &str| printed["notify"][name].as_str().unwrap().to_owned();
    assert_eq!(shown("alertmanagers"), "http://a:9093, https://b/…");
    assert_eq!(shown("webhook"), "https://c:8443/…");

    workspace.write("webhook.address", "https://c/hunter3\n");
    let in_file = ("REDCARD__NOTIFY__WEBHOOK_FILE", "webhook.address");
    let ended_with_file =
        workspace.run_with(&["check"], &[key, in_file]).expect(0).expect_stderr("(to webhook)");
    let refused = workspace.run_with(&["check"], &[key, in_file, webhook]).expect(2);
    let refused = refused
        .expect_stderr("`notify.webhook` and `notify.webhook_file` both contain the address");
    for result in [result, ended_with_file, refused] {
        assert!(!format!("{result:?}").contains("hunter"), "{result:?}");
    }
}

/// An address for documentation (RFC 5737), which no machine has.
const FOREIGN: &str = "192.0.2.1:9464";

#[test]
fn an_address_that_this_machine_does_not_have_is_a_warning_because_the_service_may_run_elsewhere() {
    let workspace = Workspace::new();
    let listen = ("REDCARD__HTTP__LISTEN", FOREIGN);
    let warning = "warning: cannot listen on 192.0.2.1:9464 (`http.listen`): ";
    let result = workspace
        .run_with(&["check"], &[listen])
        .expect(0)
        .expect_stderr(warning)
        .expect_stderr("in order");
    assert!(!result.stderr.contains("`notify.listen`"), "{result:?}");
    let notify = ("REDCARD__NOTIFY__LISTEN", FOREIGN);
    workspace
        .run_with(&["check"], &[ALERTMANAGERS, notify])
        .expect(0)
        .expect_stderr("warning: cannot listen on 192.0.2.1:9464 (`notify.listen`): ");
    // A port in use may be that of the service that runs already.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let result = workspace.run_with(&["check"], &[("REDCARD__HTTP__LISTEN", &taken)]).expect(0);
    assert!(!result.stderr.contains("cannot listen"), "{result:?}");
}

#[test]
fn a_certificate_that_http_cannot_be_served_with_is_refused() {
    let workspace = Workspace::new();
    workspace.write("broken.pem", "none\n");
    let variables = [
        ("REDCARD__HTTP__CERTIFICATE_FILE", "broken.pem"),
        ("REDCARD__HTTP__KEY_FILE", "broken.pem"),
    ];
    workspace.run_with(&["check"], &variables).expect(2).expect_stderr("`http.certificate_file`");
}

/// The keys of `[topics]` that name a topic, in the order in which errors name them.
const TOPICS: [&str; 8] = [
    "transactions",
    "labels",
    "lists",
    "alerts",
    "dead_letters",
    "decisions",
    "history",
    "outcomes",
];

#[test]
fn a_topic_with_two_uses_is_refused_at_its_place() {
    let workspace = Workspace::new();
    let file = |name_of: &dyn Fn(&str) -> String| {
        let lines = TOPICS.map(|key| format!("{key} = \"{}\"\n", name_of(key)));
        workspace.write("redcard.toml", format!("[topics]\n{}", lines.concat()));
        workspace.run(&["check", "--config", "redcard.toml"])
    };
    file(&|key| format!("own-{key}")).expect(0);
    let pairs = (0..TOPICS.len()).flat_map(|later| (0..later).map(move |earlier| (earlier, later)));
    for (earlier, later) in pairs {
        let (first, second) = (TOPICS[earlier], TOPICS[later]);
        let shared = |key: &str| match key == first || key == second {
            true => "shared".to_owned(),
            false => format!("own-{key}"),
        };
        let error = format!(
            "error: redcard.toml:{}:{}: `topics.{first}` and `topics.{second}` are both \"shared\": ",
            later + 2,
            second.len() + 4,
        );
        let also = format!("see also `topics.{first}` (redcard.toml:{}:", earlier + 2);
        let result = file(&shared).expect(2).expect_stderr(&error).expect_stderr(&also);
        assert_eq!(result.stdout, "");
    }
}

#[test]
fn a_topic_with_the_default_name_of_another_is_refused() {
    let workspace = Workspace::new();
    for (key, name, other) in [
        ("decisions", "alerts", "alerts"),
        ("dead_letters", "redcard.history", "history"),
        ("alerts", "transactions.dlq", "dead_letters"),
    ] {
        let variable = format!("REDCARD__TOPICS__{}", key.to_uppercase());
        workspace
            .run_with(&["check"], &[(&variable, name)])
            .expect(2)
            .expect_stderr(&format!("error: environment variable {variable}: `topics."))
            .expect_stderr(&format!("`topics.{other}`"))
            .expect_stderr(&format!("are both \"{name}\""));
    }
}
