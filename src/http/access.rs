//! Controls access to the HTTP server with a bearer token and a TLS certificate.
//!
//! It reads no files and no configuration: the caller passes the contents in.

use hmac::{Hmac, KeyInit, Mac};
use native_tls::{Identity, Protocol};
use sha2::Sha256;
use tokio_native_tls::TlsAcceptor;
use zeroize::Zeroizing;

/// Tokens are compared by their HMAC under this key, so that a comparison takes the same time for
/// every input. The key does not need to be secret.
const COMPARISON_KEY: &[u8] = b"redcard http bearer token";

/// What a client must present. By default nothing.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// If `None`, every client may read everything.
    pub token: Option<BearerToken>,
    /// If `None`, the server speaks plain HTTP.
    pub tls: Option<Tls>,
}

/// The token that readers send as `Authorization: Bearer …`.
#[derive(Clone)]
pub struct BearerToken(Zeroizing<Vec<u8>>);

/// The server's certificate and key, ready to use.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// A certificate and key that cannot be used. The error reveals nothing about the key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(
        "they are not certificates in PEM with their private key in PKCS #8 (`BEGIN PRIVATE \
         KEY`): {source}"
    )]
    Identity { source: native_tls::Error },
    #[error("the TLS library cannot serve: {source}")]
    Acceptor { source: native_tls::Error },
}

impl BearerToken {
    pub fn new(token: &str) -> Self {
        Self(Zeroizing::new(
            token_mac(token.as_bytes())
                .map_or_else(Vec::new, |mac| mac.finalize().into_bytes().to_vec()),
        ))
    }

    /// Whether an `Authorization` header contains this token.
    pub fn is_in(&self, authorization: &[u8]) -> bool {
        let Some((scheme, token)) = authorization.split_at_checked(SCHEME.len()) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(SCHEME)
            && token_mac(token.trim_ascii()).is_some_and(|mac| mac.verify_slice(&self.0).is_ok())
    }
}

const SCHEME: &[u8] = b"Bearer ";

/// Never `None`: HMAC accepts keys of every length.
fn token_mac(token: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(COMPARISON_KEY).ok()?;
    mac.update(token);
    Some(mac)
}

impl Tls {
    /// From PEM: the certificate with its chain up to a root, and the private key of the first
    /// certificate.
    pub fn new(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let identity = Identity::from_pkcs8(certificates, key)
            .map_err(|source| TlsError::Identity { source })?;
        let acceptor = native_tls::TlsAcceptor::builder(identity)
            .min_protocol_version(Some(Protocol::Tlsv12))
            .build()
            .map_err(|source| TlsError::Acceptor { source })?;
        Ok(Self(acceptor.into()))
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_accepted_and_it_is_never_shown() {
        let token = BearerToken::new("correct-horse");
        for (header, expected) in [
            ("Bearer correct-horse", true),
            ("bearer correct-horse ", true),
            ("Bearer correct-hors", false),
            ("Bearer correct-horse-battery", false),
            ("Bearer ", false),
            ("Basic correct-horse", false),
            ("correct-horse", false),
            ("", false),
        ] {
            assert_eq!(token.is_in(header.as_bytes()), expected, "{header}");
        }
        assert_eq!(format!("{token:?}"), "BearerToken(..)");
    }

    #[test]
    fn an_invalid_certificate_is_rejected_without_quoting_it() {
        let error = Tls::new(b"no certificate", b"secret-key").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret-key"));
    }
}
