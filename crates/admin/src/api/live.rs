//! `/console/live`: the WebSocket of the console.

use super::{Console, csrf};
use crate::domain::sessions::ActiveSession;
use crate::error::AdminError;
use crate::live::{Socket, accept};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use http::HeaderMap;
use orion_contracts::Problem;
use orion_contracts::live::{LiveMessage, LiveRequest};
use orion_http::ApiProblem;

/// What is spoken over the socket, which OpenAPI has no words for: the console's types are made from the document.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(LiveRequest, LiveMessage)))]
pub(super) struct Messages;

/// Opens a live socket: for a console session, from the console's own page. A WebSocket knows no CORS, so the Origin is
/// checked before anything is upgraded.
pub(super) async fn open(
    session: ActiveSession,
    State(console): State<Console>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiProblem> {
    if !csrf::is_own(&console, &headers) {
        return Err(AdminError::CrossSite("The Origin header is not the console's, see admin.console_url.").into());
    }
    let upgrade = upgrade.map_err(|rejection| Problem::bad_request().detail(rejection.body_text()))?;
    let socket = Socket {
        _place: console.hub.place()?,
        hub: console.hub.clone(),
        context: console.context.clone(),
        sessions: console.sessions.clone(),
        session,
    };
    Ok(accept(upgrade, socket))
}
