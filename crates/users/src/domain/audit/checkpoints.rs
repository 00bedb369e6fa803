//! Signed checkpoints: what can be kept elsewhere, and shows later that the log was not cut short or written anew.

use super::ChainKeys;
use crate::domain::Users;
use crate::error::UsersError;
use crate::store::audit_checkpoints::Model;
use crate::store::{audit_chain, audit_checkpoints};
use orion_contracts::audit::{AuditCheckpoint, AuditCheckpointQuery, AuditKeys, AuditLink};
use orion_contracts::{Author, Page, Problem};
use orion_http::page;
use orion_infra::Change;
use orion_infra::audit::checkpoint;
use orion_infra::secrets::Secrets;
use serde::{Deserialize, Serialize};

/// The job that takes them, again and again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TakeCheckpoint {}

impl Users {
    /// Signs a checkpoint of the log, where it has grown since the last one; the newest then. Where somebody has changed the
    /// ends of the chain nothing is signed: it would vouch for what they have written.
    pub(crate) async fn take_checkpoint(&self, author: impl Into<Author>) -> Result<AuditCheckpoint, UsersError> {
        let secrets = &self.infra.secrets;
        self.infra
            .write(author, async |change: &mut Change| {
                change.unaudited("what is signed is in the log already");
                let ends = audit_chain::lock(change).await?;
                self.witness.compare(&ends);
                if !ChainKeys(secrets).are_intact(&ends) || self.witness.is_rewound() {
                    return Err(UsersError::LogBroken);
                }
                if ends.head_position == 0 {
                    return Err(UsersError::LogEmpty);
                }
                let last = audit_checkpoints::newest(change, None, 1).await?;
                if let Some(last) = last.first().filter(|last| last.row.position >= ends.head_position) {
                    return read(secrets, &last.row).ok_or(UsersError::LogBroken);
                }
                let signed = checkpoint::sign(secrets, ends.head_position, &ends.head_hash, change.now());
                let signed = signed.ok_or_else(Problem::internal)?;
                let (position, token) = (signed.position, signed.token.clone());
                audit_checkpoints::insert(change, Model { position, taken_at: signed.taken_at, token }).await?;
                Ok(signed)
            })
            .await
    }

    /// Takes one where there is something new to sign; whether there is nothing wrong with the log's ends.
    pub(crate) async fn take_checkpoint_when_grown(&self) -> Result<bool, UsersError> {
        match self.take_checkpoint(Author::PLATFORM).await {
            Ok(_) | Err(UsersError::LogEmpty) => Ok(true),
            Err(UsersError::LogBroken) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Checkpoints, newest first.
    pub(crate) async fn checkpoints(&self, query: &AuditCheckpointQuery) -> Result<Page<AuditCheckpoint>, UsersError> {
        let limit = page::limit(query.limit)?;
        let before = page::decode(query.cursor.as_deref())?;
        let rows = audit_checkpoints::newest(self.infra.db.read_aside(), before, u64::from(limit) + 1).await?;
        let Page { items, next_cursor } = page::page(rows, limit, |row| row.row.position);
        // One that does not open is told by the next verification.
        let items = items.iter().filter_map(|row| read(&self.infra.secrets, &row.row)).collect();
        Ok(Page { items, next_cursor })
    }

    /// The public halves of what signs them.
    pub(crate) fn audit_keys(&self) -> AuditKeys {
        AuditKeys { keys: checkpoint::public_keys(&self.infra.secrets) }
    }

    /// The link at a position: what a checkpoint is compared with.
    pub(crate) async fn audit_link(&self, position: i64) -> Result<AuditLink, UsersError> {
        let link = crate::store::audit_log::at(self.infra.db.read(), position).await?;
        Ok(super::detail::link(&link.ok_or(UsersError::AuditEntryNotFound)?.row))
    }
}

/// What a row says, as far as it was signed here.
pub(super) fn read(secrets: &Secrets, row: &Model) -> Option<AuditCheckpoint> {
    let read = checkpoint::read(&row.token, &checkpoint::public_keys(secrets)).ok()?;
    (read.position == row.position).then_some(read)
}
