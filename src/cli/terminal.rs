//! Prints messages to standard error, in colour if that is a terminal and `NO_COLOR` is not set. A
//! closed standard error is ignored. Invisible characters in the text are escaped.

use crate::printable::{PrintableLines, PrintableStyled};
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

/// A message without a label.
pub fn line(message: impl Display) {
    let message = message.to_string();
    let _ = writeln!(anstream::stderr(), "{}", PrintableLines(&message));
}

/// The width of standard output in characters, if it is a terminal.
pub fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Text that already contains colours and line ends.
pub fn styled(text: &str) {
    let _ = write!(anstream::stderr(), "{}", PrintableStyled(text));
}

fn labelled(style: Style, label: &str, message: impl Display) {
    let message = indented(&PrintableLines(&message.to_string()).to_string());
    let _ = writeln!(anstream::stderr(), "{style}{label}:{style:#} {message}");
}

/// Indents further lines, so that no text in a message looks like a separate message.
fn indented(message: &str) -> String {
    let mut lines = message.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| match line {
        "" => text + "\n",
        line if line.starts_with(' ') => text + "\n" + line,
        line => text + "\n  " + line,
    })
}
