//! Appending: one at a time, each entry once.

use super::ChainKeys;
use super::facets::{self, Refusal};
use crate::domain::Users;
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use crate::store::{audit_chain, audit_log};
use orion_contracts::audit::{AuditAppended, MAX_BATCH_ENTRIES, RefusedEntry, WrittenEntry};
use orion_contracts::{AuditEntryId, Author, FieldCode, ServiceName};
use orion_infra::Change;

impl Users {
    /// Appends entries of one service. Those that are in the chain already are passed over; those that cannot be taken
    /// are named, and keep no others waiting.
    pub(crate) async fn append_audit(
        &self,
        service: ServiceName,
        entries: &[WrittenEntry],
    ) -> Result<AuditAppended, UsersError> {
        if entries.len() > MAX_BATCH_ENTRIES {
            return Err(UsersError::invalid("entries", FieldCode::TooLong, "are more than a batch has"));
        }
        let refused = |id, refusal: Refusal| RefusedEntry { id, reason: refusal.to_string() };
        let mut appended = AuditAppended::default();
        let mut links = Vec::new();
        for written in entries {
            match facets::read(&self.infra.secrets, service, written) {
                Ok(link) => links.push(link),
                Err(refusal) => appended.refused.push(refused(written.id, refusal)),
            }
        }
        if !links.is_empty() {
            let links = &links;
            let (ends, taken) = self
                .infra
                .write(Author::service(service), async |change: &mut Change| self.append(change, links).await)
                .await?;
            self.witness.saw(&ends);
            appended.refused.extend(taken.into_iter().map(|id| refused(id, Refusal::IdTaken)));
        }
        for RefusedEntry { id, reason } in &appended.refused {
            tracing::error!(%service, %id, reason, "an audit entry was refused");
        }
        Ok(appended)
    }

    /// Appends links. The row of the chain's ends is held meanwhile: whoever comes second waits and continues from
    /// there. Gives the ends, and the ids that stand for other entries in the chain. Where it cannot be read where the chain ends, nothing is
    /// appended: that would begin another one. The entries wait at their services.
    async fn append(&self, change: &mut Change, links: &[Model]) -> Result<(ChainEnds, Vec<AuditEntryId>), UsersError> {
        change.unaudited("the audit log is not its own subject");
        let keys = ChainKeys(&self.infra.secrets);
        let mut ends = audit_chain::lock(change).await?;
        if ends.are_lost {
            return Err(UsersError::LogBroken);
        }
        self.witness.compare(&ends);
        // A seal that was broken stays so: sealing what somebody else has written would hide it.
        let intact = keys.are_intact(&ends);
        let mut known = audit_log::known(change, links.iter().map(|link| link.id).collect()).await?;
        let (mut new, mut taken) = (Vec::new(), Vec::new());
        for link in links {
            match known.get(&link.id) {
                Some(before) if keys.is_payload(link, before) => continue,
                // It may have been appended by a version that did not say whose a key is, or knew no addresses.
                Some(before) if keys.is_payload(&facets::of_before(link), before) => continue,
                Some(before) if keys.is_payload(&Model { ip_address: None, ..facets::of_before(link) }, before) => {
                    continue;
                }
                Some(_) => {
                    taken.push(AuditEntryId(link.id));
                    continue;
                }
                None => {}
            }
            let payload_hmac = keys.payload(link);
            known.insert(link.id, payload_hmac.clone());
            let mut link = Model {
                position: ends.head_position + 1,
                payload_hmac,
                previous_hash: std::mem::take(&mut ends.head_hash),
                appended_at: change.now(),
                ..link.clone()
            };
            link.hash = keys.link(&link);
            (ends.head_position, ends.head_hash) = (link.position, link.hash.clone());
            new.push(link);
        }
        if !new.is_empty() {
            audit_log::insert(change, &new).await?;
            if intact {
                ends.seal = keys.seal(&ends);
            }
            audit_chain::update(change, &ends).await?;
        }
        Ok((ends, taken))
    }
}
