//! What is said to a person: on standard error, in colour where that is a terminal and `NO_COLOR` is
//! not set. Someone who has closed standard error is no reason to fail. Whatever is hidden in the text is
//! escaped.

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

/// How many characters fit into a line of standard output, where that is a terminal.
pub fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Text that already has colours and line ends.
pub fn styled(text: &str) {
    let _ = write!(anstream::stderr(), "{}", PrintableStyled(text));
}

fn labelled(style: Style, label: &str, message: impl Display) {
    let message = indented(&PrintableLines(&message.to_string()).to_string());
    let _ = writeln!(anstream::stderr(), "{style}{label}:{style:#} {message}");
}

/// Further lines are indented, so that no text in a message begins a line.
fn indented(message: &str) -> String {
    let mut lines = message.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| match line {
        "" => text + "\n",
        line if line.starts_with(' ') => text + "\n" + line,
        line => text + "\n  " + line,
    })
}
