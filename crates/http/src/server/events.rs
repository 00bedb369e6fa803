//! Where events arrive without a broker.

use crate::{ApiProblem, FromPeer, Serve};
use axum::Router;
use orion_contracts::Problem;
use orion_contracts::events::BatchAnswer;
use orion_contracts::internal::TakeEvents;
use orion_infra::events::Intake;
use std::sync::Arc;

pub(super) fn routes(intake: Arc<Intake>) -> Router {
    Router::new().serve(receive).with_state(intake)
}

/// Takes a batch event by event: one that cannot be taken keeps no other waiting.
async fn receive(intake: Arc<Intake>, call: FromPeer<TakeEvents>) -> Result<BatchAnswer, ApiProblem> {
    let arrived = call.input.events;
    if arrived.iter().any(|event| event["source"] != call.caller.as_str()) {
        return Err(Problem::permission_denied().detail("A service sends its own events only.").into());
    }
    Ok(BatchAnswer { refused: intake.take_batch(arrived).await })
}
