//! Runs instances of `redcard run` that are killed, stopped, continued and started again.
//!
//! ```text
//! Down ──▶ Up ──▶ Asleep ──▶ Up        asleep: SIGSTOP, until SIGCONT
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
    Asleep { redcard: Redcard, until: Instant },
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

    /// Starts and wakes the instances that are due; panics if an instance ended by itself.
    pub fn tend(&mut self) {
        let now = now();
        for number in 0..self.slots.len() {
            match &mut self.slots[number].state {
                State::Down { until } if now >= *until => self.start(number),
                State::Asleep { until, .. } if now >= *until => self.wake(number),
                State::Up(redcard) => {
                    let running = redcard.is_running();
                    assert!(running, "one ended by itself:\n{}", redcard.output());
                }
                State::Down { .. } | State::Asleep { .. } => {}
            }
        }
    }

    /// Makes all instances due now, and starts or wakes them.
    pub fn all_up(&mut self) {
        let now = now();
        for slot in &mut self.slots {
            match &mut slot.state {
                State::Down { until } | State::Asleep { until, .. } => *until = now,
                State::Up(_) => {}
            }
        }
        self.tend();
    }

    /// The instances that run and are not stopped.
    pub fn awake(&self) -> Vec<usize> {
        let is_up = |number: &usize| matches!(self.slots[*number].state, State::Up(_));
        (0..self.slots.len()).filter(is_up).collect()
    }

    pub fn kill(&mut self, number: usize, down_for: Duration) {
        self.tell(number, "is killed");
        if let Some(mut redcard) = self.take(number, down_for) {
            redcard.signal("KILL");
            redcard.wait_end();
            self.keep_log(number, &redcard.output());
        }
    }

    /// Sends SIGTERM and waits for the end.
    pub fn end(&mut self, number: usize, down_for: Duration) {
        self.tell(number, "is asked to end");
        if let Some(mut redcard) = self.take(number, down_for) {
            redcard.signal("TERM");
            let status = redcard.wait_end();
            let said = redcard.output();
            self.keep_log(number, &said);
            // The transaction may not have ended within the grace period. An instance that has
            // logged nothing yet does not handle signals.
            let good = status.success() || said.contains("are read again") || said.is_empty();
            assert!(good && !said.contains("panicked"), "it ended with {status}:\n{said}");
        }
    }

    /// Sets the setup for the slot's next start.
    pub fn reconfigure(&mut self, number: usize, setup: Setup) {
        self.slots[number].setup = setup;
    }

    pub fn put_to_sleep(&mut self, number: usize, asleep_for: Duration) {
        self.tell(number, &format!("is stopped for {asleep_for:?}"));
        let until = now() + asleep_for;
        if let Some(mut redcard) = self.take(number, Duration::ZERO) {
            redcard.signal("STOP");
            self.slots[number].state = State::Asleep { redcard, until };
        }
    }

    /// Ends all instances gracefully and deletes their logs, because nothing went wrong.
    pub fn end_all(mut self) {
        for number in 0..self.slots.len() {
            self.end(number, Duration::MAX);
        }
        let _ = std::fs::remove_dir_all(&self.logs);
    }

    /// Prints an event, for the reader of a failed test's output.
    pub fn note(&self, what: &str) {
        eprintln!("{:9.3?} {what}", self.began.elapsed());
    }

    fn tell(&self, number: usize, what: &str) {
        self.note(&format!("{} {what}", self.slots[number].name));
    }

    fn start(&mut self, number: usize) {
        self.tell(number, "starts");
        let slot = &mut self.slots[number];
        slot.state = State::Up(slot.setup.start());
        slot.starts += 1;
    }

    fn wake(&mut self, number: usize) {
        self.tell(number, "is continued");
        if let Some(mut redcard) = self.take(number, Duration::ZERO) {
            redcard.signal("CONT");
            self.slots[number].state = State::Up(redcard);
        }
    }

    fn take(&mut self, number: usize, down_for: Duration) -> Option<Redcard> {
        let now = now();
        let until = now.checked_add(down_for).unwrap_or(now + Duration::from_secs(86_400));
        match std::mem::replace(&mut self.slots[number].state, State::Down { until }) {
            State::Up(redcard) | State::Asleep { redcard, .. } => Some(redcard),
            State::Down { .. } => None,
        }
    }

    fn keep_log(&self, number: usize, said: &str) {
        let Slot { name, starts, .. } = &self.slots[number];
        let _ = std::fs::write(self.logs.join(format!("{name}-{starts}.log")), said);
    }
}

/// After a failure, keeps the logs, including those of the instances that still run.
impl Drop for Fleet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (number, slot) in self.slots.iter().enumerate() {
                if let State::Up(redcard) | State::Asleep { redcard, .. } = &slot.state {
                    self.keep_log(number, &redcard.output());
                }
            }
            eprintln!("what the instances said: {}", self.logs.display());
        }
    }
}
