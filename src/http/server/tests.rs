//! The server over a real socket, as a scraper or an orchestrator queries it.

use super::super::access::BearerToken;
use super::*;
use crate::fixtures;
use crate::metrics::Metrics;
use crate::status::Status;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(access: Access) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { stopped.await.unwrap() };
        let metrics = Arc::new(Metrics::new(&fixtures::high_amount_ruleset()));
        let served = serve(listener, access, metrics, Arc::new(Status::new()), shutdown);
        Self { address, stop, task: tokio::spawn(served) }
    }

    /// Status, content type and body.
    async fn get(&self, path: &'static str, token: Option<&'static str>) -> (u16, String, String) {
        let address = self.address;
        spawn_blocking(move || get(address, path, token)).await.unwrap()
    }

    /// Sends these bytes and returns everything that the server sends until it closes the
    /// connection.
    async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

fn get(address: SocketAddr, path: &str, token: Option<&str>) -> (u16, String, String) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut request = agent.get(format!("http://{address}{path}"));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut response = request.call().unwrap();
    let kind = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), kind.unwrap_or_default(), body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn metrics_and_health_are_served_until_the_shutdown() {
    let server = Server::start(Access::default()).await;
    let metrics = server.get("/metrics", None).await;
    assert_eq!((metrics.0, metrics.1.as_str()), (200, "text/plain; version=0.0.4"));
    assert!(metrics.2.contains("redcard_records_read_total 0"));
    let json = "application/json".to_owned();
    let livez = server.get("/livez", None).await;
    assert_eq!(livez, (200, json.clone(), r#"{"status":"ok"}"#.to_owned()));
    let waiting = r#"{"reasons":{"service":"has not reached its brokers yet"},"status":"failing"}"#;
    assert_eq!(server.get("/readyz", None).await, (503, json, waiting.to_owned()));
    assert_eq!(server.get("/other", None).await.0, 404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_the_token_only_the_health_status_is_visible() {
    let access = Access { token: Some(BearerToken::new("let-me-in")), tls: None };
    let server = Server::start(access).await;
    for token in [None, Some("let-me"), Some("")] {
        let (status, _, body) = server.get("/metrics", token).await;
        assert_eq!((status, body.as_str()), (401, ""), "{token:?}");
        assert_eq!(server.get("/livez", token).await.0, 200);
        let (status, _, body) = server.get("/readyz", token).await;
        assert_eq!((status, body.as_str()), (503, r#"{"status":"failing"}"#));
    }
    assert_eq!(server.get("/metrics", Some("let-me-in")).await.0, 200);
    assert!(server.get("/readyz", Some("let-me-in")).await.2.contains("reached its brokers"));
    let asked = server.raw("GET /metrics HTTP/1.0\r\n\r\n").await;
    assert!(asked.to_lowercase().contains("www-authenticate: bearer"), "{asked}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_request_that_is_too_large_or_of_another_kind_is_refused() {
    let server = Server::start(Access::default()).await;
    let large = format!("GET /livez HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(2 * HEADERS_MAX_BYTES));
    assert!(!server.raw(&large).await.contains(" 200 "));
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "x: 1\r\n".repeat(2 * HEADERS_MAX_COUNT));
    assert!(!server.raw(&many).await.contains(" 200 "));
    let posted = server.raw("POST /metrics HTTP/1.0\r\ncontent-length: 1\r\n\r\nx").await;
    assert!(posted.starts_with("HTTP/1.0 405 "), "{posted}");
    server.stop().await;
}

/// Without the limits, a few idle sockets would hide the metrics from everyone.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn silent_connections_use_all_slots_until_they_time_out() {
    let server = Server::start(Access::default()).await;
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let answered = timeout(PATIENCE, server.get("/livez", None)).await;
    assert_eq!(answered.expect("there is room again").0, 200);
    let mut byte = [0];
    for mut stream in silent {
        let ended = timeout(PATIENCE, stream.read(&mut byte)).await.expect("it was ended");
        assert!(matches!(ended, Ok(0) | Err(_)), "a connection without a request gets no response");
    }
    server.stop().await;
}
