//! Serves `/metrics`, `/livez` and `/readyz`, and asks for them. It does not know what is counted or
//! what healthy means.

mod access;
pub mod probe;
mod routes;
mod server;

pub use access::{Access, BearerToken, Tls, TlsError};
pub use server::serve;
