//! How a run over a file ended, and how a closed output is recognised.

use std::io;

/// How a run over a file ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// Every line was read.
    Complete,
    /// Stopped at a malformed line because of `--strict`.
    Strict,
    Interrupted,
    /// The reader of the output closed the pipe (`| head`).
    PipeClosed,
}

/// Whether a write failed because the pipe is closed; any other failure is an error.
pub(crate) fn is_broken_pipe(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(error),
    }
}
