//! `/metrics`, `/livez` and `/readyz`. It knows nothing of Kafka but the [`Status`] it reads.

#[cfg(test)]
mod tests;

use crate::metrics::{CONTENT_TYPE, Metrics};
use crate::status::{Health, Status};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests under way may take once a shutdown is asked for.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Serves until `shutdown` resolves, and then what is under way, for two seconds at most.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    status: Arc<Status>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (asked, stopping) = oneshot::channel();
    let graceful = async move {
        shutdown.await;
        // The receiver is gone where the server ended by itself.
        let _ = asked.send(());
    };
    let served = axum::serve(listener, router(metrics, status)).with_graceful_shutdown(graceful);
    let too_long = async {
        match stopping.await {
            Ok(()) => tokio::time::sleep(SHUTDOWN_GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = async { served.await } => ended,
        () = too_long => Ok(()),
    }
}

fn router(metrics: Arc<Metrics>, status: Arc<Status>) -> Router {
    let (alive, shown) = (Arc::clone(&status), Arc::clone(&status));
    Router::new()
        .route("/metrics", get(async move || rendered(&metrics, &shown)))
        .route("/livez", get(async move || health(&alive.alive())))
        .route("/readyz", get(async move || health(&status.ready())))
}

fn rendered(metrics: &Metrics, status: &Status) -> Response {
    metrics.set_health(status.ready().ok, &status.partition_states());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.render()).into_response()
}

/// `{"status": "ok"}`, or 503 with `{"status": "failing", "reasons": {"shard 0": "…"}}`; either with
/// `"notes": {"ruleset": "…"}` where there is something to know.
fn health(health: &Health) -> Response {
    let (code, mut body) = if health.ok {
        (StatusCode::OK, json!({"status": "ok"}))
    } else {
        let body = json!({"status": "failing", "reasons": health.reasons});
        (StatusCode::SERVICE_UNAVAILABLE, body)
    };
    if !health.notes.is_empty() {
        body["notes"] = json!(health.notes);
    }
    (code, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
