//! Which process works on a lane. One at a time does, so that nothing is sent twice and rows need not be marked. SQLite
//! has one process (the data directory's lock), which needs no lease.

use crate::db::dialect::statement;
use crate::{Db, DbError, Infra};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend};
use std::time::Duration;

/// How long a lane is held; when its process dies, another takes over after this. A batch that takes longer may be sent
/// twice, which consumers do not mind.
const LEASE: Duration = Duration::from_secs(15);

/// No lease is good for so long: it was taken by a clock that was ahead.
const ASTRAY: Duration = Duration::from_secs(300);

/// Whether processes share this database and have to agree.
pub(super) fn is_needed(db: &Db) -> bool {
    db.read().get_database_backend() == DbBackend::Postgres
}

/// Takes the lane, or keeps it; `false` when another process has it.
pub(super) async fn take(infra: &Infra, lane: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let transaction = infra.db.transaction().await?;
    let upsert = statement(
        &transaction,
        "INSERT INTO outbox_lanes (lane, holder, leased_until) VALUES ($1, $2, $3) ON CONFLICT (lane) DO UPDATE \
         SET holder = excluded.holder, leased_until = excluded.leased_until \
         WHERE outbox_lanes.holder = excluded.holder OR outbox_lanes.leased_until <= $4 \
         OR outbox_lanes.leased_until > $5",
        [lane.into(), infra.instance.0.into(), (now + LEASE).into(), now.into(), (now + ASTRAY).into()],
    );
    let is_taken = transaction.execute_raw(upsert).await?.rows_affected() == 1;
    transaction.commit().await?;
    Ok(is_taken)
}

/// Leaves the lane to whoever comes next.
pub(super) async fn release(
    connection: &impl ConnectionTrait,
    infra: &Infra,
    lane: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let update = statement(
        connection,
        "UPDATE outbox_lanes SET leased_until = $1 WHERE lane = $2 AND holder = $3",
        [now.into(), lane.into(), infra.instance.0.into()],
    );
    connection.execute_raw(update).await?;
    Ok(())
}
