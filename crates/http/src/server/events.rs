//! `POST /internal/v1/events`: where events arrive without a broker.

use crate::valid::Valid;
use crate::{ApiProblem, PeerCaller};
use axum::extract::{DefaultBodyLimit, State};
use axum::{Json, Router, routing::post};
use garde::Validate;
use orion_contracts::Problem;
use orion_contracts::events::{ArrivedBatch, BatchAnswer, MAX_EVENT_BYTES};
use orion_infra::events::Intake;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes(intake: Arc<Intake>) -> Router {
    // Whatever the limit for others is: a batch that is not taken would be sent again and again.
    let limit = DefaultBodyLimit::max(2 * MAX_EVENT_BYTES);
    Router::new().route("/internal/v1/events", post(receive).layer(limit)).with_state(intake)
}

#[derive(Deserialize, Validate)]
struct Received(#[garde(skip)] ArrivedBatch);

/// Takes a batch event by event: one that cannot be taken keeps no other waiting.
async fn receive(
    peer: PeerCaller,
    State(intake): State<Arc<Intake>>,
    batch: Valid<Received>,
) -> Result<Json<BatchAnswer>, ApiProblem> {
    let arrived = batch.value.0.events;
    if arrived.iter().any(|event| event["source"] != peer.0.as_str()) {
        return Err(Problem::permission_denied().detail("A service sends its own events only.").into());
    }
    Ok(Json(BatchAnswer { refused: intake.take_batch(arrived).await }))
}
