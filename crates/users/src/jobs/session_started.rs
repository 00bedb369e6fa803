//! `auth.session_started`: notes when and from where a user signed in last.

use crate::domain::Users;
use async_trait::async_trait;
use orion_contracts::Problem;
use orion_contracts::events::{Event, EventBody};
use orion_infra::events::EventHandler;

/// Takes the events that this service listens to.
pub(crate) struct Handler(Users);

impl Handler {
    /// A handler over the service's state.
    pub(crate) fn new(users: Users) -> Self {
        Self(users)
    }
}

#[async_trait]
impl EventHandler for Handler {
    async fn handle(&self, event: &Event) -> Result<(), Problem> {
        let EventBody::SessionStarted { user_id, ip_address, .. } = &event.body else { return Ok(()) };
        Ok(self.0.signed_in(event.id, *user_id, event.occurred_at, ip_address.as_deref()).await?)
    }
}
