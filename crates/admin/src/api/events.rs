//! `/api/v1/events`

use super::Console;
use crate::domain::events::{self, Found, View};
use axum::Json;
use axum::extract::State;
use orion_contracts::admin::{EventPage, EventQuery};
use orion_contracts::permissions::EventsRead;
use orion_contracts::{FieldCode, Problem};
use orion_http::identity::Object;
use orion_http::{ApiProblem, Require, ValidQuery, page};

/// Lists the platform's events, newest first.
///
/// Sealed secrets stay sealed. With a `filter` a page may hold fewer events than were asked for, or none, and yet lead on: go
/// by `next_cursor`. Needs the permission `events.read`; what was noticed about the security of accounts is shown to those who have
/// `security.read` as well.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery), security(("bearer" = [])), responses(
    (status = 200, body = EventPage),
    (status = 429, description = "Too many of your own searches by a filter go on; see Retry-After", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    caller: Require<EventsRead>,
    State(console): State<Console>,
    ValidQuery(query): ValidQuery<EventQuery>,
) -> Result<Json<EventPage>, ApiProblem> {
    let limit = page::limit(query.limit)?;
    let position: Option<i64> = page::decode(query.cursor.as_deref())?;
    let infra = &console.context.infra;
    let view = View::of(caller.also_holds(View::WHOLE, &Object::PLATFORM));
    let found = match query.filter.filter(|text| !text.is_empty()) {
        None => events::before(infra, view, position, limit).await?,
        Some(text) => {
            let search = console.searches.begin(caller.user_id()).await?;
            let filter = search.take(move || events::event_filter(&text)).await?;
            let filter =
                filter.map_err(|error| Problem::validation().field("filter", FieldCode::Invalid, error.to_string()))?;
            events::search(infra, &search, view, position, limit, filter).await?
        }
    };
    let Found { events, next, looked_at } = found;
    Ok(Json(EventPage { items: events, next_cursor: next.and_then(|next| page::encode(&next)), looked_at }))
}
