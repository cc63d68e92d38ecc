//! How others reach the thread that reloads: what they call for is kept until it looks, however
//! often it was called for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What can be called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// A file may have changed.
    Look,
    /// Somebody asks for a reload and wants to hear of it.
    Reload,
    Stop,
}

/// What was called for since the last look.
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

    /// Waits for a call, so long at most; nothing is called for where the time was over. A stop
    /// stays called for.
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
