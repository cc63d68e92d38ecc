//! Reads secrets and certificates from separate files. Their contents are never displayed.

use super::resolve_error::ResolveError;
use super::values::first_name;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longer than any secret or chain of certificates.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// What HTTP clients must present.
#[derive(Clone, Default)]
pub struct HttpAccess {
    pub token: Option<Zeroizing<String>>,
    /// PEM certificates, and the private key of the first.
    pub tls: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl std::fmt::Debug for HttpAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (token, tls) = (self.token.is_some(), self.tls.is_some());
        f.debug_struct("HttpAccess").field("token", &token).field("tls", &tls).finish()
    }
}

/// A secret on one line; white space around it is ignored.
pub fn text(path: &Path, key: &'static str) -> Result<Zeroizing<String>, ResolveError> {
    let bytes = bytes(path, key)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable(path, key, not_utf8()))?;
    match text.trim() {
        "" => Err(ResolveError::EmptySecret { key, path: path.to_owned() }),
        text => Ok(Zeroizing::new(text.to_owned())),
    }
}

pub(super) fn bytes(path: &Path, key: &'static str) -> Result<Zeroizing<Vec<u8>>, ResolveError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(FILE_MAX_BYTES).read_to_end(&mut bytes));
    read.map_err(|source| unreadable(path, key, source))?;
    Ok(bytes)
}

fn unreadable(path: &Path, key: &'static str, source: io::Error) -> ResolveError {
    ResolveError::SecretUnreadable { key, path: path.to_owned(), source }
}

fn not_utf8() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8")
}

/// Adds client library properties whose values are in files to those in the configuration.
pub(super) fn properties(
    inline: &mut BTreeMap<String, String>,
    files: &BTreeMap<String, PathBuf>,
) -> Result<(), ResolveError> {
    for (property, path) in files {
        if inline.keys().any(|known| first_name(known) == first_name(property)) {
            return Err(ResolveError::PropertyTwice { property: property.clone() });
        }
        let value = text(path, "kafka.property_files")?;
        inline.insert(property.clone(), value.to_string());
    }
    Ok(())
}
