//! Wakes the reload thread with requests. A request is kept until the thread takes it; repeated
//! requests count once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What can be requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// A file may have changed.
    Look,
    /// A reload was requested, and its result is to be logged.
    Reload,
    Stop,
}

/// What was requested since the last wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Calls {
    pub look: bool,
    pub reload: bool,
    pub stop: bool,
}

#[derive(Debug, Default)]
pub(super) struct Wakeup {
    calls: Mutex<Calls>,
    rung: Condvar,
}

impl Wakeup {
    pub fn ring(&self, call: Call) {
        let mut calls = self.calls();
        match call {
            Call::Look => calls.look = true,
            Call::Reload => calls.reload = true,
            Call::Stop => calls.stop = true,
        }
        drop(calls);
        self.rung.notify_one();
    }

    /// Waits for a request, but not longer than `limit`; after a timeout, no request is set. A stop
    /// remains set.
    pub fn wait(&self, limit: Duration) -> Calls {
        let none = |calls: &mut Calls| *calls == Calls::default();
        let (mut calls, _) = self
            .rung
            .wait_timeout_while(self.calls(), limit, none)
            .unwrap_or_else(PoisonError::into_inner);
        let stop = calls.stop;
        std::mem::replace(&mut *calls, Calls { stop, ..Calls::default() })
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_for_is_heard_once_and_a_stop_for_good() {
        let bell = Wakeup::default();
        assert_eq!(bell.wait(Duration::ZERO), Calls::default());
        bell.ring(Call::Look);
        bell.ring(Call::Look);
        bell.ring(Call::Reload);
        let both = Calls { look: true, reload: true, stop: false };
        assert_eq!(bell.wait(Duration::MAX), both);
        assert_eq!(bell.wait(Duration::ZERO), Calls::default());
        bell.ring(Call::Stop);
        let stop = Calls { stop: true, ..Calls::default() };
        assert_eq!((bell.wait(Duration::MAX), bell.wait(Duration::MAX)), (stop, stop));
    }
}
