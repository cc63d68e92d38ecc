//! Handles SIGINT and SIGTERM: the first asks a command to finish, the second ends it immediately.

use super::exit::Exit;
use super::terminal;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Both signals, for an asynchronous command.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Installs the signal handlers; call it within a tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next signal, as the exit code of a command that it ends.
    pub async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}

/// For a command without a runtime: a flag that the first signal sets. The second signal ends the
/// process.
pub fn interrupt_flag() -> io::Result<Arc<AtomicBool>> {
    flag("signals", Signals::listen, async |mut signals, seen| {
        signals.next().await;
        seen.store(true, Ordering::Relaxed);
        end_now(signals.next().await);
    })
}

/// For a command without a runtime: a flag that each SIGHUP sets.
pub fn hangup_flag() -> io::Result<Arc<AtomicBool>> {
    flag(
        "hangups",
        || signal(SignalKind::hangup()),
        async |mut hangup, seen| {
            while hangup.recv().await.is_some() {
                seen.store(true, Ordering::Relaxed);
            }
        },
    )
}

/// A flag that a separate thread sets, after `listen` has installed the handlers.
fn flag<S: Send + 'static>(
    name: &str,
    listen: impl FnOnce() -> io::Result<S>,
    watch: impl AsyncFnOnce(S, &AtomicBool) + Send + 'static,
) -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let signals = runtime.block_on(async { listen() })?;
    thread::Builder::new().name(name.into()).spawn(move || {
        runtime.block_on(watch(signals, &seen));
    })?;
    Ok(flag)
}

/// Ends the process without cleaning up, because a second signal arrived.
pub fn end_now(exit: Exit) -> ! {
    terminal::warning("ended at the second signal; what was not finished is lost or read again");
    std::process::exit(i32::from(exit.code()))
}
