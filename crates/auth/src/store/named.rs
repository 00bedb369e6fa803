//! Rows of which only the name is read.

use sea_orm::FromQueryResult;
use uuid::Uuid;

/// How many rows make room at once, at most.
pub(super) const MOST_BEYOND: u64 = 100;

/// The name of a row.
#[derive(FromQueryResult)]
pub(super) struct Named {
    pub(super) id: Uuid,
}
