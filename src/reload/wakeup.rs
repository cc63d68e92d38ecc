//! Wakes the reload thread with requests. A request is kept until the thread takes it; repeated
//! requests count once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What can be requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// A file may have changed.
    CheckFiles,
    /// A reload was requested, and its result is to be logged.
    Reload,
    Stop,
}

/// What was requested since the last wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Requests {
    pub check_files: bool,
    pub reload: bool,
    pub stop: bool,
}

#[derive(Debug, Default)]
pub(super) struct Wakeup {
    requests: Mutex<Requests>,
    condvar: Condvar,
}

impl Wakeup {
    pub fn signal(&self, request: Request) {
        let mut requests = self.requests();
        match request {
            Request::CheckFiles => requests.check_files = true,
            Request::Reload => requests.reload = true,
            Request::Stop => requests.stop = true,
        }
        drop(requests);
        self.condvar.notify_one();
    }

    /// Waits for a request, but not longer than `limit`; after a timeout, no request is set. A stop
    /// remains set.
    pub fn wait(&self, limit: Duration) -> Requests {
        let none = |requests: &mut Requests| *requests == Requests::default();
        let (mut requests, _) = self
            .condvar
            .wait_timeout_while(self.requests(), limit, none)
            .unwrap_or_else(PoisonError::into_inner);
        let stop = requests.stop;
        std::mem::replace(&mut *requests, Requests { stop, ..Requests::default() })
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_delivered_once_and_a_stop_is_kept() {
        let wakeup = Wakeup::default();
        assert_eq!(wakeup.wait(Duration::ZERO), Requests::default());
        wakeup.signal(Request::CheckFiles);
        wakeup.signal(Request::CheckFiles);
        wakeup.signal(Request::Reload);
        let both = Requests { check_files: true, reload: true, stop: false };
        assert_eq!(wakeup.wait(Duration::MAX), both);
        assert_eq!(wakeup.wait(Duration::ZERO), Requests::default());
        wakeup.signal(Request::Stop);
        let stop = Requests { stop: true, ..Requests::default() };
        assert_eq!((wakeup.wait(Duration::MAX), wakeup.wait(Duration::MAX)), (stop, stop));
    }
}
