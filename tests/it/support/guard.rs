//! Child processes that end with the test process, however that ends, and signals to them.
//!
//! Beside each child runs a shell that waits on its standard input. A pipe's other end is ours:
//! when this process goes, killed or not, the pipe closes and the shell kills the child and removes
//! its directory. Its `kill` is the one built into every shell.

use rustix::process::{Pid, Signal, kill_process};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

const WATCH: &str = r#"
trap '' INT TERM HUP
if read -r _; then exit 0; fi
kill -9 "$1" 2>/dev/null
[ -z "$2" ] || rm -rf "$2"
"#;

/// A child process that cannot outlive this one.
#[derive(Debug)]
pub struct Guarded {
    child: Child,
    watchdog: Child,
    /// Open until the child has ended.
    leash: Option<ChildStdin>,
}

impl Guarded {
    /// Starts the command; `directory` is removed should this process die before the child.
    pub fn spawn(command: &mut Command, directory: Option<PathBuf>) -> std::io::Result<Self> {
        let child = command.spawn()?;
        let mut watchdog = watchdog(child.id(), directory.as_deref())?;
        let leash = watchdog.stdin.take();
        Ok(Self { child, watchdog, leash })
    }

    /// Of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by its name (`TERM`, `STOP`, …); nothing happens if the child has ended.
    pub fn signal(&mut self, name: &str) {
        if self.is_running() {
            signal(&self.child, name);
        }
    }

    /// Waits for the end; `None` if it does not come in time.
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

    /// What the end of this process would do: the pipe closes without a word.
    pub fn drop_leash(&mut self) {
        self.leash = None;
    }

    /// Lets the watchdog go home: its process id may soon be another's.
    fn release(&mut self) {
        if let Some(mut leash) = self.leash.take() {
            let _ = leash.write_all(b"ended\n");
            drop(leash);
            let _ = self.watchdog.wait();
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a child that nothing has waited for yet, so that its process id is still its own.
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
