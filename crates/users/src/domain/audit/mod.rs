//! The audit log: every service's entries in one keyed hash chain.
//!
//! Each link carries an HMAC of its entry and of the columns that it is found by, and a hash over the hash before it,
//! that HMAC, its position and the time of appending. The ends of the chain, and what the last verification found, are
//! sealed with a MAC as well, so that links missing at the end show. The chain is over HMACs and not over entries, so
//! that an entry can be redacted without breaking it.

mod append;
mod cut;
mod facets;
mod list;
#[cfg(test)]
mod tests;
mod verify;
mod witness;

pub(crate) use witness::Witness;

use super::Users;
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use chrono::{DateTime, Duration, Utc};
use orion_infra::secrets::{Scope, Secrets};

impl Users {
    /// Removes entries that are older than they are kept.
    pub(crate) async fn cut_audit(&self) -> Result<(), UsersError> {
        let keep = Duration::days(self.config.get().audit_retention_days.into());
        let cut = cut::cut(&self.infra, &self.witness, keep).await?;
        if cut.removed > 0 {
            tracing::info!(entries = cut.removed, "old audit entries removed");
        }
        if let Some(reason) = cut.stop {
            tracing::error!(%reason, "old audit entries are not removed");
        }
        Ok(())
    }

    /// Verifies the log once a day; how many breaks are known.
    pub(crate) async fn verify_audit_when_due(&self) -> Result<i64, UsersError> {
        verify::verify_when_due(&self.infra, &self.witness).await
    }
}

/// The three MACs of the chain, each under a key of its own. A link keeps the MACs that it was appended with, also when the
/// platform has another key by then.
struct ChainKeys<'a>(&'a Secrets);

const PAYLOAD: [&str; 2] = ["audit", "payload"];
const LINK: [&str; 2] = ["audit", "link"];
const ENDS: [&str; 2] = ["audit", "ends"];

impl ChainKeys<'_> {
    /// Of an entry as stored, with the columns that it is found by.
    fn payload(&self, link: &Model) -> String {
        self.0.mac(Scope::AtRest, &PAYLOAD, &Self::payload_text(link))
    }

    /// Whether it is that of the entry.
    fn is_payload(&self, link: &Model, mac: &str) -> bool {
        self.0.verify(Scope::AtRest, &PAYLOAD, &Self::payload_text(link), mac)
    }

    fn payload_text(link: &Model) -> Vec<u8> {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string());
        let parts = [
            Some(link.id.to_string()),
            Some(link.service.clone()),
            Some(moment(link.occurred_at)),
            Some(link.principal_kind.clone()),
            link.principal_id.clone(),
            id(link.actor_id),
            id(link.organisation_id),
            Some(link.action.clone()),
            Some(link.resource.clone()),
            link.resource_id.clone(),
            link.request_id.clone(),
            Some(link.success.to_string()),
        ];
        let mut text = framed(parts.iter().map(Option::as_deref));
        text.extend_from_slice(link.entry.as_bytes());
        text
    }

    /// Of a link.
    fn link(&self, link: &Model) -> String {
        self.0.mac(Scope::AtRest, &LINK, Self::link_text(link).as_bytes())
    }

    /// Whether the link has its own.
    fn is_link(&self, link: &Model) -> bool {
        self.0.verify(Scope::AtRest, &LINK, Self::link_text(link).as_bytes(), &link.hash)
    }

    fn link_text(link: &Model) -> String {
        let Model { previous_hash, payload_hmac, position, appended_at, .. } = link;
        format!("{previous_hash}|{payload_hmac}|{position}|{}", moment(*appended_at))
    }

    /// Of the ends.
    fn seal(&self, ends: &ChainEnds) -> String {
        self.0.mac(Scope::AtRest, &ENDS, &Self::ends_text(ends))
    }

    fn ends_text(ends: &ChainEnds) -> Vec<u8> {
        let parts = [
            Some(ends.cut_position.to_string()),
            Some(ends.cut_hash.clone()),
            ends.cut_at.map(moment),
            Some(ends.head_position.to_string()),
            Some(ends.head_hash.clone()),
            ends.verified_at.map(moment),
            Some(ends.break_count.to_string()),
            Some(ends.breaks.clone()),
        ];
        framed(parts.iter().map(Option::as_deref))
    }

    /// Whether nobody without the key has changed the ends.
    fn are_intact(&self, ends: &ChainEnds) -> bool {
        let is_untouched = ends.head_position == 0 && ends.cut_position == 0 && ends.seal.is_empty();
        is_untouched || self.0.verify(Scope::AtRest, &ENDS, &Self::ends_text(ends), &ends.seal)
    }
}

/// A moment to the microsecond, which is what both databases keep.
fn moment(time: DateTime<Utc>) -> String {
    time.timestamp_micros().to_string()
}

/// Texts with their lengths before them, which keep `["ab", "c"]` apart from `["a", "bc"]`, and none from an empty one.
fn framed<'a>(parts: impl Iterator<Item = Option<&'a str>>) -> Vec<u8> {
    let mut text = Vec::new();
    for part in parts {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(part.unwrap_or_default().as_bytes());
    }
    text
}
