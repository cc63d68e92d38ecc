//! Why dead letters could not be retried.

use crate::kafka::client::SendError;
use crate::kafka::errors::LookupError;

/// Why a retry failed.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    #[error(transparent)]
    Lookup(Box<LookupError>),
    #[error(transparent)]
    Send(Box<SendError>),
    #[error(transparent)]
    Report(std::io::Error),
}

impl RetryError {
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Lookup(error) => matches!(**error, LookupError::Interrupted),
            Self::Send(error) => matches!(**error, SendError::Interrupted),
            Self::Report(_) => false,
        }
    }
}

impl From<LookupError> for RetryError {
    fn from(error: LookupError) -> Self {
        Self::Lookup(Box::new(error))
    }
}

impl From<SendError> for RetryError {
    fn from(error: SendError) -> Self {
        Self::Send(Box::new(error))
    }
}
