//! Sends notifications to Alertmanager's v2 API or to a webhook with a signature. It sends one
//! request and never retries; the dispatcher does that.

use super::delivery_state::ResendPolicy;
use super::settings::{Credentials, Settings, TargetError, Webhook};
use super::signature::{SIGNATURE_HEADER, sign};
use super::store::PendingNotification;
use super::wire::RequestContext;
use crate::transaction::Time;
use base64::prelude::{BASE64_STANDARD, Engine};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_tls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinSet;

const ALERTS_PATH: &str = "/api/v2/alerts";
const AGENT: &str = concat!("redcard/", env!("CARGO_PKG_VERSION"));
/// The limit on a response, whose contents are ignored.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

const ALERTMANAGER: &str = "alertmanager";
const WEBHOOK: &str = "webhook";

/// The names of the targets.
pub const NAMES: [&str; 2] = [ALERTMANAGER, WEBHOOK];

/// A receiver of notifications.
#[derive(Debug)]
pub struct Target {
    kind: TargetKind,
    sender: Sender,
    context: RequestContext,
    pub resend_policy: ResendPolicy,
}

#[derive(Debug)]
enum TargetKind {
    /// The members of one cluster: they share among themselves what one of them accepts.
    Alertmanager {
        addresses: Vec<Uri>,
        authorization: Option<HeaderValue>,
    },
    Webhook {
        address: Uri,
        webhook: Webhook,
    },
}

/// Why a target did not accept. Addresses are omitted because they may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("the request cannot be made: {0}")]
    Request(hyper::http::Error),
    #[error("the key makes no signature")]
    Signature,
}

#[derive(Debug, Clone)]
struct Sender {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

impl Target {
    /// Every target in the settings.
    pub fn all(settings: &Settings) -> Result<Vec<Self>, TargetError> {
        let targets = &settings.targets;
        let sender = Sender::new(targets.certificates.as_deref(), targets.timeout)?;
        let context = RequestContext { issuer: settings.issuer.clone(), policy: settings.policy };
        let target = |kind, resend_policy| {
            let (sender, context) = (sender.clone(), context.clone());
            Self { kind, sender, context, resend_policy }
        };
        let mut all = Vec::new();
        if !targets.alertmanagers.is_empty() {
            let addresses = targets.alertmanagers.iter().map(|url| {
                let base = url.trim_end_matches('/');
                let address = address(&format!("{base}{ALERTS_PATH}"));
                address.ok_or(TargetError::Address { key: "notify.alertmanagers" })
            });
            let addresses = addresses.collect::<Result<_, _>>()?;
            let authorization = targets.credentials.as_ref().map(authorization).transpose()?;
            let kind = TargetKind::Alertmanager { addresses, authorization };
            all.push(target(kind, targets.alertmanager_resend_policy()));
        }
        if let Some(webhook) = &targets.webhook {
            let kind = TargetKind::Webhook {
                address: address(&webhook.url).ok_or(TargetError::WebhookAddress)?,
                webhook: webhook.clone(),
            };
            all.push(target(kind, webhook.resend_policy()));
        }
        Ok(all)
    }

    /// A bounded code for metrics.
    pub fn name(&self) -> &'static str {
        match self.kind {
            TargetKind::Alertmanager { .. } => ALERTMANAGER,
            TargetKind::Webhook { .. } => WEBHOOK,
        }
    }

    /// Sends these notifications; `Ok` if the target accepted them.
    pub async fn push(&self, pending: &[PendingNotification], now: Time) -> Result<(), PushError> {
        match &self.kind {
            TargetKind::Alertmanager { addresses, authorization } => {
                let body = Bytes::from(self.context.alertmanager(pending));
                let requests = addresses.iter().map(|address| {
                    let mut request = post(address, body.clone())?;
                    if let Some(value) = authorization {
                        request.headers_mut().insert(AUTHORIZATION, value.clone());
                    }
                    Ok(request)
                });
                self.sender.send_to_any(requests.collect::<Result<_, _>>()?).await
            }
            TargetKind::Webhook { address, webhook } => {
                let body = self.context.webhook(pending);
                let signature = sign(&webhook.key, now, &body).ok_or(PushError::Signature)?;
                let signature = HeaderValue::from_str(&signature);
                let mut request = post(address, body.into())?;
                let signature = signature.map_err(|error| PushError::Request(error.into()))?;
                request.headers_mut().insert(SIGNATURE_HEADER, signature);
                self.sender.send(request).await
            }
        }
    }
}

