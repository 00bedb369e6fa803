//! Jobs inside a service: rows in its own database, taken with a lease and a fencing number, woken by a doorbell.

mod queue;
mod retention;
mod runner;

pub(crate) use queue::release;
pub use queue::{Job, NewJob, complete, enqueue};
pub use retention::{PLATFORM as PLATFORM_RETENTION, Retention, RetentionRule, days};
pub use runner::{JobHandler, JobOutcome, Runner};
