//! `/api/v1/jobs`: the background jobs of all services.

use super::Console;
use crate::domain::jobs::{self, Wish};
use axum::Json;
use axum::extract::State;
use orion_contracts::jobs::{JobInfo, JobPage, JobQuery};
use orion_contracts::permissions::{JobsRead, JobsWrite};
use orion_contracts::{JobId, Problem, ServiceName};
use orion_http::{ApiProblem, Fresh, Require, ValidPath, ValidQuery};

/// Lists the jobs of all services, newest first.
///
/// Services that do not answer are named in `unavailable`; their jobs are missing then. What is in a job is not shown, for it
/// may hold secrets. Needs the permission `jobs.read`.
#[utoipa::path(
    get, path = "/api/v1/jobs", tag = "jobs", security(("bearer" = [])),
    params(JobQuery),
    responses(
        (status = 200, description = "A page of jobs", body = JobPage),
    )
)]
pub(super) async fn list(
    _: Require<JobsRead>,
    State(console): State<Console>,
    ValidQuery(query): ValidQuery<JobQuery>,
) -> Result<Json<JobPage>, ApiProblem> {
    Ok(Json(jobs::list(&console.context.infra, query).await?))
}

/// Reads a job of a service.
///
/// What is in it is not shown, for it may hold secrets. Needs the permission `jobs.read`.
#[utoipa::path(
    get, path = "/api/v1/jobs/{service}/{id}", tag = "jobs", security(("bearer" = [])),
    params(("service" = ServiceName, Path, description = "Whose it is"), ("id" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The job", body = JobInfo),
    )
)]
pub(super) async fn find(
    _: Require<JobsRead>,
    State(console): State<Console>,
    ValidPath((service, id)): ValidPath<(ServiceName, JobId)>,
) -> Result<Json<JobInfo>, ApiProblem> {
    Ok(Json(jobs::find(&console.context.infra, service, id).await?))
}

/// Cancels a job.
///
/// One that waits is cancelled at once; one that runs is told, and leaves off when it looks. It stands in the audit log.
/// Needs the permission `jobs.write`.
#[utoipa::path(
    post, path = "/api/v1/jobs/{service}/{id}/cancel", tag = "jobs",
    security(("bearer" = [])),
    params(("service" = ServiceName, Path, description = "Whose it is"), ("id" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The job as it is now", body = JobInfo),
        (status = 409, description = "It has ended", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    caller: Require<JobsWrite>,
    State(console): State<Console>,
    ValidPath(job): ValidPath<(ServiceName, JobId)>,
) -> Result<Json<JobInfo>, ApiProblem> {
    Ok(Json(jobs::order(&console.context.infra, (&*caller).into(), job, Wish::Cancel).await?))
}

/// Lets a dead or cancelled job be done again.
///
/// It begins anew, as if it had never been tried. It stands in the audit log. Needs the permission `jobs.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/jobs/{service}/{id}/replay", tag = "jobs",
    security(("bearer" = [])),
    params(("service" = ServiceName, Path, description = "Whose it is"), ("id" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The job as it is now", body = JobInfo),
        (status = 409, description = "It waits, runs or is done", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(super) async fn replay(
    caller: Require<JobsWrite>,
    _: Fresh,
    State(console): State<Console>,
    ValidPath(job): ValidPath<(ServiceName, JobId)>,
) -> Result<Json<JobInfo>, ApiProblem> {
    Ok(Json(jobs::order(&console.context.infra, (&*caller).into(), job, Wish::Replay).await?))
}
