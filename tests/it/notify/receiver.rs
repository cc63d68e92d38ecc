//! A small HTTP server that keeps what is posted to it: Alertmanager's receiver, or redcard's own.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Posted {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Debug)]
struct Shared {
    status: AtomicU16,
    posted: Mutex<Vec<Posted>>,
}

/// A running server; it ends when it is dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    address: String,
    _runtime: Runtime,
}

impl Receiver {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let shared =
            Arc::new(Shared { status: AtomicU16::new(200), posted: Mutex::new(Vec::new()) });
        let router = Router::new().fallback(keep).with_state(Arc::clone(&shared));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { shared, address, _runtime: runtime }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on it answers so.
    pub fn answer(&self, status: u16) {
        self.shared.status.store(status, Ordering::Relaxed);
    }

    /// Every request so far whose path begins like that, whatever it was answered.
    pub fn posted(&self, path: &str) -> Vec<Posted> {
        let posted = self.shared.posted.lock().unwrap();
        posted.iter().filter(|posted| posted.path.starts_with(path)).cloned().collect()
    }

    /// What redcard's webhook said so far, in its order; panics at a signature that does not hold.
    pub fn notifications(&self, path: &str, key: &[u8]) -> Vec<Value> {
        let deliveries = self.posted(path).into_iter().map(|posted| {
            posted.verify(key);
            posted.json()
        });
        let notifications = |delivery: Value| delivery["notifications"].as_array().unwrap().clone();
        deliveries.flat_map(notifications).collect()
    }
}

impl Posted {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// As docs/notify.md tells receivers to.
    fn verify(&self, key: &[u8]) {
        let header = self.header("x-redcard-signature");
        let (time, signature) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let age_s = crate::support::wall_millis() / 1_000 - time.parse::<i64>().unwrap();
        assert!((-1..3_600).contains(&age_s), "{header}");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(&self.body);
        let bytes: Vec<u8> = (0..signature.len() / 2)
            .map(|at| u8::from_str_radix(&signature[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        mac.verify_slice(&bytes).unwrap();
    }
}

async fn keep(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let path = uri.path().to_owned();
    shared.posted.lock().unwrap().push(Posted { path, headers, body: body.to_vec() });
    StatusCode::from_u16(shared.status.load(Ordering::Relaxed)).unwrap()
}
