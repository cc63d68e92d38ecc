//! Exit codes, and how an error becomes one. docs/cli.md lists them.

use super::terminal;
use crate::config;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Ok,
    /// Some of the input was malformed.
    BadInput,
    /// Arguments, configuration or rules are wrong: nothing was started.
    Usage,
    /// Something outside failed: a file, a socket, Kafka.
    Outside,
    /// SIGINT, the second one where the first one drains.
    Interrupted,
    /// The second SIGTERM.
    Terminated,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::BadInput => 1,
            Exit::Usage => 2,
            Exit::Outside => 3,
            // What a shell reports of a process that the signal ended: 128 and its number.
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// Tells a person what went wrong.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(errors) = error.downcast_ref::<config::Errors>() {
        errors.iter().for_each(terminal::error);
    } else {
        terminal::error(format_args!("{error:#}"));
    }
    exit_of(error).into()
}

fn exit_of(error: &anyhow::Error) -> Exit {
    let usage = error
        .chain()
        .any(|cause| cause.is::<config::Errors>() || cause.is::<config::ResolveError>());
    if usage { Exit::Usage } else { Exit::Outside }
}
