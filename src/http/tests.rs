//! Over a real socket, as a scraper or an orchestrator asks.

use super::*;
use crate::kafka::test_ruleset;

fn get(address: std::net::SocketAddr, path: &str) -> (u16, String, String) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut response = agent.get(format!("http://{address}{path}")).call().unwrap();
    let kind = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), kind.unwrap_or_default(), body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn metrics_and_health_are_served_until_the_shutdown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move { stopped.await.unwrap() };
    let metrics = Arc::new(Metrics::new(&test_ruleset()));
    let server = tokio::spawn(serve(listener, metrics, Arc::new(Status::new()), shutdown));
    let answers = tokio::task::spawn_blocking(move || {
        ["/metrics", "/livez", "/readyz", "/other"].map(|path| get(address, path))
    });
    let [metrics, livez, readyz, other] = answers.await.unwrap();
    assert_eq!((metrics.0, metrics.1.as_str()), (200, "text/plain; version=0.0.4"));
    assert!(metrics.2.contains("redcard_records_read_total 0"));
    let json = "application/json".to_owned();
    assert_eq!(livez, (200, json.clone(), r#"{"status":"ok"}"#.to_owned()));
    let waiting = r#"{"reasons":{"service":"has not reached its brokers yet"},"status":"failing"}"#;
    assert_eq!(readyz, (503, json, waiting.to_owned()));
    assert_eq!(other.0, 404);
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
