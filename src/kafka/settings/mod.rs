//! The settings of a service and of the commands that use Kafka. They do not know the client library:
//! its properties are names and values here, and [`super::client`] makes clients from them.

mod connection;
mod property_error;
mod redacted_debug;
mod service_settings;

pub use connection::Connection;
pub use property_error::{PropertyError, PropertyErrors};
pub use service_settings::{CheckpointSettings, DeadLetterPayload, Guarantee, Settings};
