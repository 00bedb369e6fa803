//! `/internal/v1/jobs`: a service's own jobs, for admin, who shows those of all.

use crate::valid::{Valid, ValidPath, ValidQuery};
use crate::{ApiProblem, Context, PeerCaller, page};
use axum::routing::{get, post};
use axum::{Json, Router};
use orion_contracts::jobs::{JobInfo, JobOrder, JobQuery};
use orion_contracts::{JobId, Page, Problem, ServiceName};
use orion_infra::jobs;

pub(super) fn routes() -> Router {
    Router::new()
        .route("/internal/v1/jobs", get(list))
        .route("/internal/v1/jobs/{id}", get(find))
        .route("/internal/v1/jobs/{id}/cancel", post(cancel))
        .route("/internal/v1/jobs/{id}/replay", post(replay))
}

const CALLERS: &[ServiceName] = &[ServiceName::Admin];
/// The longest name of a kind or a queue.
const LONGEST: usize = 100;

async fn list(
    peer: PeerCaller,
    context: Context,
    ValidQuery(query): ValidQuery<JobQuery>,
) -> Result<Json<Page<JobInfo>>, ApiProblem> {
    peer.only(CALLERS)?;
    word("kind", query.kind.as_deref())?;
    word("queue", query.queue.as_deref())?;
    let (before, limit) = (page::decode(query.cursor.as_deref())?, page::limit(query.limit)?);
    let found = jobs::list(&context.infra, &query, before, limit + 1).await.map_err(Problem::from)?;
    Ok(Json(page::page(found, limit, |job| job.id)))
}

/// Databases do not take every text that a query can have.
fn word(field: &str, text: Option<&str>) -> Result<(), Problem> {
    match text {
        Some(text) if text.chars().count() > LONGEST || text.chars().any(char::is_control) => {
            Err(Problem::validation()
                .field(field, format!("must have {LONGEST} characters at most, and none that control")))
        }
        _ => Ok(()),
    }
}

async fn find(
    peer: PeerCaller,
    context: Context,
    ValidPath(id): ValidPath<JobId>,
) -> Result<Json<JobInfo>, ApiProblem> {
    peer.only(CALLERS)?;
    let found = jobs::find(&context.infra, id).await.map_err(Problem::from)?;
    Ok(Json(found.ok_or_else(Problem::not_found)?))
}

async fn cancel(
    peer: PeerCaller,
    context: Context,
    ValidPath(id): ValidPath<JobId>,
    order: Valid<JobOrder>,
) -> Result<Json<JobInfo>, ApiProblem> {
    peer.only(CALLERS)?;
    Ok(Json(jobs::cancel(&context.infra, order.author, id).await.map_err(Problem::from)?))
}

async fn replay(
    peer: PeerCaller,
    context: Context,
    ValidPath(id): ValidPath<JobId>,
    order: Valid<JobOrder>,
) -> Result<Json<JobInfo>, ApiProblem> {
    peer.only(CALLERS)?;
    Ok(Json(jobs::replay(&context.infra, order.author, id).await.map_err(Problem::from)?))
}
