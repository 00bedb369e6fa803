//! Background jobs as their operators see them. What is in a job is not shown: it may hold secrets.

use crate::vocabulary::vocabulary;
use crate::{Author, JobId, ServiceName};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// Where a job stands.
    #[schema(example = "running")]
    JobState {
        Due = "due",
        Running = "running",
        Done = "done",
        Cancelled = "cancelled",
        Dead = "dead",
    }
}

/// A job of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "service": "notifications", "kind": "deliver", "queue": "mail",
    "state": "due", "priority": 0, "attempts": 2, "max_attempts": 10, "reason": "the mail server did not answer in time",
    "owner": { "principal": { "kind": "platform" }, "actor": null, "organisation_id": null },
    "due_at": "2026-05-21T09:36:00Z", "created_at": "2026-05-21T09:30:00Z", "started_at": "2026-05-21T09:32:00Z",
}))]
pub struct JobInfo {
    /// The job.
    pub id: JobId,
    /// Whose it is.
    pub service: ServiceName,
    /// What it does.
    pub kind: String,
    /// In which queue of the service it stands.
    pub queue: String,
    /// Where it stands.
    pub state: JobState,
    /// Higher goes first.
    pub priority: i64,
    /// How often it was taken.
    pub attempts: i64,
    /// How often it is taken before it is dead; absent when there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<i64>,
    /// Why it did not succeed when it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How far it is, when it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgress>,
    /// For whom it is done, when it is for somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Author>,
    /// When it is done at the earliest.
    pub due_at: DateTime<Utc>,
    /// When it was wanted.
    pub created_at: DateTime<Utc>,
    /// When it was taken last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// When somebody asked for it to be cancelled, while it was running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_requested_at: Option<DateTime<Utc>>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobProgress {
    /// How much is done.
    #[schema(example = 40)]
    pub done: i64,
    /// Of how much.
    #[schema(example = 100)]
    pub total: i64,
}

/// Which jobs are asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobQuery {
    /// Of this service only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// In this state only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<JobState>,
    /// Of this kind only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// In this queue only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// One page of the platform's jobs, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobPage {
    /// The jobs.
    pub items: Vec<JobInfo>,
    /// Pass it as `cursor` to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2230313965346333612d376631302d376335352d396432622d33613666306338653162343222")]
    pub next_cursor: Option<String>,
    /// The services that did not answer: their jobs are missing here.
    #[schema(example = json!([]))]
    pub unavailable: Vec<ServiceName>,
}

/// An order to cancel or to replay a job: for whom the service does it.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct JobOrder {
    /// Who asked.
    #[garde(skip)]
    pub author: Author,
}
