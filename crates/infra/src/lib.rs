//! The outside world: a folder per need, a file per adapter, chosen in one place ([`connect`]).
//! Nothing above this crate asks which backend it runs on.

pub mod audit;
pub mod backoff;
mod believed;
pub mod bus;
pub mod cache;
pub mod change;
pub mod clock;
pub mod config;
pub mod connect;
pub mod db;
pub mod doorbell;
pub mod egress;
pub mod events;
pub mod huge_pages;
pub mod idempotency;
pub mod jobs;
pub mod mailer;
pub mod metrics;
pub mod objects;
pub mod outage;
pub mod ownership;
pub mod peers;
pub mod places;
pub mod random;
pub mod ranges;
mod redis_link;
pub mod request;
pub mod secrets;
pub mod settings;
pub mod tasks;
#[cfg(feature = "testing")]
pub mod testing;
pub mod turns;
pub mod versions;

pub use change::Change;
pub use clock::Clock;
pub use connect::{Connections, Infra};
pub use db::{Db, DbError, Transaction};
pub use doorbell::Doorbell;
pub use metrics::Metrics;
pub use outage::Outage;
pub use random::Random;
pub use settings::Settings;
