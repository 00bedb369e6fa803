//! Retention: old links leave from the beginning, and the chain is verified from there on.

use super::ChainKeys;
use crate::error::UsersError;
use crate::store::{audit_chain, audit_log};
use chrono::{DateTime, Utc};
use orion_infra::Db;
use orion_infra::secrets::Secrets;

/// How many links go in one transaction, so that nobody waits long for the writer.
const SLICE: u64 = 1000;

/// Removes links that were appended before a moment; how many.
pub(crate) async fn cut(db: &Db, secrets: &Secrets, before: DateTime<Utc>) -> Result<u64, UsersError> {
    let mut total = 0;
    // Looking costs a read; only when something is old is the writer asked for.
    while audit_log::last_old(db.read(), before, 1).await?.is_some() {
        let txn = db.begin().await?;
        let mut ends = audit_chain::lock(&txn).await?;
        let Some(last) = audit_log::last_old(txn.connection(), before, SLICE).await? else { break };
        (ends.cut_position, ends.cut_hash) = (last.position, last.hash);
        ends.seal = ChainKeys(secrets).seal(&ends);
        total += audit_log::delete_up_to(txn.connection(), last.position).await?;
        audit_chain::update(&txn, &ends).await?;
        txn.commit().await?;
    }
    Ok(total)
}
