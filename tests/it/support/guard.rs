//! Runs child processes that end when the test process ends, for whatever reason, and sends them
//! signals.
//!
//! Each child has a watchdog: a shell that waits for input on a pipe from this process. When this
//! process ends, even if it is killed, the pipe closes, and the shell kills the child and removes
//! its directory. It uses the `kill` that is built into every shell.

use rustix::process::{Pid, Signal, kill_process};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

const WATCH: &str = r#"
trap '' INT TERM HUP
if read -r _; then exit 0; fi
kill -9 "$1" 2>/dev/null
[ -z "$2" ] || rm -rf "$2"
"#;

/// A child process that cannot outlive this process.
#[derive(Debug)]
pub struct Guarded {
    child: Child,
    watchdog: Child,
    /// Open until the child has ended.
    pipe: Option<ChildStdin>,
}

impl Guarded {
    /// Starts the command; the watchdog removes `directory` if this process dies before the child.
    pub fn spawn(command: &mut Command, directory: Option<PathBuf>) -> std::io::Result<Self> {
        let child = command.spawn()?;
        let mut watchdog = watchdog(child.id(), directory.as_deref())?;
        let pipe = watchdog.stdin.take();
        Ok(Self { child, watchdog, pipe })
    }

    /// The child's standard input and output, which were set to pipes and not taken yet.
    #[allow(dead_code, reason = "the integration tests' alone")]
    pub fn pipes(&mut self) -> (ChildStdin, ChildStdout) {
        (self.child.stdin.take().unwrap(), self.child.stdout.take().unwrap())
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by name (`TERM`, `STOP`, …); does nothing if the child has ended.
    pub fn signal(&mut self, name: &str) {
        if self.is_running() {
            signal(&self.child, name);
        }
    }

    /// Waits for the end; `None` if the time limit is exceeded.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let status = super::wait_within(limit, || self.child.try_wait().unwrap())?;
        self.release();
        Some(status)
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.release();
    }

    /// Simulates the death of this process: closes the pipe without telling the watchdog that the
    /// child has ended.
    pub fn close_pipe(&mut self) {
        self.pipe = None;
    }

    /// Ends the watchdog, because the child's process id may soon be reused.
    fn release(&mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            let _ = pipe.write_all(b"ended\n");
            drop(pipe);
            let _ = self.watchdog.wait();
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a child that has not been waited for yet, so that its process id cannot have
/// been reused.
pub fn signal(child: &Child, name: &str) {
    let signal = match name {
        "CONT" => Signal::CONT,
        "HUP" => Signal::HUP,
        "INT" => Signal::INT,
        "KILL" => Signal::KILL,
        "STOP" => Signal::STOP,
        "TERM" => Signal::TERM,
        _ => panic!("no test sends {name} yet"),
    };
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn watchdog(pid: u32, directory: Option<&Path>) -> std::io::Result<Child> {
    Command::new("sh")
        .args(["-c", WATCH, "watchdog", &pid.to_string()])
        .arg(directory.unwrap_or(Path::new("")))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
