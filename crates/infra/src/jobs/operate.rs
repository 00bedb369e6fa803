//! Jobs as their operators see them: listed, cancelled, and repeated when they are dead.

use super::enqueue::ALIVE;
use super::sql::Sql;
use crate::audit::AuditRecord;
use crate::{Change, Clock, DbError, Infra};
use orion_contracts::audit::AuditAction;
use orion_contracts::jobs::{JobInfo, JobProgress, JobQuery, JobState};
use orion_contracts::{Author, JobId, Problem, ServiceName};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum NotPossible {
    /// There is no such job.
    #[error("there is no such job")]
    NotFound,
    /// It stands where that makes no sense.
    #[error("the job is {}", .0.as_str())]
    State(JobState),
    /// Another one like it is waiting or running.
    #[error("one of its kind with the same key is waiting or running")]
    Twin,
    /// The database did not do it.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<DbErr> for NotPossible {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<NotPossible> for Problem {
    fn from(error: NotPossible) -> Self {
        match error {
            NotPossible::Db(error) => error.into(),
            NotPossible::NotFound => Self::not_found(),
            NotPossible::State(_) | NotPossible::Twin => {
                Self::conflict().detail(format!("It cannot be done: {error}."))
            }
        }
    }
}

/// All but the payload: it may hold secrets.
const COLUMNS: &str = "id, kind, queue, state, priority, attempts, max_attempts, last_error, progress_done, \
                       progress_total, owner, due_at, created_at, started_at, finished_at, cancel_requested_at";

/// The service's jobs, newest first, from before the given one.
pub async fn list(infra: &Infra, query: &JobQuery, before: Option<JobId>, limit: u32) -> Result<Vec<JobInfo>, DbError> {
    let db = infra.db.read_aside();
    let mut sql = Sql::new(db, &infra.clock);
    let state = query.state.map(|state| state.as_str().to_owned());
    let equal = [("state", &state), ("kind", &query.kind), ("queue", &query.queue)];
    let mut conditions = vec!["1 = 1".to_owned()];
    for (column, value) in equal {
        conditions.extend(value.as_ref().map(|value| format!("{column} = {}", sql.bind(value.as_str()))));
    }
    conditions.extend(before.map(|id| format!("id < {}", sql.bind(id.0))));
    let conditions = conditions.join(" AND ");
    let text = format!("SELECT {COLUMNS} FROM jobs WHERE {conditions} ORDER BY id DESC LIMIT {limit}");
    let rows = db.query_all_raw(sql.statement(text)).await?;
    rows.iter().map(|row| Ok(read(infra.service, row)?)).collect()
}

/// One job.
pub async fn find(infra: &Infra, id: JobId) -> Result<Option<JobInfo>, DbError> {
    one(infra.db.read(), infra.service, &infra.clock, id).await
}

async fn one(
    connection: &impl ConnectionTrait,
    service: ServiceName,
    clock: &Clock,
    id: JobId,
) -> Result<Option<JobInfo>, DbError> {
    let mut sql = Sql::new(connection, clock);
    let id = sql.bind(id.0);
    let select = sql.statement(format!("SELECT {COLUMNS} FROM jobs WHERE id = {id}"));
    let row = connection.query_one_raw(select).await?;
    Ok(row.map(|row| read(service, &row)).transpose()?)
}

fn read(service: ServiceName, row: &QueryResult) -> Result<JobInfo, DbErr> {
    let state: String = row.try_get("", "state")?;
    let owner: Option<String> = row.try_get("", "owner")?;
    let max_attempts: i64 = row.try_get("", "max_attempts")?;
    let done: Option<i64> = row.try_get("", "progress_done")?;
    let total: Option<i64> = row.try_get("", "progress_total")?;
    Ok(JobInfo {
        id: row.try_get::<Uuid>("", "id")?.into(),
        service,
        kind: row.try_get("", "kind")?,
        queue: row.try_get("", "queue")?,
        state: state.parse().map_err(DbErr::Type)?,
        priority: row.try_get("", "priority")?,
        attempts: row.try_get("", "attempts")?,
        max_attempts: (max_attempts < i64::MAX).then_some(max_attempts),
        reason: row.try_get("", "last_error")?,
        progress: done.zip(total).map(|(done, total)| JobProgress { done, total }),
        owner: owner.and_then(|owner| serde_json::from_str(&owner).ok()),
        due_at: row.try_get("", "due_at")?,
        created_at: row.try_get("", "created_at")?,
        started_at: row.try_get("", "started_at")?,
        finished_at: row.try_get("", "finished_at")?,
        cancel_requested_at: row.try_get("", "cancel_requested_at")?,
    })
}

/// Cancels a job: at once when it waits; one that runs is told, and leaves off when it looks.
pub async fn cancel(infra: &Infra, author: impl Into<Author>, id: JobId) -> Result<JobInfo, NotPossible> {
    operate(infra, author.into(), id, "Cancelled a job", async |change, job| {
        let mut sql = Sql::new(change, &infra.clock);
        let (now, id) = (sql.now(), sql.bind(id.0));
        let text = match job.state {
            JobState::Due => {
                format!("UPDATE jobs SET state = 'cancelled', finished_at = {now} WHERE id = {id} AND state = 'due'")
            }
            JobState::Running => format!(
                "UPDATE jobs SET cancel_requested_at = COALESCE(cancel_requested_at, {now}) \
                 WHERE id = {id} AND state = 'running'"
            ),
            other => return Err(NotPossible::State(other)),
        };
        let update = sql.statement(text);
        Ok(change.execute_raw(update).await?.rows_affected())
    })
    .await
}

/// Lets a dead or cancelled job be done once more, as if it had never been tried.
pub async fn replay(infra: &Infra, author: impl Into<Author>, id: JobId) -> Result<JobInfo, NotPossible> {
    operate(infra, author.into(), id, "Let a job be done again", async |change, job| {
        if !matches!(job.state, JobState::Dead | JobState::Cancelled) {
            return Err(NotPossible::State(job.state));
        }
        let mut sql = Sql::new(change, &infra.clock);
        let (now, id) = (sql.now(), sql.bind(id.0));
        let text = format!(
            "UPDATE jobs SET state = 'due', due_at = {now}, attempts = 0, finished_at = NULL, again_at = NULL, \
             cancel_requested_at = NULL, progress_done = NULL, progress_total = NULL \
             WHERE id = {id} AND NOT {ALIVE}"
        );
        let update = sql.statement(text);
        let updated = change.execute_raw(update).await.map_err(DbError::from);
        let rows = updated.map_err(|error| match error.is_unique_violation() {
            true => NotPossible::Twin,
            false => error.into(),
        })?;
        let (bell, queue) = (infra.db.doorbell().clone(), job.queue.clone());
        change.after_commit(move || bell.ring_queue(&queue));
        Ok(rows.rows_affected())
    })
    .await
}

async fn operate(
    infra: &Infra,
    author: Author,
    id: JobId,
    what: &'static str,
    update: impl AsyncFnOnce(&mut Change, &JobInfo) -> Result<u64, NotPossible> + Clone,
) -> Result<JobInfo, NotPossible> {
    let one =
        async |change: &mut Change| one(change, infra.service, &infra.clock, id).await?.ok_or(NotPossible::NotFound);
    infra
        .write(author, async |change| {
            let before = one(change).await?;
            if update.clone()(change, &before).await? == 0 {
                // It went on in between.
                return Err(NotPossible::State(one(change).await?.state));
            }
            change.audit(AuditRecord::new(AuditAction::Update, "job", format!("{what}: {}", before.kind)).on(id));
            one(change).await
        })
        .await
}
