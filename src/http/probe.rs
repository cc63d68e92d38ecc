//! Queries a service's own `/livez` or `/readyz`, as a container's health check does.

use hyper::body::{Body, Bytes};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use native_tls::Certificate;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

/// The limit on a response, which is normally a few lines.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// The service to query, and how.
#[derive(Debug)]
pub struct HttpProbe {
    /// Where the service listens. An unspecified address (`0.0.0.0`, `::`) is queried on loopback.
    pub listen: SocketAddr,
    pub path: &'static str,
    pub token: Option<Zeroizing<String>>,
    /// PEM; the service must present the first certificate in it.
    pub certificates: Option<Vec<u8>>,
    pub limit: Duration,
}

/// The service's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeResponse {
    pub is_ok: bool,
    pub status: u16,
    pub body: String,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("no response from {address}: {source}")]
    Unreachable { address: SocketAddr, source: io::Error },
    #[error("no answer from {address} within {} ms", .limit.as_millis())]
    Timeout { address: SocketAddr, limit: Duration },
    #[error("no TLS with {address}: {source}")]
    Tls { address: SocketAddr, source: native_tls::Error },
    #[error("{address} does not show the certificate in `http.certificate_file`")]
    OtherCertificate { address: SocketAddr },
    #[error("{address} does not speak HTTP as expected: {source}")]
    Http { address: SocketAddr, source: hyper::Error },
    #[error("the token cannot be sent: it contains a character that is invalid in an HTTP header")]
    Token,
}

impl HttpProbe {
    /// Sends one request.
    pub async fn ask(&self) -> Result<ProbeResponse, ProbeError> {
        let address = reachable(self.listen);
        let asked = tokio::time::timeout(self.limit, self.ask_at(address)).await;
        asked.unwrap_or(Err(ProbeError::Timeout { address, limit: self.limit }))
    }

    async fn ask_at(&self, address: SocketAddr) -> Result<ProbeResponse, ProbeError> {
        let connected = TcpStream::connect(address).await;
        let stream = connected.map_err(|source| ProbeError::Unreachable { address, source })?;
        match &self.certificates {
            None => self.talk(stream, address).await,
            Some(certificates) => {
                let stream = encrypted(stream, certificates, address).await?;
                self.talk(stream, address).await
            }
        }
    }

    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: SocketAddr,
    ) -> Result<ProbeResponse, ProbeError> {
        let http = |source| ProbeError::Http { address, source };
        let mut request = Request::get(self.path).header(header::HOST, address.to_string());
        if let Some(token) = &self.token {
            let bearer = Zeroizing::new(format!("Bearer {}", **token));
            request = request.header(header::AUTHORIZATION, &**bearer);
        }
        let request = request.body(String::new()).map_err(|_| ProbeError::Token)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
        let driving = tokio::spawn(connection);
        let answered = sender.send_request(request).await.map_err(http)?;
        let (status, mut body) = (answered.status(), answered.into_body());
        let mut text = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let data: Bytes = frame.map_err(http)?.into_data().unwrap_or_default();
            text.extend_from_slice(&data);
            if text.len() > ANSWER_MAX_BYTES {
                text.truncate(ANSWER_MAX_BYTES);
                break;
            }
        }
        driving.abort();
        Ok(ProbeResponse {
            is_ok: status == StatusCode::OK,
            status: status.as_u16(),
            body: String::from_utf8_lossy(&text).into_owned(),
        })
    }
}

/// Connects to the service on this machine. It is identified by its certificate, not by a name.
async fn encrypted(
    stream: TcpStream,
    certificates: &[u8],
    address: SocketAddr,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static, ProbeError> {
    let failed = |source| ProbeError::Tls { address, source };
    let expected =
        Certificate::from_pem(certificates).and_then(|own| own.to_der()).map_err(failed)?;
    let connector = native_tls::TlsConnector::builder()
        .danger_accept_invalid_certs(true)
        .danger_accept_invalid_hostnames(true)
        .build()
        .map_err(failed)?;
    let connector = tokio_native_tls::TlsConnector::from(connector);
    let stream = connector.connect("localhost", stream).await.map_err(failed)?;
    let shown = stream.get_ref().peer_certificate().map_err(failed)?;
    let shown = shown.map(|shown| shown.to_der()).transpose().map_err(failed)?;
    match shown.is_some_and(|shown| shown == expected) {
        true => Ok(stream),
        false => Err(ProbeError::OtherCertificate { address }),
    }
}

fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, listen.port())
}
