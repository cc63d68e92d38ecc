//! Tests properties that the client library rejects: `check`, `run` and `notify` report them with
//! their location and the library's own reason, and do not connect to a broker.

use super::{CommandResult, Workspace};
use std::net::TcpListener;

const ALERTMANAGERS: (&str, &str) = ("REDCARD__NOTIFY__ALERTMANAGERS", "http://127.0.0.1:1");
const PORTS: [(&str, &str); 2] =
    [("REDCARD__HTTP__LISTEN", "127.0.0.1:0"), ("REDCARD__NOTIFY__LISTEN", "127.0.0.1:0")];

/// Checks that each of the commands refuses the configuration and names the location and the
/// reason.
#[track_caller]
fn check(commands: &[&str], properties: &str, place: &str, says: &[&str]) {
    let folder = Workspace::new();
    folder.write("not-a-certificate.pem", "none\n");
    let text = format!("[kafka]\nbrokers = \"127.0.0.1:1\"\n[kafka.properties]\n{properties}\n");
    folder.write("redcard.toml", text);
    for command in commands {
        let result =
            refuse(&folder, command).expect_stderr(&format!("error: redcard.toml:{place}: "));
        for expected in says {
            assert!(result.stderr.contains(expected), "{command}: no {expected:?} in {result:?}");
        }
    }
}

#[track_caller]
fn refuse(folder: &Workspace, command: &str) -> CommandResult {
    let variables = [PORTS[0], PORTS[1], ALERTMANAGERS];
    let variables = if command == "run" { &variables[..1] } else { &variables[..] };
    let result = folder.run_with(&[command, "--config", "redcard.toml"], variables).expect(2);
    assert_eq!(result.stdout, "", "{command}");
    result
}

const ALL: &[&str] = &["check", "run", "notify"];
const SERVICE: &[&str] = &["check", "run"];

#[test]
fn an_invalid_property_is_reported_with_its_line_and_the_librarys_reason() {
    check(ALL, "linger.mss = 5", "4:14", &["`linger.mss`: No such configuration property"]);
    check(ALL, "linger.ms = -1", "4:13", &["`linger.ms`", "outside allowed range 0..900000"]);
    check(ALL, "fetch.min.bytes = 'many'", "4:19", &["`fetch.min.bytes`", "Invalid value"]);
    check(ALL, "security.protocol = 'TLS'", "4:21", &["`security.protocol`", "TLS"]);
    check(ALL, "compression.type = 'brotli'", "4:20", &["`compression.type`", "brotli"]);
    check(ALL, "partitioner = 'round_robin'", "4:15", &["`partitioner`", "round_robin"]);
    check(ALL, "socket.keepalive.enable = 'maybe'", "4:27", &["Expected bool value"]);
    check(ALL, "sasl.oauthbearer.method = 'oidc'", "4:27", &["not supported in this build"]);
    check(ALL, "queued.max.messages.kbytes = 0", "4:30", &["outside allowed range 1.."]);
    check(ALL, "log_cb = 'x'", "4:10", &["dedicated"]);
    check(ALL, "plugin.library.paths = '/none'", "4:24", &["`plugin.library.paths`", "/none"]);
}

#[test]
fn a_number_that_the_library_would_read_as_another_is_refused() {
    for (value, read) in [("'30s'", "30"), ("'01000'", "512"), ("4294968296", "1000")] {
        let reads = format!("is not a number that the client library takes: it would read {read}");
        let property = format!("socket.timeout.ms = {value}");
        check(ALL, &property, "4:21", &["`socket.timeout.ms`", &reads]);
    }
}

