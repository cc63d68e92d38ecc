//! Tests the part of `redcard run` that does not need Kafka.

use super::Workspace;
use std::net::TcpListener;

#[test]
fn a_taken_http_address_is_named() {
    let workspace = Workspace::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    workspace
        .run_with(&["run"], &[("REDCARD__HTTP__LISTEN", &*address)])
        .expect(3)
        .expect_stderr(&format!("cannot listen on {address} (`http.listen`)"));
}

#[test]
fn a_wrong_configuration_starts_nothing() {
    let workspace = Workspace::new();
    workspace
        .run_with(&["run"], &[("REDCARD__HTTP__LISTEN", "here")])
        .expect(2)
        .expect_stderr("HTTP__LISTEN");
    workspace.run(&["run", "--rules", "no-rules"]).expect(2).expect_stderr("no-rules");
    workspace
        .run_with(&["run"], &[("RUST_LOG", "redcard=loud")])
        .expect(2)
        .expect_stderr("RUST_LOG");
}
