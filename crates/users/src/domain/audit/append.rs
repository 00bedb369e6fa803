//! Appending: one at a time, each entry once.

use super::ChainKeys;
use crate::domain::Users;
use crate::error::UsersError;
use crate::store::audit_log::Model;
use crate::store::{audit_chain, audit_log};
use orion_contracts::audit::AuditEntry;
use orion_infra::secrets::Secrets;
use orion_infra::{Clock, Db, DbError};
use sea_orm::DbErr;
use std::collections::HashSet;

impl Users {
    /// Appends entries of one service; those that are in the chain already are passed over.
    pub(crate) async fn append_audit(&self, entries: &[AuditEntry]) -> Result<(), UsersError> {
        append(&self.infra.db, &self.infra.secrets, &self.infra.clock, entries).await
    }
}

/// Appends entries. The row of the chain's ends is held meanwhile: whoever comes second waits and continues from there.
pub(super) async fn append(
    db: &Db,
    secrets: &Secrets,
    clock: &Clock,
    entries: &[AuditEntry],
) -> Result<(), UsersError> {
    if entries.is_empty() {
        return Ok(());
    }
    let txn = db.begin().await?;
    let mut ends = audit_chain::lock(&txn).await?;
    let ids = entries.iter().map(|entry| entry.id.0).collect();
    let mut known: HashSet<_> = audit_log::known(txn.connection(), ids).await?;
    let keys = ChainKeys(secrets);
    let mut links = Vec::new();
    for entry in entries {
        if !known.insert(entry.id.0) {
            continue;
        }
        let text = serde_json::to_string(entry).map_err(|error| DbError(DbErr::Json(error.to_string())))?;
        let position = ends.head_position + 1;
        let payload_hmac = keys.payload(&text);
        let hash = keys.link(&ends.head_hash, &payload_hmac, position);
        links.push(Model {
            position,
            id: entry.id.0,
            service: entry.service.to_string(),
            sequence: entry.sequence,
            entry: text,
            payload_hmac,
            previous_hash: std::mem::replace(&mut ends.head_hash, hash.clone()),
            hash,
            appended_at: clock.now(),
        });
        ends.head_position = position;
    }
    let Some(first) = links.first() else { return Ok(()) };
    let sequence = first.sequence;
    ends.seal = keys.seal(&ends);
    audit_log::insert(txn.connection(), links).await.map_err(|error| match error.is_unique_violation() {
        true => UsersError::SequenceTaken(sequence),
        false => error.into(),
    })?;
    audit_chain::update(&txn, &ends).await?;
    Ok(txn.commit().await?)
}
