//! Runs the thread that feeds the demo: history as fast as it is read, then live messages at their
//! pace.

use super::pace::Pace;
use crate::clock::monotonic_now;
use crate::generate::{Generated, Generator, GeneratorSettings, Label};
use crate::kafka::{Feed, FeedError};
use crate::metrics::Metrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// How many messages may be sent but not yet read. Even if all of them were in one partition, the
/// embedded cluster would keep them, with room to spare.
const AHEAD_MAX: u64 = 6_000;
/// How long to wait for the reader before checking again.
const AHEAD_PAUSE: Duration = Duration::from_millis(1);
const FINISH_TIMEOUT: Duration = Duration::from_secs(30);

/// What the feeder reports while it feeds.
#[derive(Debug)]
pub(super) enum FeederEvent {
    /// History was sent and read.
    Live(FeedTotals),
    /// A fraudulent charge is about to be sent.
    Fraud(Label),
}

/// What was sent and acknowledged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FeedTotals {
    pub history: u64,
    pub live: u64,
    /// How many of the live messages belong to a fraud.
    pub fraudulent: u64,
    pub history_took: Duration,
    pub live_took: Duration,
}

/// What a feeder needs.
pub(super) struct FeederSettings {
    pub traffic: GeneratorSettings,
    pub feed: Feed,
    pub metrics: Arc<Metrics>,
    pub events: Sender<FeederEvent>,
    /// Live messages per second.
    pub rate: f64,
    /// How long the live part lasts.
    pub duration: Duration,
    pub stop: Arc<AtomicBool>,
}

/// Feeds until the live part is over or `stop` is set.
pub(super) fn run(settings: FeederSettings) -> Result<FeedTotals, FeedError> {
    let mut generator = Generator::new(settings.traffic.clone());
    let mut feeder = Feeder::new(settings);
    while !feeder.is_over() {
        if feeder.is_ahead() {
            std::thread::sleep(AHEAD_PAUSE);
        } else if !feeder.feed(&generator.generate())? {
            break;
        }
    }
    feeder.finish()
}

struct Feeder {
    settings: FeederSettings,
    fed: FeedTotals,
    began: Instant,
    /// Set once history is over.
    present: Option<Present>,
    message: Vec<u8>,
    key: Vec<u8>,
}

struct Present {
    pace: Pace,
    began: Instant,
}

impl Feeder {
    fn new(settings: FeederSettings) -> Self {
        let (message, key) = (Vec::new(), Vec::new());
        Self {
            settings,
            fed: FeedTotals::default(),
            began: monotonic_now(),
            present: None,
            message,
            key,
        }
    }

    fn is_over(&self) -> bool {
        let began = self.present.as_ref().map(|present| present.began);
        let late = began.is_some_and(|began| since(began) >= self.settings.duration);
        late || self.settings.stop.load(Ordering::Relaxed)
    }

    /// Whether the reader has to catch up first.
    fn is_ahead(&self) -> bool {
        self.ahead() >= AHEAD_MAX
    }

    /// How many messages were sent but not yet read.
    fn ahead(&self) -> u64 {
        let sent = self.fed.history + self.fed.live;
        sent.saturating_sub(self.settings.metrics.records_read())
    }

    /// Waits until all history is read, before the live part begins.
    fn wait_for_reader(&self) {
        while self.ahead() > 0 && !self.settings.stop.load(Ordering::Relaxed) {
            std::thread::sleep(AHEAD_PAUSE);
        }
    }

    /// Sends a message when its time has come; false if it was stopped first.
    fn feed(&mut self, generated: &Generated<'_>) -> Result<bool, FeedError> {
        if self.present.is_none() && generated.time() >= self.settings.traffic.fraud_from {
            self.wait_for_reader();
            self.begin_present();
        }
        if let Some(present) = &mut self.present {
            present.pace.wait(&self.settings.stop);
        }
        // Reported before the message is sent, so that no alert can arrive first.
        let label = generated.label();
        let fraudulent = label.is_some();
        label.into_iter().for_each(|label| self.send_event(FeederEvent::Fraud(label)));
        let sent = self.send(generated)?;
        if sent {
            self.fed.fraudulent += u64::from(fraudulent);
            *(if self.present.is_some() { &mut self.fed.live } else { &mut self.fed.history }) += 1;
        }
        Ok(sent)
    }

    /// A record has the time of its event, although days of traffic pass in seconds.
    fn send(&mut self, generated: &Generated<'_>) -> Result<bool, FeedError> {
        self.message.clear();
        self.key.clear();
        generated.write_json(&mut self.message);
        generated.write_key(&mut self.key);
        let FeederSettings { feed, stop, .. } = &mut self.settings;
        feed.send(&self.key, &self.message, Some(generated.time()), stop)
    }

    fn begin_present(&mut self) {
        self.fed.history_took = since(self.began);
        let pace = Pace::new(Some(self.settings.rate));
        self.present = Some(Present { pace, began: monotonic_now() });
        self.send_event(FeederEvent::Live(self.fed));
    }

    fn send_event(&self, event: FeederEvent) {
        // Fails only after the demo has failed; the feeder is then stopped.
        let _ = self.settings.events.send(event);
    }

    fn finish(mut self) -> Result<FeedTotals, FeedError> {
        match &self.present {
            Some(present) => self.fed.live_took = since(present.began),
            None => self.fed.history_took = since(self.began),
        }
        self.settings.feed.finish(FINISH_TIMEOUT)?;
        Ok(self.fed)
    }
}

fn since(began: Instant) -> Duration {
    monotonic_now().saturating_duration_since(began)
}
