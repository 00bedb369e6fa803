//! Jobs astray in time: a clock that was ahead has written when they are due, and was set back. On SQLite only: on
//! PostgreSQL the server's clock tells, and its keeper knows what a jump of it means.

use super::Queue;
use super::sql::Sql;
use crate::{DbError, Infra};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::Author;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult};
use std::time::Duration;
use uuid::Uuid;

/// How far ahead a job may have been written or begun and still be right.
const SLACK: Duration = Duration::from_secs(60);
/// How many are brought back at once.
const SLICE: usize = 1000;

/// A job that was written, or begun last, at a moment that has not come yet.
struct Astray {
    id: Uuid,
    due_at: DateTime<Utc>,
    /// When, by the clock that was ahead.
    reckoned_at: DateTime<Utc>,
}

/// Brings them back: each is due as long from now on as it was from then on. How many they are.
pub(super) async fn bring_back(infra: &Infra, queue: Queue) -> Result<usize, DbError> {
    let db = infra.db.read_aside();
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(0);
    }
    let mut sql = Sql::new(db, &infra.clock);
    let (queue, soon) = (sql.bind(queue.name), sql.after(SLACK));
    let text = format!(
        "SELECT id, due_at, created_at, started_at FROM jobs WHERE queue = {queue} AND state = 'due' AND due_at > {soon} \
         AND (created_at > {soon} OR started_at > {soon}) LIMIT {SLICE}"
    );
    let rows = db.query_all_raw(sql.statement(text)).await?;
    let jobs = rows.iter().map(astray).collect::<Result<Vec<_>, _>>()?;
    if jobs.is_empty() {
        return Ok(0);
    }
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("when a job is due is reckoned anew, and by nobody's hand");
            let now = change.now();
            for job in &jobs {
                let due_at = now + (job.due_at - job.reckoned_at).max(TimeDelta::zero());
                let mut sql = Sql::new(change, &infra.clock);
                let (due_at, now, id) = (sql.bind(due_at), sql.bind(now), sql.bind(job.id));
                let update = sql.statement(format!(
                    "UPDATE jobs SET due_at = {due_at}, created_at = {now}, \
                     started_at = CASE WHEN started_at IS NULL THEN NULL ELSE {now} END WHERE id = {id} AND state = 'due'"
                ));
                change.execute_raw(update).await?;
            }
            Ok::<_, DbError>(())
        })
        .await?;
    Ok(jobs.len())
}

fn astray(row: &QueryResult) -> Result<Astray, DbErr> {
    let created_at: DateTime<Utc> = row.try_get("", "created_at")?;
    let started_at: Option<DateTime<Utc>> = row.try_get("", "started_at")?;
    // Begun last, it was reckoned then; a beginning that is past was by a clock that was right.
    let reckoned_at = started_at.map_or(created_at, |started_at| started_at.max(created_at));
    Ok(Astray { id: row.try_get("", "id")?, due_at: row.try_get("", "due_at")?, reckoned_at })
}
