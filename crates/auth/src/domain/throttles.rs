//! Throttles as administrators see and lift them.

use super::Auth;
use super::owners::Reader;
use super::throttle::Key;
use crate::error::AuthError;
use crate::store::rate_limits::{self, Model};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{AccountOwner, Throttle, ThrottleQuery};
use orion_contracts::{Page, ThrottleId, UserId};
use orion_http::Caller;
use orion_http::page;
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

impl Auth {
    /// The throttles that delay, of one account or of all, the one that began last first.
    pub(crate) async fn throttles(
        &self,
        reader: Reader<'_>,
        query: &ThrottleQuery,
    ) -> Result<Page<Throttle>, AuthError> {
        let limit = page::limit(query.limit)?;
        let before = page::decode(query.cursor.as_deref())?;
        let (db, now) = (self.infra.db.read_aside(), self.infra.clock.now());
        let found = rate_limits::delaying(db, query.user_id.map(|id| id.0), before, now, u64::from(limit) + 1).await?;
        let Page { items, next_cursor } = page::page(found, limit, |row| row.id);
        let owners = self.owners(reader, items.iter().filter_map(|row| row.user_id)).await?;
        let items = items.into_iter().filter_map(|row| {
            let owner = row.user_id.and_then(|id| owners.get(&id).cloned());
            told(row, owner)
        });
        Ok(Page { items: items.collect(), next_cursor })
    }

    /// Lifts one, and what was counted beside it in all networks together: otherwise the next failure would wait as long. One of an
    /// account protects it: nobody lifts it from somebody above.
    pub(crate) async fn lift_throttle(&self, caller: &Caller, id: ThrottleId) -> Result<(), AuthError> {
        let found = rate_limits::of_id(self.infra.db.read(), id.0).await?.ok_or(AuthError::ThrottleNotFound)?;
        if let Some(user_id) = found.user_id {
            self.refuse_above(caller, UserId(user_id)).await?;
        }
        self.infra
            .write(caller, async |change| {
                let row = rate_limits::of_id(change, id.0).await?.ok_or(AuthError::ThrottleNotFound)?;
                let elsewhere = Key::read(&row.key).and_then(|key| key.elsewhere()).map(|key| key.to_string());
                let keys: Vec<_> = elsewhere.into_iter().chain([row.key]).collect();
                rate_limits::delete(change, &keys).await?;
                let description = match row.user_id {
                    Some(user_id) => format!("Lifted a throttle of {} for the user {user_id}", row.key_type),
                    None => format!("Lifted a throttle of {}", row.key_type),
                };
                change.audit(AuditRecord::new(AuditAction::Delete, "throttle", description).on(id));
                Ok(())
            })
            .await
    }
}

fn told(row: Model, owner: Option<AccountOwner>) -> Option<Throttle> {
    let id: Uuid = row.id?;
    Some(Throttle {
        id: ThrottleId(id),
        policy: row.key_type,
        endpoint: row.endpoint,
        user_id: row.user_id.map(UserId),
        owner,
        failures: row.count,
        blocked_until: row.blocked_until,
        forgotten_at: row.reset_at,
    })
}
