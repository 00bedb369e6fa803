//! Audit entries: written in the transaction of the change, shipped to the users service, which chains them.

use crate::db::dialect::statement;
use crate::peers::Peers;
use crate::request::RequestContext;
use crate::{Clock, Db, DbError, Random, Transaction};
use orion_contracts::audit::{AuditAction, AuditBatch, AuditEntry};
use orion_contracts::{ServiceName, SessionId, UserId};
use sea_orm::{ConnectionTrait, DbErr};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many entries travel at once.
const BATCH: u64 = 100;
/// Looks without being rung for.
const POLL: Duration = Duration::from_secs(5);

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
        let next =
            statement(txn.connection(), "UPDATE audit_sequence SET last = last + 1 WHERE id = 1 RETURNING last", []);
        let row = txn.query_one_raw(next).await?.ok_or_else(|| DbErr::RecordNotFound("audit_sequence".to_owned()))?;
        let request = RequestContext::current();
        let entry = AuditEntry {
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
        };
        let text = serde_json::to_string(&entry).map_err(|error| DbErr::Custom(error.to_string()))?;
        let insert = statement(
            txn.connection(),
            "INSERT INTO audit_entries (sequence, id, entry, created_at) VALUES ($1, $2, $3, $4)",
            [entry.sequence.into(), entry.id.0.into(), text.into(), entry.occurred_at.into()],
        );
        txn.execute_raw(insert).await?;
        txn.will_ring_audit();
        Ok(())
    }
}

/// Ships entries until told to stop. Appending is idempotent, so shipping twice is harmless.
pub async fn ship(db: Db, peers: Peers, clock: Clock, stop: CancellationToken) {
    loop {
        match ship_batch(&db, &peers).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "audit entries could not be shipped; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = db.doorbell().audit() => {}
            () = clock.sleep(POLL) => {}
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

async fn ship_batch(db: &Db, peers: &Peers) -> Result<bool, ShipError> {
    let select =
        statement(db.read(), &format!("SELECT sequence, entry FROM audit_entries ORDER BY sequence LIMIT {BATCH}"), []);
    let mut entries = Vec::new();
    let mut last = 0_i64;
    for row in db.read().query_all_raw(select).await.map_err(DbError::from)? {
        last = row.try_get("", "sequence").map_err(DbError::from)?;
        let text: String = row.try_get("", "entry").map_err(DbError::from)?;
        match serde_json::from_str(&text) {
            Ok(entry) => entries.push(entry),
            Err(error) => return Err(DbError::from(DbErr::Json(error.to_string())).into()),
        }
    }
    if entries.is_empty() {
        return Ok(false);
    }
    peers.to(ServiceName::Users).post_nothing("/internal/v1/audit-entries", &AuditBatch { entries }).await?;
    let txn = db.begin().await?;
    let delete = statement(txn.connection(), "DELETE FROM audit_entries WHERE sequence <= $1", [last.into()]);
    txn.execute_raw(delete).await.map_err(DbError::from)?;
    txn.commit().await?;
    Ok(true)
}
