//! Accepts connections and serves each within its bounds.
//!
//! ```text
//! accept, while there is room ─▶ TLS, if configured ─▶ one connection ─▶ routes.rs
//! ```
//!
//! Everything that a client could prolong has a bound: the number of connections, the time for a
//! handshake and for a request's headers, the size of the headers, and the lifetime of a
//! connection.

#[cfg(test)]
mod tests;

use super::access::{Access, Tls};
use super::routes;
use crate::metrics::Exposition;
use crate::status::HealthCheck;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// How long requests in progress may take after a shutdown is requested.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);
/// Further connections wait until one of these ends.
const CONNECTIONS_MAX: usize = 64;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// From the first byte of a request to the last of its headers.
const HEADERS_MAX: Duration = Duration::from_secs(5);
const HEADERS_MAX_BYTES: usize = 16 * 1024;
const HEADERS_MAX_COUNT: usize = 64;
/// A client that needs longer connects again. This also ends a connection whose client does not
/// read its response.
const CONNECTION_MAX: Duration = Duration::from_secs(300);
/// The pause after a failed accept, for instance because no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` resolves, then gives requests in progress two seconds to finish.
pub async fn serve(
    listener: TcpListener,
    access: Access,
    metrics: Arc<dyn Exposition>,
    status: Arc<dyn HealthCheck>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let router = routes::router(access.token, metrics, status);
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &permits) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, permit)) => {
                let (router, watcher) = (router.clone(), graceful.watcher());
                tokio::spawn(connection(stream, permit, access.tls.clone(), router, watcher));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept an HTTP connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // A client without a response by then gets none.
    let _ = timeout(SHUTDOWN_GRACE, graceful.shutdown()).await;
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

/// One connection, from the handshake to its end. It holds a permit of the connection limit until
/// then.
async fn connection(
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
    tls: Option<Tls>,
    router: Router,
    watcher: Watcher,
) {
    let Some(tls) = tls else { return talk(stream, router, watcher).await };
    match timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => talk(stream, router, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "an HTTP client's TLS handshake failed"),
        Err(_) => tracing::debug!("an HTTP client's TLS handshake took too long"),
    }
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    watcher: Watcher,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADERS_MAX)
        .max_buf_size(HEADERS_MAX_BYTES)
        .max_headers(HEADERS_MAX_COUNT);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Ok(Err(error)) = timeout(CONNECTION_MAX, watcher.watch(connection)).await {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}
