//! Versions of the document, and what differs between them.

use super::{Gateway, GatewayError};
use crate::document::{Document, Edits, differences};
use crate::store::{items, versions};
use orion_contracts::Problem;
use orion_contracts::gateway_changes::{GatewayAppliedList, GatewayVersion, GatewayVersionDetail};

impl Gateway {
    /// Versions before one, newest first: up to one more than asked for.
    pub(crate) async fn versions(&self, before: Option<i64>, limit: u32) -> Result<Vec<GatewayVersion>, Problem> {
        Ok(versions::before(self.infra.db.read(), before, u64::from(limit) + 1).await?)
    }

    /// A version, with what differs from another, or from the one before it.
    pub(crate) async fn version(&self, version: i64, against: Option<i64>) -> Result<GatewayVersionDetail, Problem> {
        let read = self.infra.db.read_aside();
        let found = versions::find(read, version).await?.ok_or(GatewayError::NoSuchVersion)?;
        let against = against.unwrap_or(version - 1);
        let is_known = match against {
            0 => true,
            // What the one before it was is known for as long as it is itself.
            other if other == version - 1 => true,
            other => versions::find(read, other).await?.is_some(),
        };
        if !is_known {
            return Err(GatewayError::NoSuchVersion.into());
        }
        let stamp = |version| versions::Stamp { version, changed_at: None };
        let before = Document::new(stamp(against), items::at(read, against).await?);
        let after = Document::new(stamp(version), items::at(read, version).await?);
        let gone = before.items.keys().map(|key| (key.clone(), None));
        let there = after.items.iter().map(|(key, item)| (key.clone(), Some(item.definition.clone())));
        let edits: Edits = gone.chain(there).collect();
        let changes = differences(&before.items, edits.iter().map(|(key, after)| (key, after.as_ref())));
        Ok(GatewayVersionDetail { version: found, against, changes })
    }

    /// What each process has applied.
    pub(crate) async fn applied(&self) -> Result<GatewayAppliedList, Problem> {
        let version = versions::newest(self.infra.db.read()).await?.version;
        let now = self.infra.clock.monotonic();
        // This one is asked, for what it said last may be a second old.
        self.instances.heard(self.in_force.applied(), now);
        Ok(GatewayAppliedList { version, instances: self.instances.all(now) })
    }
}
