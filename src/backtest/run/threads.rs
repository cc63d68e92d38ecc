//! Runs the same work on several threads, which take jobs by number.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Gives every worker, each on its own thread, the numbers of jobs to do. The calling thread first
/// does `meanwhile`, then works too.
pub fn share<W: Send, R>(
    workers: &mut [W],
    jobs: usize,
    work: impl Fn(&mut W, usize) + Sync,
    meanwhile: impl FnOnce() -> R,
) -> R {
    let next = AtomicUsize::new(0);
    let work_all = |worker: &mut W| {
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= jobs {
                return;
            }
            work(worker, job);
        }
    };
    let Some((own, others)) = workers.split_first_mut() else { return meanwhile() };
    thread::scope(|scope| {
        for worker in others {
            scope.spawn(|| work_all(worker));
        }
        let result = meanwhile();
        work_all(own);
        result
    })
}

/// The content of a lock. A panic in another thread ends the scope that all threads are in, so the
/// content is never used after one.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_by_any_number_of_workers() {
        for count in [1, 2, 7] {
            let mut workers = vec![Vec::new(); count];
            let result =
                share(&mut workers, 100, |done: &mut Vec<usize>, job| done.push(job), || 5);
            let mut all = workers.concat();
            all.sort_unstable();
            assert_eq!((result, all), (5, (0..100).collect()));
        }
    }
}