#[test]
fn properties_that_contradict_each_other_are_named_together() {
    let sasl = "security.protocol = 'SASL_PLAINTEXT'\n";
    let mechanism = |name: &str| format!("{sasl}sasl.mechanism = '{name}'");
    check(
        ALL,
        &mechanism("GSSAPI"),
        "5:18",
        &[
            "`sasl.mechanism`, `security.protocol`",
            "No provider for SASL mechanism GSSAPI",
            "see also `kafka.properties.security.protocol` (redcard.toml:4:21)",
        ],
    );
    check(ALL, &mechanism("PLAIN"), "5:18", &["sasl.username and sasl.password must be set"]);
    let unknown = mechanism("SCRAM-SHA-513") + "\nsasl.username = 'u'\nsasl.password = 'p'";
    check(ALL, &unknown, "5:18", &["`sasl.mechanism`, `security.protocol`: ", "Unsupported hash"]);
    check(ALL, &mechanism("MAGIC"), "5:18", &["Unsupported SASL mechanism: MAGIC"]);
    check(ALL, &mechanism("OAUTHBEARER"), "5:18", &["no source of tokens"]);
    check(ALL, sasl, "4:21", &["`security.protocol`", "GSSAPI"]);
    check(
        ALL,
        "security.protocol = 'SSL'\nssl.ca.location = '/none.pem'",
        "5:19",
        &["`ssl.ca.location`", "`security.protocol`"],
    );
    check(
        ALL,
        "security.protocol = 'SSL'\nssl.certificate.location = 'not-a-certificate.pem'",
        "5:28",
        &["`ssl.certificate.location`"],
    );
    check(
        ALL,
        "security.protocol = 'SSL'\nssl.key.location = '/none.key'",
        "5:20",
        &["`ssl.key.location`"],
    );
    check(
        ALL,
        "reconnect.backoff.ms = 5000\nreconnect.backoff.max.ms = 100",
        "5:28",
        &["`reconnect.backoff.max.ms`, `reconnect.backoff.ms`: the Kafka", "must be >="],
    );
}

#[test]
fn properties_that_a_group_member_or_a_transaction_refuses_are_found_before_the_start() {
    check(
        SERVICE,
        "group.protocol = 'consumer'\nsession.timeout.ms = 10000",
        "4:18",
        &["`group.protocol`, `session.timeout.ms`", "not supported for `group.protocol=consumer`"],
    );
    check(
        SERVICE,
        "max.poll.interval.ms = 5000\nsession.timeout.ms = 20000",
        "4:24",
        &["the Kafka consumer, history reader cannot be created", "must be >="],
    );
    check(
        SERVICE,
        "transaction.timeout.ms = 5000\nsocket.timeout.ms = 60000",
        "5:21",
        &["`socket.timeout.ms`, `transaction.timeout.ms`: the Kafka producer cannot be created"],
    );
    check(SERVICE, "partition.assignment.strategy = 'best'", "4:33", &["best"]);
    check(SERVICE, "max.in.flight = 50", "4:17", &["`max.in.flight`", "<= 5"]);
    check(SERVICE, "retries = 0", "4:11", &["`retries`", ">= 1"]);
    check(SERVICE, "queuing.strategy = 'lifo'", "4:20", &["`queuing.strategy`"]);
    check(SERVICE, "message.timeout.ms = 1", "4:22", &["`message.timeout.ms`"]);
    check(SERVICE, "fetch.max.bytes = 10", "4:19", &["`fetch.max.bytes` must be >="]);
    check(SERVICE, "acks = 1", "4:8", &["`acks` must not be set to \"1\""]);
    check(SERVICE, "transaction.timeout.ms = 60", "4:26", &["`transaction.timeout.ms`"]);
}

#[test]
fn all_properties_that_are_wrong_are_reported_in_one_run() {
    let folder = Workspace::new();
    folder.write("redcard.toml", "[kafka.properties]\nacks = 1\nlinger.ms = -1\nnonsense = 1\n");
    refuse(&folder, "check")
        .expect_stderr("toml:2:8: `acks`")
        .expect_stderr("toml:3:13: `linger.ms`")
        .expect_stderr("toml:4:12");
}

