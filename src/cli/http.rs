//! Runs the HTTP server of a command.

use crate::config::HttpAccess;
use crate::http::{self, Access, BearerToken, Tls};
use crate::metrics::Exposition;
use crate::status::HealthCheck;
use anyhow::Context;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

/// A running server.
pub struct HttpServer {
    pub address: SocketAddr,
    /// Whether any client that reaches it may read everything.
    is_open: bool,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// What HTTP clients must present.
pub fn access(configured: &HttpAccess) -> anyhow::Result<Access> {
    let tls = configured.tls.as_ref().map(|(certificates, key)| Tls::new(certificates, key));
    let tls = tls.transpose().context("`http.certificate_file` and `http.key_file`")?;
    let token = configured.token.as_deref().map(|token| BearerToken::new(token));
    Ok(Access { token, tls })
}

/// Why this machine cannot listen on an address, whatever the port, which may be in use by the
/// service itself.
pub fn cannot_listen(listen: SocketAddr) -> Option<io::Error> {
    std::net::TcpListener::bind(SocketAddr::new(listen.ip(), 0)).err()
}

impl HttpServer {
    /// `key` is the configuration key of the address.
    pub async fn start(
        key: &str,
        listen: SocketAddr,
        access: Access,
        (metrics, status): (Arc<dyn Exposition>, Arc<dyn HealthCheck>),
    ) -> anyhow::Result<Self> {
        let bound = TcpListener::bind(listen).await;
        let listener = bound.with_context(|| format!("cannot listen on {listen} (`{key}`)"))?;
        let address = listener.local_addr().context("cannot tell the HTTP address")?;
        let is_open = access.token.is_none();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(http::serve(listener, access, metrics, status, async {
            // A dropped sender means the same.
            let _ = stopped.await;
        }));
        Ok(Self { address, is_open, stop, task })
    }

    /// Warns if metrics are open to other machines.
    pub fn warn_if_open(&self) {
        if self.is_open && !self.address.ip().is_loopback() {
            tracing::warn!(
                http = %self.address,
                "metrics are open to everyone who reaches this address; `http.token_file` asks for a token"
            );
        }
    }

    /// Resolves when the server can no longer serve.
    pub async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.task).await {
            Ok(()) => anyhow::anyhow!("the HTTP server ended by itself"),
            Err(error) => anyhow::Error::new(error).context("the HTTP server failed"),
        }
    }

    pub async fn stop(self) -> Result<(), JoinError> {
        drop(self.stop);
        self.task.await
    }
}
