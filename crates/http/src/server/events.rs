//! `POST /internal/v1/events`: where events arrive without a broker.

use crate::valid::Valid;
use crate::{ApiProblem, Context, PeerCaller};
use axum::extract::State;
use axum::{Router, routing::post};
use garde::Validate;
use http::StatusCode;
use orion_contracts::events::EventBatch;
use orion_infra::events::EventHandler;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes(handler: Arc<dyn EventHandler>) -> Router {
    Router::new().route("/internal/v1/events", post(receive)).with_state(handler)
}

#[derive(Deserialize, Validate)]
struct Received(#[garde(skip)] EventBatch);

async fn receive(
    _: PeerCaller,
    context: Context,
    State(handler): State<Arc<dyn EventHandler>>,
    batch: Valid<Received>,
) -> Result<StatusCode, ApiProblem> {
    for event in &batch.0.events {
        handler.handle(event).await?;
        context.infra.queues.consumed.with_label_values(&["events"]).inc();
    }
    Ok(StatusCode::NO_CONTENT)
}
