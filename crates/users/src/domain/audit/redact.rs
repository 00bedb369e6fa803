//! Redaction: the personal values of an entry are taken out, for good. Who did what to what, when and in which request stays;
//! the chain holds, for it is over a MAC of what was there. It is told apart from tampering by a MAC of its own.

use super::ChainKeys;
use crate::domain::{Users, ranks};
use crate::error::UsersError;
use crate::store::audit_log::{Model, Row};
use crate::store::{audit_chain, audit_log};
use orion_contracts::audit::{AuditAction, AuditRedaction, RedactAuditEntry};
use orion_contracts::{AuditEntryId, OrganisationId};
use orion_http::identity::Object;
use orion_http::{Caller, Permitted};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use serde_json::{Map, Value, json};

/// What stands in the place of a value that was taken out.
const REDACTED: &str = "[redacted]";
/// What stays of an entry. Whatever else there is, also of a version that says more, may be personal.
const KEPT: [&str; 10] = [
    "id",
    "service",
    "occurred_at",
    "principal",
    "actor",
    "organisation_id",
    "action",
    "object",
    "request_id",
    "success",
];

impl Users {
    /// Takes the personal values out of an entry; the entry after it. One that was redacted already stays as it is, and one that
    /// was tampered with is not touched: that would hide it. It is asked again here whether the caller may: what is taken out does not come
    /// back.
    pub(crate) async fn redact_audit_entry(
        &self,
        caller: &Permitted,
        id: AuditEntryId,
        request: &RedactAuditEntry,
    ) -> Result<Value, UsersError> {
        let after = self
            .infra
            .write(&caller.caller, async |change: &mut Change| {
                ranks::lock_caller(change, caller, &Object::PLATFORM).await?;
                self.redact(change, caller, id, request).await
            })
            .await?;
        Ok(self.shown(&after))
    }

    pub(super) async fn redact(
        &self,
        change: &mut Change,
        caller: &Caller,
        id: AuditEntryId,
        request: &RedactAuditEntry,
    ) -> Result<Row, UsersError> {
        // Holding the ends is the right to change the log: neither is the entry cut off meanwhile, nor redacted twice.
        audit_chain::lock(change).await?;
        let found = audit_log::find(change, id, None).await?.ok_or(UsersError::AuditEntryNotFound)?;
        let keys = ChainKeys(&self.infra.secrets);
        if !keys.is_untouched(&found) {
            return Err(UsersError::AuditEntryBroken);
        }
        if found.row.redaction.is_some() {
            change.unaudited("it was redacted before");
            return Ok(found);
        }
        let by = caller.claims.act.as_ref().map_or(caller.user_id(), |actor| actor.sub);
        let note = AuditRedaction { at: change.now(), by, reason: request.reason.clone() };
        let mut after = redacted(found.row, &note)?;
        after.redaction = Some(keys.redaction(&after));
        audit_log::redact(change, &after).await?;
        let description = format!("Took the personal values out of an audit entry: {}", request.reason);
        let record = AuditRecord::new(AuditAction::Redact, "audit_entry", description).on(id);
        change.audit(record.for_organisation(after.organisation_id.map(OrganisationId)));
        Ok(Row { row: after, ..found })
    }
}

/// What is left of an entry, without its MAC.
fn redacted(link: Model, note: &AuditRedaction) -> Result<Model, UsersError> {
    let entry: Map<String, Value> = serde_json::from_str(&link.entry).map_err(|_| UsersError::AuditEntryBroken)?;
    let mut left: Map<String, Value> =
        entry.clone().into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())).collect();
    for name in ["old_values", "new_values"] {
        left.insert(name.to_owned(), blank(entry.get(name)));
    }
    left.insert("description".to_owned(), REDACTED.into());
    for name in ["ip_address", "user_agent"] {
        left.insert(name.to_owned(), Value::Null);
    }
    left.insert("redaction".to_owned(), json!(note));
    Ok(Model { entry: Value::from(left).to_string(), ip_address: None, redacted_at: Some(note.at), ..link })
}

/// Which values there were, and none of them.
fn blank(values: Option<&Value>) -> Value {
    match values {
        None | Some(Value::Null) => Value::Null,
        Some(Value::Object(fields)) => fields.keys().map(|name| (name.clone(), Value::from(REDACTED))).collect(),
        Some(_) => REDACTED.into(),
    }
}
