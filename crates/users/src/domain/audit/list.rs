//! Reading the log, and what is known of it.

use super::facets::COLUMN;
use super::verify::{Break, is_finished};
use super::{ChainKeys, checkpoints};
use crate::domain::{Users, moments};
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::{API_KEY, Filter, Model, Place, Row};
use crate::store::{audit_chain, audit_checkpoints, audit_log};
use chrono::{DateTime, Utc};
use orion_contracts::audit::{AuditCheckpoint, AuditFilter, AuditQuery, AuditVerification};
use orion_contracts::{FieldCode, Page, Problem};
use orion_http::identity::Scope;
use orion_http::page;
use serde_json::{Map, Value, json};
use uuid::Uuid;

impl Users {
    /// Audit entries as their services wrote them, newest first; of these organisations' doings alone, where the scope has
    /// some.
    pub(crate) async fn audit_entries(&self, scope: &Scope, query: &AuditQuery) -> Result<Page<Value>, UsersError> {
        let limit = page::limit(query.limit)?;
        let before: Option<Place> = page::decode(query.cursor.as_deref())?;
        if before.is_some_and(|(moment, _)| !moments::is_storable(moment)) {
            return Err(Problem::invalid_cursor().into());
        }
        let filter = Filter { before, ..filter(scope, &query.filter())? };
        let (links, next) = audit_log::newest(self.infra.db.read_aside(), &filter, u64::from(limit)).await?;
        let next_cursor = next.and_then(|place| page::encode(&place));
        Ok(Page { items: links.iter().map(read).collect(), next_cursor })
    }

    /// What the last verification found.
    pub(crate) async fn audit_verification(&self) -> Result<AuditVerification, UsersError> {
        let ends = audit_chain::find(self.infra.db.read_aside()).await?;
        let (mut count, mut breaks) = (ends.break_count, ends.found());
        if !ChainKeys(&self.infra.secrets).are_intact(&ends) {
            // What it says else is nothing that could be believed.
            (count, breaks) = (count.max(1), vec![Break::Ends.to_string()]);
        }
        let signed = audit_checkpoints::newest(self.infra.db.read_aside(), None, 1).await?;
        let signed = signed.first().and_then(|signed| checkpoints::read(&self.infra.secrets, &signed.row));
        let retention_days = self.config.get().audit_retention_days;
        Ok(told(&ends, count, breaks, retention_days, signed))
    }
}

/// What is told of the chain.
pub(super) fn told(
    ends: &ChainEnds,
    break_count: i64,
    breaks: Vec<String>,
    retention_days: u32,
    checkpoint: Option<AuditCheckpoint>,
) -> AuditVerification {
    AuditVerification {
        verified_at: ends.verified_at,
        holds: break_count == 0,
        is_finished: is_finished(&breaks),
        break_count,
        breaks,
        redacted: ends.redacted,
        entries: ends.head_position - ends.cut_position,
        head_position: ends.head_position,
        head_hash: ends.head_hash.clone(),
        cut_position: ends.cut_position,
        cut_at: ends.cut_at,
        retention_days,
        checkpoint,
    }
}

/// What the store is asked for, of these organisations' doings alone where the scope has some.
pub(super) fn filter(scope: &Scope, query: &AuditFilter) -> Result<Filter, UsersError> {
    Ok(Filter {
        principal: word("principal", query.principal.as_deref())?.map(as_written),
        actor: query.actor.map(|actor| actor.0),
        organisation: query.organisation.map(|organisation| organisation.0),
        action: word("action", query.action.as_deref())?,
        resource: word("resource", query.resource.as_deref())?,
        resource_id: word("resource_id", query.resource_id.as_deref())?.map(as_written),
        service: query.service.map(|service| service.to_string()),
        // One form for each address, which is that of the entries.
        ip_address: query.ip_address.map(|address| address.to_canonical().to_string()),
        success: query.success,
        about: query.about.map(|user| user.0),
        since: moments::check("since", query.since)?,
        until: moments::check("until", query.until)?,
        before: None,
        up_to: None,
        within: within(scope),
    })
}

/// The organisations, where a scope has some.
pub(super) fn within(scope: &Scope) -> Option<Vec<Uuid>> {
    match scope {
        Scope::Everything => None,
        Scope::Organisations(organisations) => Some(organisations.iter().map(|organisation| organisation.0).collect()),
    }
}

/// An id as entries have it, however it is written.
fn as_written(word: String) -> String {
    Uuid::try_parse(&word).map_or(word, |id| id.to_string())
}

/// Databases do not take every text that a query can have.
fn word(field: &'static str, text: Option<&str>) -> Result<Option<String>, UsersError> {
    let Some(text) = text else { return Ok(None) };
    let code = match text.chars().count() {
        0 => FieldCode::Required,
        length if length > COLUMN => FieldCode::TooLong,
        _ if text.chars().any(char::is_control) => FieldCode::Invalid,
        _ => return Ok(Some(text.to_owned())),
    };
    Err(UsersError::invalid(field, code, "must have 1 to 255 characters, and none that control"))
}

/// An entry as it was written. One that was tampered with, so that it is no JSON any more or a column cannot be read, must not hide the
/// others: what its columns say stands for it.
pub(super) fn read(found: &Row) -> Value {
    let link = &found.row;
    let entry = serde_json::from_str::<Map<String, Value>>(&link.entry).ok();
    entry.filter(|_| found.unreadable.is_empty()).map_or_else(|| unreadable(found), Value::Object)
}

fn unreadable(found: &Row) -> Value {
    let link = &found.row;
    json!({
        "id": link.id,
        "service": link.service,
        "occurred_at": moment(found),
        "principal": principal(link),
        "actor": link.actor_id,
        "organisation_id": link.organisation_id,
        "action": link.action,
        "object": { "resource": link.resource, "resource_id": link.resource_id },
        "description": "This entry was tampered with and cannot be read",
        "success": link.success,
    })
}

/// When it happened; where that cannot be read, when it was appended, which was soon after.
pub(super) fn moment(found: &Row) -> DateTime<Utc> {
    match found.unreadable.contains(&"occurred_at") {
        true => found.row.appended_at,
        false => found.row.occurred_at,
    }
}

/// Who it was, as far as the columns say it.
fn principal(link: &Model) -> Value {
    let kind = link.principal_kind.as_str();
    match (kind, &link.principal_id) {
        ("user", Some(id)) => json!({ "kind": kind, "user_id": id, "session_id": null }),
        (API_KEY, Some(id)) => json!({ "kind": kind, "id": id, "user_id": link.actor_id }),
        ("service", Some(service)) => json!({ "kind": kind, "service": service }),
        // Also of a kind that this version does not know.
        (_, Some(id)) => json!({ "kind": kind, "id": id }),
        (_, None) => json!({ "kind": kind }),
    }
}
