//! Lists the values that the labels of a notifier's metrics can have.

use super::{admission, alert, target};
use crate::metrics::NotifyLabels;

/// The label values of a notifier's metrics.
pub fn metric_labels() -> NotifyLabels<'static> {
    NotifyLabels {
        outcomes: &admission::Disposition::NAMES,
        malformed: &alert::Malformed::REASONS,
        targets: &target::NAMES,
    }
}