#[test]
fn an_invalid_property_from_the_environment_or_a_separate_file_is_refused_with_its_location() {
    let place = Workspace::new();
    let variable = "REDCARD__KAFKA__PROPERTIES__LINGER_MS";
    for command in ALL {
        let variables = [PORTS[0], PORTS[1], ALERTMANAGERS, (variable, "soon")];
        let expected =
            format!("error: environment variable {variable}: `linger.ms`: Invalid value");
        place.run_with(&[command], &variables).expect(2).expect_stderr(&expected);
    }
    place.write("secret", "hunter2");
    place.write(
        "redcard.toml",
        "[kafka.property_files]\nssl.key.pem = 'secret'\n\
                 [kafka.properties]\nsecurity.protocol = 'SSL'\n",
    );
    let result = refuse(&place, "check").expect_stderr("error: redcard.toml:2:15: `ssl.key.pem`");
    assert!(!result.stderr.contains("hunter2"), "{result:?}");
}

#[test]
fn a_broker_address_that_the_library_would_ignore_is_refused() {
    for (brokers, says) in [
        ("kafka:port", "`kafka.brokers` must be addresses of brokers"),
        ("kafka:9092;other:9092", "`kafka.brokers` must be addresses of brokers"),
        ("http://kafka:9092", "`kafka.brokers` must be addresses of brokers"),
        (
            "SSL://kafka:9092",
            "`SSL://kafka:9092` says `SSL` and `security.protocol` is `plaintext`",
        ),
    ] {
        let folder = Workspace::new();
        folder.write("redcard.toml", format!("[kafka]\nbrokers = '{brokers}'\n"));
        for command in ALL {
            refuse(&folder, command)
                .expect_stderr("error: redcard.toml:2:11: ")
                .expect_stderr(says);
        }
    }
}

#[test]
fn a_check_connects_to_no_broker() {
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    broker.set_nonblocking(true).unwrap();
    let address = broker.local_addr().unwrap().to_string();
    let variables = [("REDCARD__KAFKA__BROKERS", &*address), ALERTMANAGERS];
    Workspace::new().run_with(&["check"], &variables).expect(0).expect_stderr("are in order");
    // The process has ended, so a connection that it had opened would be in the queue.
    let connected = broker.accept();
    assert!(connected.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

#[test]
fn commands_that_read_topics_refuse_the_same_properties() {
    let place = Workspace::new();
    place.write("redcard.toml", "[kafka.properties]\nsecurity.protocol = 'SASL_SSL'\n");
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/config/rules");
    for arguments in [
        &["memory", "--card", "c_1"][..],
        &["dlq", "list"],
        &["dlq", "retry"],
        &["rules", "explain", rules, "--card", "c_1", "--transaction", "t_1"],
    ] {
        let arguments = [arguments, &["--config", "redcard.toml"]].concat();
        place.run(&arguments).expect(2).expect_stderr("redcard.toml:2:21: `security.protocol`");
    }
}

/// The configuration of the original bug report.
#[test]
fn a_mechanism_that_is_not_built_in_is_refused() {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/G-sasl.toml");
    let place = Workspace::new();
    for command in ["check", "run"] {
        let result = place.run_with(&[command, "--config", case], &PORTS[..1]).expect(2);
        result
            .expect_stderr("G-sasl.toml:5:18: `sasl.mechanism`, `security.protocol`")
            .expect_stderr("No provider for SASL mechanism GSSAPI");
    }
}

#[test]
fn check_finds_everything_else_that_prevents_a_start() {
    let place = Workspace::new();
    place.write("file", "");
    for (variable, value, says) in [
        ("REDCARD__MEMORY__CHECKPOINT_DIR", "file/checkpoints", "`memory.checkpoint_dir`"),
        ("REDCARD__TOPICS__PARTITIONS", "0", "`topics.partitions` must be a positive number"),
        ("REDCARD__HTTP__LISTEN", "localhost", "`http.listen` must be an address and a port"),
        ("RUST_LOG", "redcard=loud", "RUST_LOG"),
    ] {
        for command in SERVICE {
            let listen = ("REDCARD__HTTP__LISTEN", "127.0.0.1:0");
            let variables = [listen, (variable, value)];
            place.run_with(&[command], &variables).expect(2).expect_stderr(says);
        }
    }
    place.run(&["check", "--rules", "no-rules"]).expect(2).expect_stderr("no-rules");
}
