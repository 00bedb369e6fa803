//! Audit entries: written in the transaction of the change, shipped to the users service, which chains them.

use crate::db::dialect::statement;
use crate::request::RequestContext;
use crate::{Change, Clock, DbError, Infra, Random, Transaction};
use chrono::{DateTime, Utc};
use orion_contracts::audit::{AuditAction, AuditBatch, AuditEntry};
use orion_contracts::{ServiceName, SessionId, UserId};
use prometheus::IntGauge;
use sea_orm::{ConnectionTrait, DbErr};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many entries travel at once.
const BATCH: u64 = 100;
/// How many bytes of entries travel at once, as long as that is one entry: far below what a service takes as a body.
const BATCH_BYTES: usize = 256 * 1024;
/// Looks without being rung for.
const POLL: Duration = Duration::from_secs(5);
/// From this many failures in a row on it is more than a hiccup, and is said again each `WARN_EVERY` failures.
const WARN_FROM: u32 = 3;
const WARN_EVERY: u32 = 60;

/// What a service says of one change; the rest of the entry is filled in.
#[derive(Debug, Clone)]
pub struct AuditRecord {
    /// Who did it.
    pub user_id: Option<UserId>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// What was done.
    pub action: AuditAction,
    /// To what kind of thing.
    pub resource: &'static str,
    /// To which one.
    pub resource_id: Option<String>,
    /// In a sentence.
    pub description: String,
    /// Values before, without secrets.
    pub old_values: Option<serde_json::Value>,
    /// Values after, without secrets.
    pub new_values: Option<serde_json::Value>,
    /// Whether it was done, or only tried.
    pub success: bool,
}

impl AuditRecord {
    /// A successful change by nobody in particular; set what is known.
    pub fn new(action: AuditAction, resource: &'static str, description: impl Into<String>) -> Self {
        Self {
            user_id: None,
            session_id: None,
            action,
            resource,
            resource_id: None,
            description: description.into(),
            old_values: None,
            new_values: None,
            success: true,
        }
    }

    /// Says who did it.
    #[must_use]
    pub fn by(mut self, user_id: UserId, session_id: Option<SessionId>) -> Self {
        (self.user_id, self.session_id) = (Some(user_id), session_id);
        self
    }

    /// Says to what.
    #[must_use]
    pub fn on(mut self, resource_id: impl ToString) -> Self {
        self.resource_id = Some(resource_id.to_string());
        self
    }

    /// Says what changed.
    #[must_use]
    pub fn values(mut self, old: Option<serde_json::Value>, new: Option<serde_json::Value>) -> Self {
        (self.old_values, self.new_values) = (old, new);
        self
    }
}

/// Writes a service's audit entries.
#[derive(Clone)]
pub struct Audit {
    service: ServiceName,
    clock: Clock,
    random: Random,
}

impl Audit {
    /// Entries of the service.
    pub fn new(service: ServiceName, clock: Clock, random: Random) -> Self {
        Self { service, clock, random }
    }

    /// Writes an entry in the transaction of the change.
    pub async fn record(&self, txn: &Transaction, record: AuditRecord) -> Result<(), DbError> {
        let entry = self.entry(txn, record).await?;
        write(txn, entry).await?;
        txn.will_ring_audit();
        Ok(())
    }

    async fn entry(&self, connection: &impl ConnectionTrait, record: AuditRecord) -> Result<AuditEntry, DbError> {
        let next = statement(connection, "UPDATE audit_sequence SET last = last + 1 WHERE id = 1 RETURNING last", []);
        let row =
            connection.query_one_raw(next).await?.ok_or_else(|| DbErr::RecordNotFound("audit_sequence".to_owned()))?;
        let request = RequestContext::current();
        Ok(AuditEntry {
            id: self.random.id(&self.clock),
            service: self.service,
            sequence: row.try_get("", "last")?,
            occurred_at: self.clock.now(),
            user_id: record.user_id,
            session_id: record.session_id,
            action: record.action,
            resource: record.resource.to_owned(),
            resource_id: record.resource_id,
            description: record.description,
            old_values: record.old_values,
            new_values: record.new_values,
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            request_id: request.request_id.clone(),
            success: record.success,
        })
    }
}

/// Writes the entry of a record into the change, signed by who makes it.
pub(crate) async fn insert(change: &Change, record: AuditRecord) -> Result<(), DbError> {
    let principal = change.author().principal;
    let record = AuditRecord {
        user_id: record.user_id.or(principal.user_id()),
        session_id: record.session_id.or(principal.session_id()),
        ..record
    };
    let mut entry = change.infra().audit.entry(change, record).await?;
    entry.occurred_at = change.now();
    write(change, entry).await?;
    change.transaction().will_ring_audit();
    Ok(())
}

async fn write(connection: &impl ConnectionTrait, entry: AuditEntry) -> Result<(), DbError> {
    let text = serde_json::to_string(&entry).map_err(|error| DbErr::Custom(error.to_string()))?;
    let insert = statement(
        connection,
        "INSERT INTO audit_entries (sequence, id, entry, created_at) VALUES ($1, $2, $3, $4)",
        [entry.sequence.into(), entry.id.0.into(), text.into(), entry.occurred_at.into()],
    );
    connection.execute_raw(insert).await?;
    Ok(())
}

/// Ships entries until told to stop. Appending is idempotent, so shipping twice is harmless.
pub async fn ship(infra: Infra, stop: CancellationToken) {
    let help = "Seconds since the oldest audit entry was written that is not in the audit log yet.";
    let age = infra.metrics.gauge("audit_unshipped_age_seconds", help);
    let mut failures = 0;
    while !stop.is_cancelled() {
        match ship_batch(&infra, &age).await {
            Ok(shipped) => {
                failures = 0;
                if shipped {
                    continue;
                }
            }
            Err(error) => {
                failures += 1;
                if failures % WARN_EVERY == WARN_FROM {
                    tracing::warn!(%error, failures, "audit entries could not be shipped; trying again");
                } else {
                    tracing::debug!(%error, "audit entries could not be shipped; trying again");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = infra.db.doorbell().audit() => {}
            () = infra.clock.sleep(POLL) => {}
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ShipError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Peer(#[from] crate::peers::PeerError),
}

impl From<DbErr> for ShipError {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

async fn ship_batch(infra: &Infra, age: &IntGauge) -> Result<bool, ShipError> {
    let sql = format!("SELECT sequence, entry, created_at FROM audit_entries ORDER BY sequence LIMIT {BATCH}");
    let rows = infra.db.read().query_all_raw(statement(infra.db.read(), &sql, [])).await?;
    let Some(oldest) = rows.first() else {
        age.set(0);
        return Ok(false);
    };
    let written: DateTime<Utc> = oldest.try_get("", "created_at")?;
    age.set((infra.clock.now() - written).num_seconds().max(0));
    let (mut entries, mut bytes, mut last) = (Vec::new(), 0, 0_i64);
    for row in rows {
        let text: String = row.try_get("", "entry")?;
        bytes += text.len();
        if bytes > BATCH_BYTES && !entries.is_empty() {
            break;
        }
        last = row.try_get("", "sequence")?;
        entries.push(serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))?);
    }
    infra.peers.to(ServiceName::Users).post_nothing("/internal/v1/audit-entries", &AuditBatch { entries }).await?;
    let txn = infra.db.begin().await?;
    let delete = statement(txn.connection(), "DELETE FROM audit_entries WHERE sequence <= $1", [last.into()]);
    txn.execute_raw(delete).await?;
    txn.commit().await?;
    Ok(true)
}
