//! A service's own jobs, for admin, who shows those of all.

use crate::{ApiProblem, Context, FromPeer, Serve, page};
use axum::Router;
use orion_contracts::internal::{CancelJob, FindJob, ListJobs, ReplayJob};
use orion_contracts::jobs::JobInfo;
use orion_contracts::{FieldCode, Page, Problem};
use orion_infra::jobs;

pub(super) fn routes(context: Context) -> Router {
    Router::new().serve(list).serve(find).serve(cancel).serve(replay).with_state(context)
}

/// The longest name of a kind or a queue.
const LONGEST: usize = 100;

async fn list(context: Context, call: FromPeer<ListJobs>) -> Result<Page<JobInfo>, ApiProblem> {
    let query = call.input;
    word("kind", query.kind.as_deref())?;
    word("queue", query.queue.as_deref())?;
    let (before, limit) = (page::decode(query.cursor.as_deref())?, page::limit(query.limit)?);
    let found = jobs::list(&context.infra, &query, before, limit + 1).await.map_err(Problem::from)?;
    Ok(page::page(found, limit, |job| job.id))
}

/// Databases do not take every text that a query can have.
fn word(field: &str, text: Option<&str>) -> Result<(), Problem> {
    let code = match text {
        Some(text) if text.chars().count() > LONGEST => FieldCode::TooLong,
        Some(text) if text.chars().any(char::is_control) => FieldCode::Invalid,
        _ => return Ok(()),
    };
    let message = format!("must have {LONGEST} characters at most, and none that control");
    Err(Problem::validation().field(field, code, message))
}

async fn find(context: Context, call: FromPeer<FindJob>) -> Result<JobInfo, ApiProblem> {
    let found = jobs::find(&context.infra, call.at.id).await.map_err(Problem::from)?;
    Ok(found.ok_or_else(Problem::not_found)?)
}

async fn cancel(context: Context, call: FromPeer<CancelJob>) -> Result<JobInfo, ApiProblem> {
    Ok(jobs::cancel(&context.infra, call.input.author, call.at.id).await.map_err(Problem::from)?)
}

async fn replay(context: Context, call: FromPeer<ReplayJob>) -> Result<JobInfo, ApiProblem> {
    Ok(jobs::replay(&context.infra, call.input.author, call.at.id).await.map_err(Problem::from)?)
}
