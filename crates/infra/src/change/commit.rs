//! The commit and what follows it. Runs in a task of its own, so that it is finished whoever goes away meanwhile.

use super::Change;
use crate::{DbError, Infra, events};
use orion_contracts::EventId;

impl Change {
    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        self.transaction.commit().await?;
        self.pending.run_hooks();
        if self.pending.announcements.is_empty() {
            return Ok(());
        }
        let told = self.infra.bus.announce(&self.pending.announcements).await;
        if told && !self.pending.held.is_empty() {
            // Nobody waits for this: the dispatcher would tell it once more, and nothing else.
            tokio::spawn(forget(self.infra, self.pending.held));
        }
        Ok(())
    }
}

/// Not a change of its own: nothing is told or audited with it.
async fn forget(infra: Infra, held: Vec<EventId>) {
    let forgotten = async {
        let transaction = infra.db.transaction().await?;
        events::release_held(&transaction, &held).await?;
        transaction.commit().await
    };
    if let Err(error) = forgotten.await {
        tracing::debug!(%error, "an announcement is made once more");
    }
}
