//! A small HTTP server that records what is posted to it: a receiver of Alertmanager, or redcard's
//! own webhook.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use hmac::{Hmac, KeyInit, Mac};
use native_tls::Identity;
use serde_json::Value;
use sha2::Sha256;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_native_tls::{TlsAcceptor, TlsStream};

/// A received request.
#[derive(Debug, Clone)]
pub struct Posted {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Debug)]
struct Shared {
    status: AtomicU16,
    pause_ms: AtomicU64,
    posted: Mutex<Vec<Posted>>,
}

/// A running server; it stops when this is dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    origin: String,
    _runtime: Runtime,
}

/// Accepts connections over TLS; ignores failed handshakes, which the client reports.
struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Receiver {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts a server with this certificate and key, both in PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> Self {
        let identity = Identity::from_pkcs8(certificate.as_bytes(), key.as_bytes()).unwrap();
        let acceptor = native_tls::TlsAcceptor::new(identity).unwrap();
        Self::start_with(Some(acceptor.into()))
    }

    fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let shared = Arc::new(Shared {
            status: AtomicU16::new(200),
            pause_ms: AtomicU64::new(0),
            posted: Mutex::new(Vec::new()),
        });
        let router = Router::new().fallback(keep).with_state(Arc::clone(&shared));
        let tcp = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = tcp.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        match tls {
            Some(acceptor) => {
                let listener = TlsListener { tcp, acceptor };
                runtime.spawn(async move { axum::serve(listener, router).await });
            }
            None => {
                runtime.spawn(async move { axum::serve(tcp, router).await });
            }
        }
        Self { shared, origin: format!("{scheme}://{address}"), _runtime: runtime }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Sets the status of all further responses.
    pub fn answer(&self, status: u16) {
        self.shared.status.store(status, Ordering::Relaxed);
    }

    /// Delays all further responses.
    pub fn answer_after(&self, pause: Duration) {
        self.shared.pause_ms.store(pause.as_millis().try_into().unwrap(), Ordering::Relaxed);
    }

    /// Every request so far whose path begins with `path`, regardless of its response.
    pub fn posted(&self, path: &str) -> Vec<Posted> {
        let posted = self.shared.posted.lock().unwrap();
        posted.iter().filter(|posted| posted.path.starts_with(path)).cloned().collect()
    }

    /// The notifications that the webhook has received so far, in order; panics if a signature is
    /// invalid.
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

    /// Verifies the signature as docs/operating/notify.md describes.
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
    let pause = Duration::from_millis(shared.pause_ms.load(Ordering::Relaxed));
    tokio::time::sleep(pause).await;
    StatusCode::from_u16(shared.status.load(Ordering::Relaxed)).unwrap()
}
