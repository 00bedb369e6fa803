//! `/api/v1/events`

use super::Console;
use crate::store::event_log;
use axum::Json;
use axum::extract::State;
use orion_contracts::events::Event;
use orion_contracts::permissions::EventsRead;
use orion_contracts::{Page, PageQuery, Problem};
use orion_http::{ApiProblem, Require, ValidQuery, page};

/// The platform's events, newest first; sealed secrets stay sealed.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(PageQuery), security(("bearer" = [])), responses(
    (status = 200, body = Page<Event>),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    _: Require<EventsRead>,
    State(console): State<Console>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<Event>>, ApiProblem> {
    let limit = page::limit(query.limit)?;
    let position: Option<i64> = page::decode(query.cursor.as_deref())?;
    let logged = event_log::before(console.context.infra.db.read_aside(), position, limit + 1).await?;
    let Page { items, next_cursor } = page::page(logged, limit, |event| event.sequence);
    let items = items.iter().map(event_log::LoggedEvent::event).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}
