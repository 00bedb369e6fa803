//! The audit log: every service's entries in one keyed hash chain.
//!
//! Each link carries an HMAC of its entry, and a hash over the hash before it, that HMAC and its position. The ends of
//! the chain are sealed with a MAC as well, so that links missing at the end show. The chain is over HMACs and not over
//! entries, so that an entry can be redacted without breaking it.

mod append;
mod cut;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use cut::cut;
pub(crate) use verify::verify;

use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use orion_contracts::audit::AuditEntry;
use orion_infra::DbError;
use orion_infra::secrets::{Scope, Secrets};
use sea_orm::DbErr;

/// The three MACs of the chain, each under a key of its own.
struct ChainKeys<'a>(&'a Secrets);

impl ChainKeys<'_> {
    /// Of an entry as stored.
    fn payload(&self, entry: &str) -> String {
        self.0.mac(Scope::AtRest, &["audit", "payload"], entry.as_bytes())
    }

    /// Of a link.
    fn link(&self, previous_hash: &str, payload_hmac: &str, position: i64) -> String {
        let text = format!("{previous_hash}|{payload_hmac}|{position}");
        self.0.mac(Scope::AtRest, &["audit", "link"], text.as_bytes())
    }

    /// Of the ends.
    fn seal(&self, ends: &ChainEnds) -> String {
        let ChainEnds { cut_position, cut_hash, head_position, head_hash, .. } = ends;
        let text = format!("{cut_position}|{cut_hash}|{head_position}|{head_hash}");
        self.0.mac(Scope::AtRest, &["audit", "ends"], text.as_bytes())
    }
}

/// The entry of a link.
pub(crate) fn read(link: &Model) -> Result<AuditEntry, UsersError> {
    let entry = serde_json::from_str(&link.entry).map_err(|error| DbError(DbErr::Json(error.to_string())))?;
    Ok(entry)
}
