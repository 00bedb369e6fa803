//! What an entry is found by. It is read leniently: an entry of a newer version says more, and with other words.

use crate::domain::moments;
use crate::store::audit_log::{API_KEY, Model};
use chrono::{DateTime, SubsecRound, Utc};
use orion_contracts::audit::{AuditObject, MAX_ENTRY_BYTES, WrittenEntry};
use orion_contracts::{AuditEntryId, ServiceName};
use orion_infra::audit::verify;
use orion_infra::secrets::Secrets;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// How many characters a column has at most; an entry may say more.
pub(super) const COLUMN: usize = 255;

/// And that of addresses.
const ADDRESS: usize = 64;

/// The parts of an entry that have columns.
#[derive(Deserialize)]
struct Facets {
    id: AuditEntryId,
    service: String,
    occurred_at: DateTime<Utc>,
    principal: Value,
    actor: Option<Uuid>,
    organisation_id: Option<Uuid>,
    action: String,
    object: AuditObject,
    #[serde(default)]
    ip_address: Value,
    request_id: Option<String>,
    success: bool,
}

/// Why an entry is not taken, however often it is sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it has more than {MAX_ENTRY_BYTES} bytes")]
    TooLarge,
    #[error("its MAC is not that of its service: somebody else has written or changed it")]
    Forged,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it says that it is another entry, or of another service")]
    Foreign,
    #[error("another entry with its id is in the log")]
    IdTaken,
}

/// Checks an entry as a service sent it, and makes a link of it that is not in the chain yet.
pub(super) fn read(secrets: &Secrets, service: ServiceName, written: &WrittenEntry) -> Result<Model, Refusal> {
    let WrittenEntry { id, entry, mac } = written;
    if entry.len() > MAX_ENTRY_BYTES {
        return Err(Refusal::TooLarge);
    }
    if !verify(secrets, service, entry, mac) {
        return Err(Refusal::Forged);
    }
    let facets: Facets = serde_json::from_str(entry).map_err(|error| Refusal::Unreadable(error.to_string()))?;
    if facets.id != *id || facets.service != service.as_str() {
        return Err(Refusal::Foreign);
    }
    if !moments::is_storable(facets.occurred_at) {
        return Err(Refusal::Unreadable("it happened in no year that can be stored".to_owned()));
    }
    Ok(Model { entry: entry.clone(), ..columns(facets) })
}

/// Whether an entry that is in the chain can be read, and says itself what it is found by. A MAC alone does not tell: it is over the
/// columns and the entry behind each other, so that what was moved out of a column into the beginning of the entry would have the same.
pub(super) fn fit(link: &Model) -> bool {
    let Ok(facets) = serde_json::from_str::<Facets>(&link.entry) else { return false };
    let told = columns(facets);
    // Versions that knew no such column have appended none, whatever the entry says; redactions leave none of both.
    let is_from_there = link.ip_address.is_none() || link.ip_address == told.ip_address;
    let is_by_them = link.actor_id == told.actor_id || link.actor_id == of_before(&told).actor_id;
    is_from_there
        && is_by_them
        && (told.id, &told.service, told.occurred_at) == (link.id, &link.service, link.occurred_at)
        && (&told.principal_kind, &told.principal_id) == (&link.principal_kind, &link.principal_id)
        && told.organisation_id == link.organisation_id
        && (&told.action, &told.resource, &told.resource_id) == (&link.action, &link.resource, &link.resource_id)
        && (&told.request_id, told.success) == (&link.request_id, link.success)
}

/// A link as versions appended it that did not write beside a key whose it is.
pub(super) fn of_before(link: &Model) -> Model {
    match link.principal_kind == API_KEY {
        true => Model { actor_id: None, ..link.clone() },
        false => link.clone(),
    }
}

/// The columns that an entry is found by, in a link that is not in the chain.
fn columns(facets: Facets) -> Model {
    // What a person's keys do is theirs: a key is forgotten some months after it has ended, and who it was is not.
    let owner =
        facets.principal.get("kind").is_some_and(|kind| kind == API_KEY).then(|| facets.principal.get("user_id"));
    let owner = owner.flatten().and_then(|owner| owner.as_str()?.parse().ok());
    let principal = |keys: &[&str]| keys.iter().find_map(|key| facets.principal.get(key)?.as_str()).map(column);
    Model {
        position: 0,
        id: facets.id.0,
        service: facets.service,
        occurred_at: facets.occurred_at.trunc_subsecs(6),
        principal_kind: principal(&["kind"]).unwrap_or_default(),
        principal_id: principal(&["id", "user_id", "service"]),
        actor_id: facets.actor.or(owner),
        organisation_id: facets.organisation_id,
        action: column(&facets.action),
        resource: column(&facets.object.resource),
        resource_id: facets.object.resource_id.as_deref().map(column),
        request_id: facets.request_id.as_deref().map(column),
        success: facets.success,
        entry: String::new(),
        payload_hmac: String::new(),
        previous_hash: String::new(),
        hash: String::new(),
        appended_at: DateTime::UNIX_EPOCH,
        ip_address: facets
            .ip_address
            .as_str()
            .map(|address| address.chars().filter(|letter| !letter.is_control()).take(ADDRESS).collect()),
        redacted_at: None,
        redaction: None,
    }
}

/// A text as a column takes it: PostgreSQL takes no NUL, and an index only so much.
fn column(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(COLUMN).collect()
}
