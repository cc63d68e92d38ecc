//! The demo: runs the same service as `run` on generated traffic and a Kafka cluster inside this
//! process, reads its alerts back, and compares them with the actual frauds.
//!
//! ```text
//! feeder.rs ──▶ `transactions` ──▶ kafka::Service ──▶ `alerts` ──▶ alerts.rs ──▶ wording.rs
//!     │                                 │                              │
//!     └── events: what is fraud ────────┼──────────────────▶ scoreboard.rs ──▶ summary.rs
//!                          rule files ──┤
//!                                       └── metrics ──▶ web.rs, summary.rs
//! ```
//!
//! The demo itself scores nothing. Its time is simulated and runs faster than the wall clock:
//! history first, to give every card habits, then some days with fraud.

mod alerts;
mod error;
mod feeder;
mod options;
pub mod pace;
mod run;
mod scoreboard;
mod summary;
mod topics;
mod watch;
mod web;
mod wording;

pub use alerts::AlertsError;
pub use error::DemoError;
pub use options::Options;
pub use run::run;
pub use web::ListenError;
