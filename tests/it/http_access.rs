//! Tests HTTP with a token and TLS, and `redcard healthcheck`, which sends the same requests.

use crate::support::certificates;
use crate::support::redcard::{Redcard, Setup, Topics, redcard};
use crate::support::{PATIENCE, broker, wait_until};
use native_tls::{Certificate, TlsConnector};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

const TOKEN: &str = "let-the-scraper-in";
const LIMIT: Duration = PATIENCE;

/// A service whose broker never answers: it serves HTTP, and is alive but not ready.
fn waiting() -> Setup {
    Setup::new("127.0.0.1:1", &Topics::named("http"))
}

/// Runs `redcard healthcheck`; returns its exit code and all its output.
fn healthcheck(config: &Path, more: &[&str]) -> (Option<i32>, String) {
    let config = config.to_str().unwrap();
    let output = redcard(&[&["healthcheck", "--config", config], more].concat());
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

#[test]
fn a_healthcheck_reports_the_status_of_the_service() {
    let brokers = broker::shared();
    let ready = Setup::new(brokers, &Topics::created(brokers, "healthcheck", 1)).start_ready();
    assert_eq!(healthcheck(&ready.config(), &[]), (Some(0), String::new()));
    assert_eq!(healthcheck(&ready.config(), &["--live"]).0, Some(0));

    let redcard = waiting().start();
    let config = redcard.config();
    wait_until("it serves", || (healthcheck(&config, &["--live"]).0 == Some(0)).then_some(()));
    let (code, printed) = healthcheck(&config, &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("/readyz answers 503") && printed.contains("reached its brokers"),
        "{printed}"
    );
    let directory = tempfile::tempdir().unwrap();
    let unreachable = waiting().set("http", "listen", "127.0.0.1:1").write(directory.path());
    let (code, printed) = healthcheck(&unreachable, &[]);
    assert_eq!(code, Some(3), "{printed}");
    assert!(printed.contains("no response from 127.0.0.1:1"), "{printed}");
    let elsewhere = format!("127.0.0.1:{}", redcard.port());
    assert_eq!(healthcheck(&unreachable, &["--live", "--address", &elsewhere]).0, Some(0));
}

/// Sends one request over TLS, from a client that trusts only this certificate.
fn get(port: u16, trusted: &str, path: &str, token: Option<&str>) -> String {
    let root = Certificate::from_pem(trusted.as_bytes()).unwrap();
    let connector = TlsConnector::builder().add_root_certificate(root).build().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut stream = connector.connect("127.0.0.1", stream).unwrap();
    let token = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    write!(stream, "GET {path} HTTP/1.0\r\n{token}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn with_a_token_and_tls_metrics_require_the_token() {
    let (certificate, key) = certificates::loopback();
    let secured = waiting()
        .file("token", &format!("{TOKEN}\n"))
        .file("certificate.pem", &certificate)
        .file("key.pem", &key)
        .set("http", "token_file", "token")
        .set("http", "certificate_file", "certificate.pem")
        .set("http", "key_file", "key.pem")
        .env("RUST_LOG", "trace");
    let redcard = secured.start();
    let config = redcard.config();
    wait_until("it serves", || (healthcheck(&config, &["--live"]).0 == Some(0)).then_some(()));
    let (code, printed) = healthcheck(&config, &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("reached its brokers"),
        "with the token, the reasons are shown: {printed}"
    );

    let get = |path, token| get(redcard.port(), &certificate, path, token);
    assert!(get("/metrics", None).starts_with("HTTP/1.0 401 "));
    assert!(get("/metrics", Some("let-the-scraper")).starts_with("HTTP/1.0 401 "));
    assert!(get("/metrics", Some(TOKEN)).contains("redcard_records_read_total"));
    let probed = get("/readyz", None);
    assert!(probed.starts_with("HTTP/1.0 503 ") && !probed.contains("reasons"), "{probed}");
    assert!(redcard.get("/livez").is_none(), "plain HTTP is not served");
    a_different_certificate_is_rejected(&redcard);
    let printed = redcard.output();
    let secret = key.lines().nth(1).unwrap();
    assert!(!printed.contains(TOKEN) && !printed.contains(secret), "{printed}");
}

fn a_different_certificate_is_rejected(redcard: &Redcard) {
    let (certificate, key) = certificates::loopback();
    let directory = tempfile::tempdir().unwrap();
    let other = waiting()
        .file("certificate.pem", &certificate)
        .file("key.pem", &key)
        .set("http", "listen", format!("127.0.0.1:{}", redcard.port()))
        .set("http", "certificate_file", "certificate.pem")
        .set("http", "key_file", "key.pem")
        .write(directory.path());
    let (code, printed) = healthcheck(&other, &[]);
    assert_eq!(code, Some(3), "{printed}");
    assert!(printed.contains("does not show the certificate"), "{printed}");
}

#[test]
fn unusable_http_settings_are_refused_before_anything_starts() {
    let (certificate, key) = certificates::loopback();
    let check = |setup: Setup, expected: &str| {
        let directory = tempfile::tempdir().unwrap();
        let config = setup.set("http", "listen", "127.0.0.1:0").write(directory.path());
        let output = redcard(&["run", "--config", config.to_str().unwrap()]);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(printed.contains(expected), "no {expected:?} in:\n{printed}");
        assert!(!printed.contains("hunter2"), "{printed}");
    };
    check(
        waiting().file("key.pem", &key).set("http", "key_file", "key.pem"),
        "`http.certificate_file` and `http.key_file` go together",
    );
    check(waiting().set("http", "token_file", "none"), "none (`http.token_file`)");
    check(
        waiting().file("token", " \n").set("http", "token_file", "token"),
        "token (`http.token_file`) is empty",
    );
    check(
        waiting()
            .file("certificate.pem", &certificate)
            .file("key.pem", "hunter2")
            .set("http", "certificate_file", "certificate.pem")
            .set("http", "key_file", "key.pem"),
        "they are not certificates in PEM with their private key in PKCS #8",
    );
}

#[test]
fn a_service_that_listens_beyond_loopback_without_a_token_logs_a_warning() {
    let warning = "metrics are open to everyone who reaches this address";
    for (service, variable) in
        [("run", "REDCARD__HTTP__LISTEN"), ("notify", "REDCARD__NOTIFY__LISTEN")]
    {
        let setup = waiting().service(service).set("notify", "alertmanagers", "http://127.0.0.1:1");
        let open = setup.clone().env(variable, "0.0.0.0:0");
        let closed = open.clone().file("token", TOKEN).set("http", "token_file", "token");
        for (setup, is_warned) in [(setup, false), (open, true), (closed, false)] {
            let redcard = setup.start();
            wait_until("it starts", || redcard.output().contains("starting").then_some(()));
            let printed = redcard.stop();
            assert_eq!(printed.contains(warning), is_warned, "{service}: {printed}");
        }
    }
}
