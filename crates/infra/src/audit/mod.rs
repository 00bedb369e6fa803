//! Audit entries: written in the transaction of the change, shipped to the users service, which chains them.

pub mod checkpoint;
mod entries;
mod mask;
pub(crate) mod noted;
mod ship;

pub use mask::MASK;
pub use noted::{note, noting, write_noted};
pub use ship::ship;

use crate::request::RequestContext;
use crate::secrets::{Scope, Secrets};
use crate::{Change, DbError};
use chrono::{DateTime, Utc};
use entries::{Again, Row};
use noted::Noted;
use orion_contracts::audit::{AuditAction, AuditEntry, AuditObject};
use orion_contracts::{AuditEntryId, Author, OrganisationId, ServiceName};
use sea_orm::DbErr;

/// What a service says of one change; the rest of the entry is filled in. By whom it was done is said by the change at that moment.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// What was done.
    pub action: AuditAction,
    /// To what kind of thing.
    pub resource: &'static str,
    /// To which one.
    pub resource_id: Option<String>,
    /// In a sentence.
    pub description: String,
    /// Values before, without secrets; what has the name or the form of one is masked all the same.
    pub old_values: Option<serde_json::Value>,
    /// Values after, without secrets.
    pub new_values: Option<serde_json::Value>,
    /// Whether it was done, or only tried.
    pub success: bool,
    /// To which organisation the object belongs; to none when absent, whatever its author acts for.
    pub organisation: Option<OrganisationId>,
}

impl AuditRecord {
    /// A successful change; set what is known.
    pub fn new(action: AuditAction, resource: &'static str, description: impl Into<String>) -> Self {
        Self {
            action,
            resource,
            resource_id: None,
            description: description.into(),
            old_values: None,
            new_values: None,
            success: true,
            organisation: None,
        }
    }

    /// Says to what.
    #[must_use]
    pub fn on(mut self, resource_id: impl ToString) -> Self {
        self.resource_id = Some(resource_id.to_string());
        self
    }

    /// Says to which organisation the object belongs, whoever did it: those who may read its log read all of this there. A person, and
    /// what is theirs, belongs to none.
    #[must_use]
    pub fn for_organisation(mut self, organisation: impl Into<Option<OrganisationId>>) -> Self {
        self.organisation = organisation.into();
        self
    }

    /// Says what changed.
    #[must_use]
    pub fn values(mut self, old: Option<serde_json::Value>, new: Option<serde_json::Value>) -> Self {
        (self.old_values, self.new_values) = (old, new);
        self
    }
}

/// What a service writes beside an entry's JSON, and users checks before it takes the entry: whoever can write into the
/// service's database, but does not have the key, can neither add an entry nor change one that waits.
pub fn mac(secrets: &Secrets, service: ServiceName, entry: &str) -> String {
    secrets.mac(Scope::InMessages, &purpose(service), entry.as_bytes())
}

/// Whether it is what the service wrote beside the entry.
pub fn verify(secrets: &Secrets, service: ServiceName, entry: &str, mac: &str) -> bool {
    secrets.verify(Scope::InMessages, &purpose(service), entry.as_bytes(), mac)
}

fn purpose(service: ServiceName) -> [&'static str; 3] {
    ["audit", "entry", service.as_str()]
}

/// Writes the entries of a change, signed by who made it when each was left; those of nobody by who it turned out to be.
pub(crate) async fn insert(change: &Change, records: Vec<(Option<Author>, AuditRecord)>) -> Result<(), DbError> {
    let request = RequestContext::current();
    let row = |(author, record): (Option<Author>, _)| {
        row(change, (change.id(), change.now()), author.unwrap_or_else(|| change.author()), &request, record)
    };
    entries::insert(change, records.into_iter().map(row).collect::<Result<_, _>>()?, Again::Fails).await
}

/// Writes entries that the request has left, signed by whom each tells of.
pub(crate) async fn insert_noted(change: &Change, noted: Vec<Noted>) -> Result<(), DbError> {
    let request = RequestContext::current();
    let row = |Noted { author, record, known_as }| {
        row(change, known_as.unwrap_or_else(|| (change.id(), change.now())), author, &request, record)
    };
    entries::insert(change, noted.into_iter().map(row).collect::<Result<_, _>>()?, Again::IsTheSame).await
}

fn row(
    change: &Change,
    (id, occurred_at): (AuditEntryId, DateTime<Utc>),
    author: Author,
    request: &RequestContext,
    record: AuditRecord,
) -> Result<Row, DbErr> {
    // For which organisation the author acts says nothing of what they do it to.
    let Author { principal, actor, organisation_id: _ } = author;
    let infra = change.infra();
    let entry = AuditEntry {
        id,
        service: infra.service,
        occurred_at,
        principal,
        actor,
        organisation_id: record.organisation,
        action: record.action,
        object: AuditObject { resource: record.resource.to_owned(), resource_id: record.resource_id },
        description: record.description,
        old_values: record.old_values.map(mask::masked),
        new_values: record.new_values.map(mask::masked),
        ip_address: request.ip_address.clone(),
        user_agent: request.user_agent.clone(),
        request_id: request.request_id.clone(),
        success: record.success,
        redaction: None,
    };
    let text = serde_json::to_string(&entry).map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(Row { id: entry.id, mac: mac(&infra.secrets, infra.service, &text), entry: text, created_at: entry.occurred_at })
}
