//! Writes a command's results that are complete texts to standard output, in colour if that is a
//! terminal and `NO_COLOR` is not set. A closed pipe is not an error.

use crate::printable::{self, PrintableStyled};
use std::io::{self, Write};

/// Writes readable text, including its colours and line ends.
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
