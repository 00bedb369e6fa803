//! `/api/v1/events`

use super::Console;
use crate::domain::events::{self, Found};
use axum::Json;
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::admin::{EventPage, EventQuery};
use orion_contracts::permissions::EventsRead;
use orion_http::{ApiProblem, Require, ValidQuery, page};

/// The platform's events, newest first; sealed secrets stay sealed.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery), security(("bearer" = [])), responses(
    (status = 200, body = EventPage),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    _: Require<EventsRead>,
    State(console): State<Console>,
    ValidQuery(query): ValidQuery<EventQuery>,
) -> Result<Json<EventPage>, ApiProblem> {
    let limit = page::limit(query.limit)?;
    let position: Option<i64> = page::decode(query.cursor.as_deref())?;
    let filter = query.filter.as_deref().filter(|text| !text.is_empty()).map(events::event_filter).transpose();
    let filter = filter.map_err(|error| Problem::validation().field("filter", error.to_string()))?;
    let Found { events, next, looked_at } = events::before(&console.context.infra, position, limit, filter).await?;
    Ok(Json(EventPage { items: events, next_cursor: next.and_then(|next| page::encode(&next)), looked_at }))
}
