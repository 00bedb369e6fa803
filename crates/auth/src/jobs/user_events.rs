//! Keeps accounts from the users service's events.

use crate::domain::Auth;
use async_trait::async_trait;
use orion_contracts::Problem;
use orion_contracts::events::Event;
use orion_infra::events::EventHandler;

/// Takes user events.
pub(crate) struct UserEvents(pub(crate) Auth);

#[async_trait]
impl EventHandler for UserEvents {
    async fn handle(&self, event: &Event) -> Result<(), Problem> {
        Ok(self.0.take_user_event(event).await?)
    }
}
