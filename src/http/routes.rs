//! Routes requests, and decides what each client may read.

use super::access::BearerToken;
use crate::metrics::{CONTENT_TYPE, Exposition};
use crate::printable;
use crate::status::{Health, HealthCheck};
use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Metrics require the token. Health does not, because an orchestrator's probe sends none; the
/// reasons for a failure do.
pub(super) fn router(
    token: Option<BearerToken>,
    metrics: Arc<dyn Exposition>,
    status: Arc<dyn HealthCheck>,
) -> Router {
    let (alive, shown) = (Arc::clone(&status), Arc::clone(&status));
    let reader = Arc::new(token);
    let [first, second, third] = [(); 3].map(|()| Arc::clone(&reader));
    Router::new()
        .route(
            "/metrics",
            get(async move |headers: HeaderMap| match may_read(&first, &headers) {
                true => rendered(&*metrics, &*shown),
                false => refused(),
            }),
        )
        .route(
            "/livez",
            get(async move |headers: HeaderMap| {
                health(&alive.alive(), may_read(&second, &headers))
            }),
        )
        .route(
            "/readyz",
            get(async move |headers: HeaderMap| {
                health(&status.ready(), may_read(&third, &headers))
            }),
        )
}

fn may_read(token: &Option<BearerToken>, headers: &HeaderMap) -> bool {
    let sent = headers.get(header::AUTHORIZATION).map(|sent| sent.as_bytes()).unwrap_or_default();
    token.as_ref().is_none_or(|token| token.is_in(sent))
}

fn refused() -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
}

fn rendered(metrics: &dyn Exposition, status: &dyn HealthCheck) -> Response {
    metrics.set_health(status.ready().ok, &status.partition_states());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.render()).into_response()
}

/// `{"status": "ok"}`, or 503 with `{"status": "failing", "reasons": {"shard 0": "…"}}`. Either may
/// have `"notes": {"ruleset": "…"}`.
fn health(health: &Health, in_detail: bool) -> Response {
    let (code, status) = match health.ok {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
    };
    let mut body = Map::from_iter([("status".to_owned(), json!(status))]);
    if in_detail && !health.ok {
        body.insert("reasons".to_owned(), json!(health.reasons));
    }
    if in_detail && !health.notes.is_empty() {
        body.insert("notes".to_owned(), json!(health.notes));
    }
    (
        code,
        [(header::CONTENT_TYPE, "application/json")],
        printable::json(&Value::Object(body).to_string()).into_owned(),
    )
        .into_response()
}
