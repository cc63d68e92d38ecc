//! Defines the keys of `[http]` and `[log]`.

use super::key::{Key, key};

pub(super) const HTTP: &[Key] = &[
    key("http", "listen", |config| &mut config.http.listen).doc(
        "Address and port of `/metrics`, `/livez` and `/readyz`. Loopback by default; a start \
         on another address without a token logs a warning.",
    ),
    key("http", "token_file", |config| &mut config.http.token_file).doc(
        "A file with a token. `/metrics` then requires `Authorization: Bearer TOKEN`. \
         `/livez` and `/readyz` return their status to everyone, as probes need, but their \
         reasons only with the token. Empty: everyone who can reach the address may read \
         everything.",
    ),
    key("http", "certificate_file", |config| &mut config.http.certificate_file).doc(
        "Certificates in PEM, the server's own first. HTTP then uses TLS 1.2 or later. \
         Requires `http.key_file`.",
    ),
    key("http", "key_file", |config| &mut config.http.key_file)
        .doc("The private key of the first certificate, in PEM as PKCS #8 (`BEGIN PRIVATE KEY`)."),
];

pub(super) const LOG: &[Key] = &[key("log", "format", |config| &mut config.log.format).doc(
    "One line per event, readable or as JSON, on standard error. `RUST_LOG` sets the \
         level: `warn`, `info` (the default), `debug`, `redcard=debug,rdkafka=info`.",
)];
