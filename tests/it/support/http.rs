//! Sends requests of tests over HTTP, and reads the responses.

use std::time::Duration;

/// Longer than any server needs for a response, on a machine that may be ten times slower than an
/// idle one.
const RESPONSE_LIMIT: Duration = Duration::from_secs(60);

/// Status and body of a GET; `None` if there is no response.
pub fn get(url: &str) -> Option<(u16, String)> {
    get_with(url, &[])
}

/// The body of a GET that succeeds.
pub fn get_body(url: &str) -> Option<String> {
    get(url).and_then(|(status, body)| (status == 200).then_some(body))
}

/// Status and body of a GET with parameters.
pub fn get_with(url: &str, parameters: &[(&str, &str)]) -> Option<(u16, String)> {
    let request = ureq::get(url).query_pairs(parameters.iter().copied());
    let config = request.config().http_status_as_error(false);
    let mut response = config.timeout_global(Some(RESPONSE_LIMIT)).build().call().ok()?;
    Some((response.status().as_u16(), response.body_mut().read_to_string().ok()?))
}
