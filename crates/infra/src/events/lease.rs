//! Which process works on a lane. One at a time does, so that nothing is sent twice and rows need not be marked. SQLite
//! has one process (the data directory's lock), which needs no lease.

use crate::db::dialect::statement;
use crate::{Db, DbError, Infra};
use sea_orm::{ConnectionTrait, DbBackend};

/// Whether processes share this database and have to agree.
pub(super) fn is_needed(db: &Db) -> bool {
    db.read().get_database_backend() == DbBackend::Postgres
}

/// By the server's clock, for those of processes differ:
/// a lane is held for 15 s, and when its process dies, another takes over after that. A batch that takes longer may be sent
/// twice, which consumers do not mind. No lease is good for five minutes: that one is from before the server's clock was
/// set back.
const TAKE: &str = "INSERT INTO outbox_lanes (lane, holder, leased_until) \
    VALUES ($1, $2, clock_timestamp() + INTERVAL '15 seconds') ON CONFLICT (lane) DO UPDATE \
    SET holder = excluded.holder, leased_until = excluded.leased_until \
    WHERE outbox_lanes.holder = excluded.holder OR outbox_lanes.leased_until <= clock_timestamp() \
    OR outbox_lanes.leased_until > clock_timestamp() + INTERVAL '5 minutes'";

/// Takes the lane, or keeps it; `false` when another process has it.
pub(super) async fn take(infra: &Infra, lane: &str) -> Result<bool, DbError> {
    let transaction = infra.db.transaction().await?;
    let upsert = statement(&transaction, TAKE, [lane.into(), infra.instance.0.into()]);
    let is_taken = transaction.execute_raw(upsert).await?.rows_affected() == 1;
    transaction.commit().await?;
    Ok(is_taken)
}

/// Leaves the lane to whoever comes next.
pub(super) async fn release(connection: &impl ConnectionTrait, infra: &Infra, lane: &str) -> Result<(), DbError> {
    let sql = "UPDATE outbox_lanes SET leased_until = clock_timestamp() WHERE lane = $1 AND holder = $2";
    connection.execute_raw(statement(connection, sql, [lane.into(), infra.instance.0.into()])).await?;
    Ok(())
}
