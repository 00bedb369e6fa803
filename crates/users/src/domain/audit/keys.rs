//! The MACs of the chain.

use super::facets;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::{Model, Row};
use chrono::{DateTime, Utc};
use orion_infra::secrets::{Scope, Secrets};

/// The MACs of the chain, each under a key of its own. A link keeps the MACs that it was appended with, also when the
/// platform has another key by then.
pub(super) struct ChainKeys<'a>(pub(super) &'a Secrets);

const PAYLOAD: [&str; 2] = ["audit", "payload"];
const LINK: [&str; 2] = ["audit", "link"];
const ENDS: [&str; 2] = ["audit", "ends"];
const REDACTION: [&str; 2] = ["audit", "redaction"];

impl ChainKeys<'_> {
    /// Of an entry as stored, with the columns that it is found by.
    pub(super) fn payload(&self, link: &Model) -> String {
        self.0.mac(Scope::AtRest, &PAYLOAD, &Self::payload_text(link))
    }

    /// Whether it is that of the entry.
    pub(super) fn is_payload(&self, link: &Model, mac: &str) -> bool {
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
        // Versions before this one knew no such column. An entry begins with a brace and a length with a zero, so that of an entry which
        // can be read neither is taken for the other.
        if let Some(address) = &link.ip_address {
            text.extend(framed(std::iter::once(Some(address.as_str()))));
        }
        text.extend_from_slice(link.entry.as_bytes());
        text
    }

    /// Whether nothing of a link was changed, not even how it is written.
    pub(super) fn is_untouched(&self, found: &Row) -> bool {
        !found.is_respelt && self.is_content(found) && self.is_link(&found.row)
    }

    /// Whether the entry is what was appended, or what a redaction has left of it, and can be read.
    pub(super) fn is_content(&self, found: &Row) -> bool {
        let link = &found.row;
        if !found.unreadable.is_empty() || !facets::fit(link) {
            return false;
        }
        match &link.redaction {
            None => link.redacted_at.is_none() && self.is_payload(link, &link.payload_hmac),
            Some(mac) => self.0.verify(Scope::AtRest, &REDACTION, &Self::redaction_text(link), mac),
        }
    }

    /// Of what a redaction has left of an entry. Bound to the link, so that it stands for no other one.
    pub(super) fn redaction(&self, link: &Model) -> String {
        self.0.mac(Scope::AtRest, &REDACTION, &Self::redaction_text(link))
    }

    fn redaction_text(link: &Model) -> Vec<u8> {
        let parts = [
            Some(link.position.to_string()),
            Some(link.hash.clone()),
            Some(link.payload_hmac.clone()),
            link.redacted_at.map(moment),
        ];
        let mut text = framed(parts.iter().map(Option::as_deref));
        text.extend(Self::payload_text(link));
        text
    }

    /// Of a link.
    pub(super) fn link(&self, link: &Model) -> String {
        self.0.mac(Scope::AtRest, &LINK, Self::link_text(link).as_bytes())
    }

    /// Whether the link has its own.
    pub(super) fn is_link(&self, link: &Model) -> bool {
        self.0.verify(Scope::AtRest, &LINK, Self::link_text(link).as_bytes(), &link.hash)
    }

    fn link_text(link: &Model) -> String {
        let Model { previous_hash, payload_hmac, position, appended_at, .. } = link;
        format!("{previous_hash}|{payload_hmac}|{position}|{}", moment(*appended_at))
    }

    /// Of the ends.
    pub(super) fn seal(&self, ends: &ChainEnds) -> String {
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
    pub(super) fn are_intact(&self, ends: &ChainEnds) -> bool {
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
