//! Renders counters as text for an HTTP server.

use super::process;
use prometheus::{Encoder, Registry, TextEncoder};

/// The media type of [`Exposition::render`]: the text format of Prometheus.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// What `/metrics` shows.
pub trait Exposition: Send + Sync {
    /// Sets the result of `/readyz`, and how many partitions are in each state.
    fn set_health(&self, ready: bool, partitions: &[(&'static str, usize)]);

    /// The text format of Prometheus ([`CONTENT_TYPE`]).
    fn render(&self) -> String;
}

/// Renders the registry together with the metrics of the process.
pub(super) fn rendered(registry: &Registry) -> String {
    let mut out = Vec::new();
    let families = [registry.gather(), process::collect()].concat();
    if let Err(error) = TextEncoder::new().encode(&families, &mut out) {
        tracing::error!(%error, "cannot render metrics");
    }
    String::from_utf8_lossy(&out).into_owned()
}
