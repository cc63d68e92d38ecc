//! Serves metrics and health over HTTP while the demo runs.

use crate::http::{self, Access};
use crate::metrics::Metrics;
use crate::status::Status;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// A server on its own thread; it runs until this is dropped.
pub(super) struct Web {
    pub address: SocketAddr,
    _shutdown: oneshot::Sender<()>,
    _runtime: Runtime,
}

/// Cannot listen on an address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

impl Web {
    /// Serves on `listen`. If the user did not choose that address and it is taken, serves on a
    /// free port.
    pub fn serve(
        listen: SocketAddr,
        asked_for: bool,
        metrics: Arc<Metrics>,
        status: Arc<Status>,
    ) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address: listen, source };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .thread_name("http")
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(bind(listen, asked_for)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (shutdown, asked_to_stop) = oneshot::channel::<()>();
        let asked_to_stop = async move {
            // Sent or dropped, it is time to stop.
            let _ = asked_to_stop.await;
        };
        runtime.spawn(http::serve(listener, Access::default(), metrics, status, asked_to_stop));
        Ok(Self { address, _shutdown: shutdown, _runtime: runtime })
    }
}

async fn bind(listen: SocketAddr, asked_for: bool) -> io::Result<TcpListener> {
    match TcpListener::bind(listen).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && !asked_for => {
            TcpListener::bind(SocketAddr::new(listen.ip(), 0)).await
        }
        bound => bound,
    }
}
