//! The templates that ORION ships, written down when they are not there yet.

mod shipped;

use crate::store;
use orion_contracts::Problem;
use orion_infra::{DbError, Infra};

/// Writes the shipped templates that are missing. Others stay as they are; several processes may do it at once.
pub async fn seed(infra: &Infra) -> Result<(), Problem> {
    Ok(insert_missing(infra).await?)
}

async fn insert_missing(infra: &Infra) -> Result<(), DbError> {
    let templates = shipped::templates(|| infra.random.id(&infra.clock));
    let txn = infra.db.begin().await?;
    store::templates::insert_missing(&txn, templates, infra.clock.now()).await?;
    txn.commit().await
}
