//! Background jobs of a service: rows in its own database, written with the change that wants them done. A worker holds a
//! job by a lease, which it renews while the job runs, and by a fencing number: whoever was taken over from ends nothing.
//!
//! A kind of job is one file and one line:
//!
//! ```ignore
//! #[derive(Serialize, Deserialize)]
//! struct DeliverMail { delivery_id: DeliveryId }
//!
//! impl Job for DeliverMail {
//!     const KIND: &'static str = "deliver_mail";
//!     const QUEUE: Queue = MAIL;
//!     type State = Notifications;
//!     async fn run(self, notifications: &Notifications, context: &JobContext) -> Result<Outcome, Problem> { … }
//! }
//!
//! Jobs::new(&infra).handle::<DeliverMail>(&notifications)
//! change.enqueue(DeliverMail { delivery_id });
//! ```

mod astray;
mod context;
mod enqueue;
mod job;
mod operate;
mod registry;
mod retention;
mod runner;
mod sql;
mod table;
mod worker;

pub use context::JobContext;
pub use enqueue::{Due, JobOptions};
pub(crate) use enqueue::{NewJob, insert};
pub use job::{HOUSEKEEPING, Job, Outcome, Queue};
pub use operate::{NotPossible, cancel, find, list, replay};
pub use registry::Jobs;
pub use retention::{CutTables, PLATFORM as PLATFORM_RETENTION, Retention, RetentionRule, days};
pub use runner::QueueRunner;
pub(crate) use table::release;
