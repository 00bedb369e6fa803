//! `POST /internal/v1/events`: where events arrive without a broker.

use crate::valid::Valid;
use crate::{ApiProblem, Context, PeerCaller};
use axum::extract::State;
use axum::{Json, Router, routing::post};
use garde::Validate;
use orion_contracts::Problem;
use orion_contracts::events::{ArrivedBatch, BatchAnswer, RefusedEvent};
use orion_infra::events::{self, EventHandler};
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes(handler: Arc<dyn EventHandler>) -> Router {
    Router::new().route("/internal/v1/events", post(receive)).with_state(handler)
}

#[derive(Deserialize, Validate)]
struct Received(#[garde(skip)] ArrivedBatch);

/// Takes a batch event by event: one that cannot be taken keeps no other waiting.
async fn receive(
    peer: PeerCaller,
    context: Context,
    State(handler): State<Arc<dyn EventHandler>>,
    batch: Valid<Received>,
) -> Result<Json<BatchAnswer>, ApiProblem> {
    let arrived = batch.value.0.events;
    if arrived.iter().any(|event| event["source"] != peer.0.as_str()) {
        return Err(Problem::permission_denied().detail("A service sends its own events only.").into());
    }
    let queues = &context.infra.queues;
    let mut refused: Vec<RefusedEvent> = Vec::new();
    let mut away = false;
    for (position, event) in arrived.into_iter().enumerate() {
        let problem = match events::read(context.infra.service, event) {
            Ok(None) => continue,
            // What this service needs is away: each further event would wait for it as long.
            Ok(Some(_)) if away => Problem::unavailable(),
            Ok(Some(event)) => match handler.handle(&event).await {
                Ok(()) => {
                    queues.consumed.with_label_values(&["events"]).inc();
                    continue;
                }
                Err(problem) => problem,
            },
            Err(error) => {
                tracing::error!(peer = %peer.0, %error, "event cannot be read; it is refused");
                Problem::validation().detail(error.to_string())
            }
        };
        away |= problem.status == 503;
        queues.failed.with_label_values(&["events", problem.name()]).inc();
        refused.push(RefusedEvent { position, reason: problem.to_string() });
    }
    Ok(Json(BatchAnswer { refused }))
}
