//! Results of a command that are at hand as one text: on standard output, in colour where that is a
//! terminal and `NO_COLOR` is not set. That nobody reads any more is no error.

use crate::printable::{self, PrintableStyled};
use std::io::{self, Write};

/// Writes text for people, its colours and line ends included.
pub fn results(text: &str) -> io::Result<()> {
    write(&PrintableStyled(text).to_string())
}

/// Writes JSON.
pub fn json(text: &str) -> io::Result<()> {
    write(&printable::json(text))
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}
