//! `redcard notify`: turns the alerts topic into a few notifications, grouped by cause.
//!
//! The core (`alert`, `aggregate`, `cause`, `admission`, `delivery_state`, `recovery`) is pure: it
//! tracks what is active, groups by cause, and computes what is due for a target; every call passes
//! the time in. Around it are the reader of the topic (`reader`), the state that it shares with the
//! tasks of the targets (`store`), and the targets (`dispatcher`, `target`). This folder does not
//! know what a rule is, or where its settings come from.
//!
//! ```text
//! topic ─▶ reader ─▶ alert ─▶ admission ─▶ store ◀─ dispatcher ─▶ Alertmanager
//!   ▲                                   │  ◀─ dispatcher ─▶ webhook
//!   └────────── offsets, once every target has accepted ┘
//! ```

mod admission;
mod aggregate;
mod alert;
mod cause;
mod delivery_state;
mod dispatcher;
mod health;
mod metric_labels;
mod probe;
mod reader;
mod recovery;
mod service;
mod settings;
mod signature;
mod store;
mod target;
#[cfg(test)]
mod tests;
mod wire;

pub use health::NotifyHealth;
pub use metric_labels::metric_labels;
pub use service::{Notifier, NotifyError};
pub use settings::{Credentials, Policy, Settings, TargetError, Targets, Webhook};
pub use wire::ALERT_NAMES;