impl Sender {
    fn new(certificates: Option<&[u8]>, timeout: Duration) -> Result<Self, TargetError> {
        let wrong = |source| TargetError::Certificates { source };
        let mut tls = native_tls::TlsConnector::builder();
        if let Some(pem) = certificates {
            let certificates = native_tls::Certificate::stack_from_pem(pem).map_err(wrong)?;
            if certificates.is_empty() {
                return Err(TargetError::NoCertificate);
            }
            for certificate in certificates {
                tls.add_root_certificate(certificate);
            }
        }
        let tls = tls.build().map_err(wrong)?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(timeout));
        let connector = HttpsConnector::from((http, tls.into()));
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), timeout })
    }

    /// Sends to all members at the same time; one that accepts is enough.
    async fn send_to_any(&self, requests: Vec<Request<Full<Bytes>>>) -> Result<(), PushError> {
        let mut under_way = JoinSet::new();
        for request in requests {
            let sender = self.clone();
            under_way.spawn(async move { sender.send(request).await });
        }
        let mut outcome = Err(PushError::Timeout(self.timeout));
        while let Some(ended) = under_way.join_next().await {
            match ended {
                Ok(answer) if outcome.is_err() => outcome = answer,
                _ => {}
            }
        }
        outcome
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(), PushError> {
        let exchange = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|error| PushError::Unreachable(with_causes(&error)))?;
            let status = answer.status();
            // Read to the end so that the connection can be reused.
            let _ = Limited::new(answer.into_body(), ANSWER_MAX_BYTES).collect().await;
            if status.is_success() { Ok(()) } else { Err(PushError::Status(status)) }
        };
        let answered = tokio::time::timeout(self.timeout, exchange).await;
        answered.unwrap_or(Err(PushError::Timeout(self.timeout)))
    }
}

fn address(url: &str) -> Option<Uri> {
    url.parse().ok().filter(has_server)
}

/// Whether the authority is only a host, or has a valid port. The client would replace an invalid
/// port with the scheme's default.
fn has_server(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| {
        authority.host() == authority.as_str() || authority.port_u16().is_some()
    })
}

fn post(address: &Uri, body: Bytes) -> Result<Request<Full<Bytes>>, PushError> {
    Request::post(address)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, AGENT)
        .body(Full::new(body))
        .map_err(PushError::Request)
}

fn authorization(credentials: &Credentials) -> Result<HeaderValue, TargetError> {
    let text = match credentials {
        Credentials::Bearer(token) => format!("Bearer {}", token.as_str()),
        Credentials::Basic { user, password } => {
            let pair = format!("{user}:{}", password.as_str());
            format!("Basic {}", BASE64_STANDARD.encode(pair))
        }
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| TargetError::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    /// The example from RFC 7617.
    #[test]
    fn credentials_become_a_header_that_is_never_printed() {
        let password = Zeroizing::new("open sesame".to_owned());
        let basic = Credentials::Basic { user: "Aladdin".into(), password };
        let value = authorization(&basic).unwrap();
        assert_eq!(value.to_str().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{value:?} {basic:?}").contains("open"));
        let bearer = Credentials::Bearer(Zeroizing::new("a\nb".to_owned()));
        assert!(matches!(authorization(&bearer), Err(TargetError::Credentials)));
    }

    #[test]
    fn an_address_needs_a_host_and_no_port_but_a_real_one() {
        for right in ["http://127.0.0.1:9093/x", "https://[::1]", "https://[::1]:1/x"] {
            assert!(address(right).is_some(), "{right}");
        }
        for wrong in ["/x", "not an address", "http://a:99999", "http://a:/x"] {
            assert!(address(wrong).is_none(), "{wrong}");
        }
    }
}
