//! Defines the exit codes and maps errors to them. docs/reference/command-line.md lists them.

use super::feature_error::FeatureError;
use super::list_argument_error::ListArgumentError;
use super::list_file::ListFileError;
use super::logging::LogError;
use super::lookup::CardError;
use super::settings::RulesError;
use super::sweep_error::SweepError;
use super::terminal;
use super::transactions::{MappingErrors, StdinTwice};
use crate::config;
use crate::decode::{ListFault, mask_card_numbers};
use crate::http::TlsError;
use crate::kafka::{
    FeedError, ListWriteError, LookupError, PropertyErrors, RetryError, StartError,
};
use crate::notify::{NotifyError, TargetError};
use crate::printable::Printable;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Ok,
    /// Some of the input was malformed.
    BadInput,
    /// Invalid arguments, configuration or rules: nothing was started.
    Usage,
    /// An external failure: a file, a socket, Kafka.
    Outside,
    /// SIGINT; for a command that drains on the first one, the second.
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
            // What a shell reports for a process that a signal ended: 128 plus its number.
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

/// Prints what went wrong.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(errors) = error.downcast_ref::<config::Errors>() {
        for error in errors.iter() {
            terminal::error(Printable(&mask_card_numbers(&error.to_string())));
        }
    } else if let Some(RulesError::Refused(rendered)) = error.downcast_ref() {
        terminal::styled(rendered);
    } else {
        terminal::error(mask_card_numbers(&with_causes(error)));
    }
    exit_of(error).into()
}

/// The error and its causes without repetition: some errors already contain the text of their
/// cause.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn exit_of(error: &anyhow::Error) -> Exit {
    let is_interrupted = error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(LookupError::Interrupted))
            || matches!(cause.downcast_ref(), Some(ListWriteError::Interrupted))
            || matches!(cause.downcast_ref(), Some(ListFileError::Interrupted))
    });
    if is_interrupted || error.downcast_ref().is_some_and(RetryError::is_interrupted) {
        return Exit::Interrupted;
    }
    let usage = error.chain().any(|cause| {
        cause.is::<config::Errors>()
            || cause.is::<config::ResolveError>()
            || cause.is::<config::NotifyConfigError>()
            || cause.is::<RulesError>()
            || cause.is::<CardError>()
            || cause.is::<PropertyErrors>()
            || matches!(cause.downcast_ref(), Some(StartError::Properties(_)))
            || matches!(cause.downcast_ref(), Some(NotifyError::Target(_)))
            || cause.is::<TargetError>()
            || matches!(cause.downcast_ref(), Some(FeedError::Properties { .. }))
            || cause.is::<LogError>()
            || cause.is::<ListFault>()
            || cause.is::<ListArgumentError>()
            || matches!(cause.downcast_ref(), Some(ListFileError::Invalid(_)))
            || cause.is::<TlsError>()
            || cause.is::<SweepError>()
            || cause.is::<MappingErrors>()
            || cause.is::<StdinTwice>()
            || cause.is::<FeatureError>()
    });
    if usage { Exit::Usage } else { Exit::Outside }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use std::io;

    #[test]
    fn a_cause_that_an_error_names_itself_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read it: {source}")]
        struct Named {
            source: io::Error,
        }
        let named = Named { source: io::Error::other("gone") };
        let error = Err::<(), _>(named).context("no keys").unwrap_err();
        assert_eq!(with_causes(&error), "no keys: cannot read it: gone");
    }

    #[test]
    fn wrong_settings_are_usage_and_a_broken_file_is_not() {
        let variables = [("REDCARD__X", "1")];
        let errors = config::Config::read(None, variables).unwrap_err();
        assert_eq!(exit_of(&errors.into()), Exit::Usage);
        assert_eq!(exit_of(&io::Error::other("gone").into()), Exit::Outside);
    }
}
