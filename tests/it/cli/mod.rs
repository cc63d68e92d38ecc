//! Tests the commands as a user types them, except `demo` and everything that needs Kafka.

mod attempts;
mod backtest;
mod backtest_decisions;
mod card_numbers;
mod check;
mod control;
mod features;
mod feeds;
mod feeds_with_card_numbers;
mod kafka_properties;
mod labels;
mod lists;
mod pages;
mod rules;
mod run;
mod score;
mod tables;
mod usage;
mod wrong_feed;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A temporary folder in which commands run.
struct Workspace {
    folder: TempDir,
}

/// How a command ended, and its output.
#[derive(Debug)]
struct CommandResult {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Workspace {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// The binary, run in this folder with an empty environment, so that the developer's variables
    /// do not matter.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redcard"));
        command.current_dir(self.folder.path()).args(arguments);
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> CommandResult {
        CommandResult::of(self.command(arguments).output().unwrap())
    }

    fn run_with<N: AsRef<OsStr>>(
        &self,
        arguments: &[&str],
        variables: &[(N, &str)],
    ) -> CommandResult {
        let variables = variables.iter().map(|(name, value)| (name.as_ref(), *value));
        CommandResult::of(self.command(arguments).envs(variables).output().unwrap())
    }

    /// Runs a command with `input` on standard input.
    fn feed(&self, arguments: &[&str], input: &[u8]) -> CommandResult {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // The input fits into the pipe's buffer, so the write does not block.
        child.stdin.take().unwrap().write_all(input).unwrap();
        CommandResult::of(child.wait_with_output().unwrap())
    }
}

impl CommandResult {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn expect_stderr(self, what: &str) -> Self {
        assert!(self.stderr.contains(what), "no {what:?} in:\n{}", self.stderr);
        self
    }
}
