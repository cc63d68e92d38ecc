//! What is said to a person: on standard error, in colour where that is a terminal and `NO_COLOR` is
//! not set. Someone who has closed standard error is no reason to fail.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::Write;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// `error: …`
pub fn error(message: impl Display) {
    labelled(ERROR, "error", message);
}

/// `warning: …`
pub fn warning(message: impl Display) {
    labelled(WARNING, "warning", message);
}

/// A line as it is.
pub fn line(message: impl Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// How many characters fit into a line of standard output, where that is a terminal.
pub fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Text as it is, colour included, its line ends too.
pub fn raw(text: &str) {
    let _ = write!(anstream::stderr(), "{text}");
}

fn labelled(style: Style, label: &str, message: impl Display) {
    let _ = writeln!(anstream::stderr(), "{style}{label}:{style:#} {message}");
}
