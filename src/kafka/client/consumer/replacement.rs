//! Whether a consumer with a fatal error is replaced by a new member, or the error would only recur.

use crate::kafka::client::fencing_limit::FencingLimit;
use crate::kafka::errors::{ClientError, ShardError};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::time::{Duration, Instant};

/// Members with the same name fence each other as often as they send heartbeats.
const FENCED_WINDOW: Duration = Duration::from_secs(180);
/// The pause between attempts to join while the broker considers a former member with this name
/// alive.
const UNRELEASED_PAUSE: Duration = Duration::from_millis(500);
/// Longer than any usual session timeout. A member that is still there after this time is alive.
const UNRELEASED_MAX: Duration = Duration::from_secs(180);

/// How often one member's client has been replaced.
pub struct ReplacementLimit {
    topic: String,
    /// The member's `group.instance.id`, if it has one.
    instance_id: String,
    fencing_limit: FencingLimit,
    /// Since when the broker has rejected this instance, because it considers a former member with
    /// this name alive.
    unreleased_since: Option<Instant>,
}

impl ReplacementLimit {
    pub fn new(topic: &str, instance_id: Option<&str>) -> Self {
        Self {
            topic: topic.to_owned(),
            instance_id: instance_id.unwrap_or_default().to_owned(),
            fencing_limit: FencingLimit::new(FENCED_WINDOW),
            unreleased_since: None,
        }
    }

    /// The broker has accepted the member.
    pub fn accepted(&mut self) {
        self.unreleased_since = None;
    }

    /// The error that ends the shard, if the client must not be replaced. `reason` is the library's.
    pub fn check(
        &mut self,
        code: RDKafkaErrorCode,
        reason: &str,
        now: Instant,
    ) -> Result<(), ShardError> {
        let too_often = match code {
            RDKafkaErrorCode::FencedInstanceId => self.fencing_limit.is_exceeded_by(now),
            RDKafkaErrorCode::UnreleasedInstanceId => {
                std::thread::sleep(UNRELEASED_PAUSE);
                now.duration_since(*self.unreleased_since.get_or_insert(now)) > UNRELEASED_MAX
            }
            _ => {
                let source = ClientError::boxed(&KafkaError::MessageConsumptionFatal(code));
                return Err(ShardError::Consume { topic: self.topic.clone(), source });
            }
        };
        if too_often {
            let instance_id = self.instance_id.clone();
            return Err(ShardError::Replaced { instance_id, reason: reason.to_owned() });
        }
        Ok(())
    }
}
