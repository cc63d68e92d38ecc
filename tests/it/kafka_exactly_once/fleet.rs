//! Runs instances of `redcard run` that are killed, stopped, continued and started again.
//!
//! ```text
//! Down ──▶ Up ──▶ Paused ──▶ Up        paused: SIGSTOP, until SIGCONT
//!  ▲        │        │
//!  └────────┴────────┘                 killed, or shut down gracefully
//! ```

use crate::support::now;
use crate::support::redcard::{Redcard, Setup};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Some instances, and their logs.
pub struct Fleet {
    slots: Vec<Slot>,
    logs: PathBuf,
    began: Instant,
}

struct Slot {
    name: String,
    setup: Setup,
    state: State,
    starts: u32,
}

enum State {
    Down { until: Instant },
    Up(Redcard),
    Paused { redcard: Redcard, until: Instant },
}

impl Fleet {
    /// Creates one slot per setup; no instance runs yet.
    pub fn new(name: &str, setups: impl IntoIterator<Item = (String, Setup)>) -> Self {
        let began = now();
        let slot = |(name, setup)| {
            let state = State::Down { until: began };
            Slot { name, setup, state, starts: 0 }
        };
        let logs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&logs);
        std::fs::create_dir_all(&logs).unwrap();
        Self { slots: setups.into_iter().map(slot).collect(), logs, began }
    }

    /// Starts and resumes the instances that are due; panics if an instance ended by itself.
    pub fn maintain(&mut self) {
        let now = now();
        for number in 0..self.slots.len() {
            match &mut self.slots[number].state {
                State::Down { until } if now >= *until => self.start(number),
                State::Paused { until, .. } if now >= *until => self.resume(number),
                State::Up(redcard) => {
                    let running = redcard.is_running();
                    assert!(running, "an instance ended by itself:\n{}", redcard.output());
                }
                State::Down { .. } | State::Paused { .. } => {}
            }
        }
    }

    /// Makes all instances due now, and starts or resumes them.
    pub fn start_all(&mut self) {
        let now = now();
        for slot in &mut self.slots {
            match &mut slot.state {
                State::Down { until } | State::Paused { until, .. } => *until = now,
                State::Up(_) => {}
            }
        }
        self.maintain();
    }

    /// The instances that run and are not stopped.
    pub fn running_instances(&self) -> Vec<usize> {
        let is_up = |number: &usize| matches!(self.slots[*number].state, State::Up(_));
        (0..self.slots.len()).filter(is_up).collect()
    }

    pub fn kill(&mut self, number: usize, down_for: Duration) {
        self.log_instance(number, "is killed");
        if let Some(mut redcard) = self.take(number, down_for) {
            redcard.signal("KILL");
            redcard.wait_end();
            self.keep_log(number, &redcard.output());
        }
    }

    /// Sends SIGTERM and waits for the end.
    pub fn shut_down(&mut self, number: usize, down_for: Duration) {
        self.log_instance(number, "is asked to shut down");
        if let Some(mut redcard) = self.take(number, down_for) {
            redcard.signal("TERM");
            let status = redcard.wait_end();
            let log = redcard.output();
            self.keep_log(number, &log);
            // The transaction may not have ended within the grace period. An instance that has
            // logged nothing yet does not handle signals.
            let good = status.success() || log.contains("are read again") || log.is_empty();
            assert!(good && !log.contains("panicked"), "it ended with {status}:\n{log}");
        }
    }

    /// Sets the setup for the slot's next start.
    pub fn reconfigure(&mut self, number: usize, setup: Setup) {
        self.slots[number].setup = setup;
    }

    pub fn pause_instance(&mut self, number: usize, pause_for: Duration) {
        self.log_instance(number, &format!("is stopped for {pause_for:?}"));
        let until = now() + pause_for;
        if let Some(mut redcard) = self.take(number, Duration::ZERO) {
            redcard.signal("STOP");
            self.slots[number].state = State::Paused { redcard, until };
        }
    }

    /// Ends all instances gracefully and deletes their logs, because nothing went wrong.
    pub fn shut_down_all(mut self) {
        for number in 0..self.slots.len() {
            self.shut_down(number, Duration::MAX);
        }
        let _ = std::fs::remove_dir_all(&self.logs);
    }

    /// Prints an event, for the reader of a failed test's output.
    pub fn log_event(&self, what: &str) {
        eprintln!("{:9.3?} {what}", self.began.elapsed());
    }

    fn log_instance(&self, number: usize, what: &str) {
        self.log_event(&format!("{} {what}", self.slots[number].name));
    }

    fn start(&mut self, number: usize) {
        self.log_instance(number, "starts");
        let slot = &mut self.slots[number];
        slot.state = State::Up(slot.setup.start());
        slot.starts += 1;
    }

    fn resume(&mut self, number: usize) {
        self.log_instance(number, "is continued");
        if let Some(mut redcard) = self.take(number, Duration::ZERO) {
            redcard.signal("CONT");
            self.slots[number].state = State::Up(redcard);
        }
    }

    fn take(&mut self, number: usize, down_for: Duration) -> Option<Redcard> {
        let now = now();
        let until = now.checked_add(down_for).unwrap_or(now + Duration::from_secs(86_400));
        match std::mem::replace(&mut self.slots[number].state, State::Down { until }) {
            State::Up(redcard) | State::Paused { redcard, .. } => Some(redcard),
            State::Down { .. } => None,
        }
    }

    fn keep_log(&self, number: usize, log: &str) {
        let Slot { name, starts, .. } = &self.slots[number];
        let _ = std::fs::write(self.logs.join(format!("{name}-{starts}.log")), log);
    }
}

/// After a failure, keeps the logs, including those of the instances that still run.
impl Drop for Fleet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (number, slot) in self.slots.iter().enumerate() {
                if let State::Up(redcard) | State::Paused { redcard, .. } = &slot.state {
                    self.keep_log(number, &redcard.output());
                }
            }
            eprintln!("logs of the instances: {}", self.logs.display());
        }
    }
}
