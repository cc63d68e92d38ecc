mod generated;

use super::*;
use std::path::Path;

const NO_VARIABLES: [(&str, &str); 0] = [];

fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, Errors> {
    let mut config = Config::default();
    let mut errors = Errors::default();
    file::parse(Path::new("etc/redcard.toml"), text, &mut config, &mut errors);
    overrides::apply(variables.iter().copied(), &mut config, &mut errors);
    errors.unless_empty(config)
}

/// Checks the errors of a file and variables, one per line.
#[track_caller]
fn check(text: &str, variables: &[(&str, &str)], expected: &[&str]) {
    let found = parse(text, variables).map_or_else(|errors| errors.to_string(), |_| String::new());
    assert_eq!(found, expected.join("\n"));
}

#[test]
fn an_empty_file_is_every_default() {
    assert_eq!(parse("", &[]).unwrap(), Config::default());
    assert_eq!(Config::read(None, NO_VARIABLES).unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    let unknown = |name: &str, near: &str| format!("unknown key `{name}`; did you mean `{near}`?");
    check(
        "[kafka]\nbroker = \"x:1\"\ngroup = \"y\"\n\n[memory]\n  brokers = \"x:1\"\nretentoin = \"1d\"",
        &[],
        &[
            &format!("etc/redcard.toml:2:1: {}", unknown("kafka.broker", "kafka.brokers")),
            &format!("etc/redcard.toml:3:1: {}", unknown("kafka.group", "kafka.group_id")),
            &format!("etc/redcard.toml:6:3: {}", unknown("memory.brokers", "kafka.brokers")),
            &format!("etc/redcard.toml:7:1: {}", unknown("memory.retentoin", "memory.retention")),
        ],
    );
    check(
        "[http]\nxyzzy = 1",
        &[],
        &[
            "etc/redcard.toml:2:1: unknown key `http.xyzzy`; docs/operating/configuration.md lists them all",
        ],
    );
}

#[test]
fn an_unknown_section_is_refused_with_a_suggestion() {
    check(
        "brokers = 'x:1'\n[topic]\n[zzz]\n",
        &[],
        &[
            "etc/redcard.toml:1:1: unknown section `brokers`; did you mean `kafka.brokers`?",
            "etc/redcard.toml:2:2: unknown section `topic`; did you mean `topics`?",
            "etc/redcard.toml:3:2: unknown section `zzz`; docs/operating/configuration.md lists them all",
        ],
    );
    check(
        "kafka = 'x:1'",
        &[],
        &["etc/redcard.toml:1:1: `kafka` is a section: its keys go under `[kafka]`"],
    );
}

#[test]
fn a_wrong_type_is_refused_with_its_location() {
    let span = "a length of time such as \"30d\", \"50ms\" or \"1d12h\"";
    for (text, expected) in [
        ("[kafka]\nbrokers = 9092", "2:11: `kafka.brokers` must be text in quotes, not a number"),
        ("[kafka]\nbrokers = ''", "2:11: `kafka.brokers` must not be empty"),
        ("[kafka]\nproperties = 3", "2:14: `kafka.properties` must be a table, not a single value"),
        (
            "[topics]\ncreate = 'no'",
            "2:10: `topics.create` must be true or false, not text in quotes",
        ),
        (
            "[memory]\nevents_per_card = [1]",
            "2:19: `memory.events_per_card` must be a whole number, not a list",
        ),
        (
            "[memory]\nretention = 30",
            &format!("2:13: `memory.retention` must be {span}, not a number"),
        ),
        (
            "[memory]\nretention = '30 days'",
            &format!("2:13: `memory.retention` must be {span}, not \"30 days\""),
        ),
        (
            "[source]\namounts = 'cents'",
            "2:11: `source.amounts` must be \"minor\" or \"major\", not \"cents\"",
        ),
        (
            "[source]\ndefault_currency = 'XAU'",
            "2:20: `source.default_currency` must be an ISO 4217 code with a minor unit, such as \"EUR\", not \"XAU\"",
        ),
        (
            "[http]\nlisten = '9464'",
            "2:10: `http.listen` must be an address and a port, as in \"127.0.0.1:9464\" or \"[::]:9464\", not \"9464\"",
        ),
        (
            "[kafka]\nshards = 'many'",
            "2:10: `kafka.shards` must be a positive number, or \"auto\" for one a processor, not \"many\"",
        ),
    ] {
        check(text, &[], &[&format!("etc/redcard.toml:{expected}")]);
    }
}

#[test]
fn a_number_out_of_its_range_is_refused() {
    for (text, expected) in [
        (
            "[memory]\nevents_per_card = 0",
            "`memory.events_per_card` must be from 1 to 65536, not 0",
        ),
        ("[kafka]\nshards = 300", "`kafka.shards` must be from 1 to 256, not 300"),
        (
            "[delivery]\ncommit_interval = '0s'",
            "`delivery.commit_interval` must be from \"1ms\" to \"1m\", not \"0s\"",
        ),
        (
            "[memory]\nretention = '20y'",
            "`memory.retention` must be a length of time such as \"30d\", \"50ms\" or \"1d12h\", not \"20y\"",
        ),
        (
            "[topics]\npartitions = 0",
            "`topics.partitions` must be a positive number, or -1 to leave it to the broker, not \"0\"",
        ),
    ] {
        let errors = parse(text, &[]).unwrap_err();
        assert!(errors.to_string().ends_with(expected), "{errors}");
    }
}

#[test]
fn invalid_toml_is_refused_with_every_location() {
    let errors = parse("[kafka]\nbrokers = \nshards = = 3\n", &[]).unwrap_err().to_string();
    assert!(errors.starts_with("etc/redcard.toml:2:11: not TOML: "), "{errors}");
    assert!(errors.contains("\netc/redcard.toml:3:10: not TOML: "), "{errors}");
}

#[test]
fn columns_count_characters() {
    check(
        "[kafka]\n\"größe\" = 1\nproperties = { \"é\" = [1] }",
        &[],
        &[
            "etc/redcard.toml:2:1: unknown key `kafka.größe`; docs/operating/configuration.md lists them all",
            "etc/redcard.toml:3:22: `kafka.properties` must be text in quotes, not a list",
        ],
    );
}

#[test]
fn one_value_under_two_names_is_refused_with_both() {
    let twice = |entry: &str, line: usize, earlier: &str| {
        format!(
            "holds \"{entry}\" and, on line {line}, \"{earlier}\", which set the same: keep one of them"
        )
    };
    let at = |place: &str, key: &str, problem: &str| {
        format!("etc/redcard.toml:{place}: `{key}` {problem}")
    };
    check(
        "[money.rates]\nusd = 1.0\nEUR = 2.0\nUSD = 3.0\n\"840\" = 1.0",
        &[],
        &[
            &at("4:7", "money.rates", &twice("USD", 2, "usd")),
            &at("5:9", "money.rates", &twice("840", 4, "USD")),
        ],
    );
    check(
        "[kafka.properties]\nsasl.mechanism = 'PLAIN'\n'sasl.mechanism' = 'PLAIN'\nsasl.mechanisms = 'GSSAPI'",
        &[],
        &[
            // Names without quotes are a table in TOML, which is read as a whole.
            &at("4:19", "kafka.properties", &twice("sasl.mechanisms", 2, "sasl.mechanism")),
            &at("3:20", "kafka.properties", &twice("sasl.mechanism", 4, "sasl.mechanisms")),
        ],
    );
    check(
        "[kafka.property_files]\nsasl.password = 'a'\n'sasl.password' = 'b'",
        &[],
        &[&at("3:19", "kafka.property_files", &twice("sasl.password", 2, "sasl.password"))],
    );
    check(
        "",
        &[
            ("REDCARD__MONEY__RATES__840", "1"),
            ("REDCARD__MONEY__RATES__USD", "2"),
            ("REDCARD__kafka__BROKERS", "a:1"),
            ("REDCARD__KAFKA__BROKERS", "b:1"),
        ],
        &[
            "environment variable REDCARD__MONEY__RATES__USD: `money.rates` is also set by the \
             variable REDCARD__MONEY__RATES__840: keep one of them",
            "environment variable REDCARD__kafka__BROKERS: `kafka.brokers` is also set by the \
             variable REDCARD__KAFKA__BROKERS: keep one of them",
        ],
    );
}

#[test]
fn a_variable_overrides_an_entry_of_the_file_under_any_of_its_names() {
    let text = "[kafka.properties]\nsasl.mechanism = 'PLAIN'\n[money.rates]\nusd = 1.0\n";
    let variables = [
        ("REDCARD__KAFKA__PROPERTIES__SASL_MECHANISMS", "GSSAPI"),
        ("REDCARD__MONEY__RATES__840", "2"),
    ];
    let config = parse(text, &variables).unwrap();
    let properties: Vec<_> = config.kafka.properties.0.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(properties, [("sasl.mechanisms", "GSSAPI")]);
    assert_eq!(config.money.rates.iter().collect::<Vec<_>>(), [("USD", 2.0)]);
}

#[test]
fn a_variable_overrides_the_file() {
    let text = "[kafka]\nbrokers = 'a:1'\nproperties.linger.ms = 3\n[memory]\nretention = '7d'";
    let config = parse(
        text,
        &[
            ("REDCARD__KAFKA__BROKERS", "b:2"),
            ("REDCARD__KAFKA__SHARDS", "3"),
            ("REDCARD__TOPICS__CREATE", "true"),
            ("REDCARD__KAFKA__PROPERTIES__SASL_PASSWORD", "hunter2"),
            ("REDCARD__KAFKA__PROPERTIES__SASL.USERNAME", "me"),
            ("REDCARD__MONEY__RATES__EUR", "1.08"),
            ("REDCARD_TEST_BROKERS", "not an override"),
            ("PATH", "neither"),
        ],
    )
    .unwrap();
    assert_eq!(config.kafka.brokers.as_str(), "b:2");
    assert_eq!(config.kafka.shards.count(), 3);
    assert!(config.topics.create);
    assert_eq!(config.memory.retention, ConfigDuration::from_days(7));
    assert_eq!(config.money.rates.iter().collect::<Vec<_>>(), [("EUR", 1.08)]);
    let properties: Vec<_> = config.kafka.properties.0.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(
        properties,
        [("linger.ms", "3"), ("sasl.password", "hunter2"), ("sasl.username", "me")]
    );
}

#[test]
fn a_variable_that_sets_nothing_is_reported() {
    check(
        "",
        &[
            ("REDCARD__KAFKA__BROKER", "secret"),
            ("REDCARD__KAFKA__PROPERTIES", "secret"),
            ("REDCARD__KAFKA__SHARDS__ONE", "secret"),
            ("REDCARD__LOGS__FORMAT", "json"),
            ("REDCARD__TOPICS__CREATE", "yes"),
        ],
        &[
            "environment variable REDCARD__KAFKA__BROKER: unknown key `kafka.broker`; did you mean `kafka.brokers`?",
            "environment variable REDCARD__KAFKA__PROPERTIES: `kafka.properties` is a table: name the entry too, as in REDCARD__KAFKA__PROPERTIES__SASL_USERNAME",
            "environment variable REDCARD__KAFKA__SHARDS__ONE: `kafka.shards` has no entries: it is a single value",
            "environment variable REDCARD__LOGS__FORMAT: unknown section `logs`; did you mean `log`?",
            "environment variable REDCARD__TOPICS__CREATE: `topics.create` must be true or false, not \"yes\"",
        ],
    );
}

#[test]
fn errors_in_file_and_variables_are_reported_in_one_run() {
    check(
        "[kafka]\nshards = 0\n[log]\nformat = 'xml'",
        &[("REDCARD__X", "1")],
        &[
            "etc/redcard.toml:2:10: `kafka.shards` must be a positive number, or \"auto\" for one a processor, not \"0\"",
            "etc/redcard.toml:4:10: `log.format` must be \"human\" or \"json\", not \"xml\"",
            "environment variable REDCARD__X: unknown section `x`; docs/operating/configuration.md lists them all",
        ],
    );
}

#[test]
fn secrets_never_appear_in_errors_or_output() {
    let text = "[kafka.properties]\nsasl.password = ['hunter2']\nsasl.password = ['hunter2']";
    assert!(!parse(text, &[]).unwrap_err().to_string().contains("hunter2"));
    let config = parse("[kafka.properties]\nsasl.password = 'hunter2'", &[]).unwrap();
    assert!(!config.to_toml().contains("hunter2"));
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(
        config.to_toml().contains("\"sasl.password\" = \"(redacted)\""),
        "{}",
        config.to_toml()
    );
}

#[test]
fn a_relative_path_starts_at_the_file() {
    let config = parse("rules.path = 'rules'\ncard_numbers.key_file = '/keys'", &[]).unwrap();
    assert_eq!(config.rules.path.as_deref(), Some(Path::new("etc/rules")));
    assert_eq!(config.card_numbers.key_file.as_deref(), Some(Path::new("/keys")));
    let config = parse("", &[("REDCARD__RULES__PATH", "rules")]).unwrap();
    assert_eq!(config.rules.path.as_deref(), Some(Path::new("rules")));
}

#[test]
fn the_printed_configuration_reads_back_equal() {
    let text = "[kafka]\nshards = 4\nproperties.linger.ms = 3\n[topics]\ndecisions = 'd'\n\
                [money]\nbase_currency = 'USD'\nrates.USD = 1.0\n[memory]\nretention = '1d12h'\n\
                [dead_letters]\npayload = 'raw'\n[log]\nformat = 'json'\n[rules]\npath = '/r'";
    let config = parse(text, &[]).unwrap();
    assert_eq!(parse(&config.to_toml(), &[]).unwrap(), config);
    let default = Config::default();
    assert_eq!(parse(&default.to_toml(), &[]).unwrap(), default);
}
