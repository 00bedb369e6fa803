//! The only place that knows tables: queries as plain functions over a connection or transaction.

pub(crate) mod addressees;
pub(crate) mod attempts;
pub(crate) mod deliveries;
mod entities;
pub(crate) mod inbox;
pub(crate) mod notifications;
pub(crate) mod templates;

use orion_infra::{Change, DbError};
use sea_orm::{DbErr, EntityTrait, UpdateMany};

/// Reads a stored name or value; one that this version does not know is an error.
fn decode<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, DbErr> {
    result.map_err(|error| DbErr::Type(error.to_string()))
}

/// Updates the one row that there is, without reading it back.
async fn update_one<E: EntityTrait>(update: UpdateMany<E>, change: &Change) -> Result<(), DbError> {
    match update.exec(change).await?.rows_affected {
        1 => Ok(()),
        _ => Err(DbErr::RecordNotUpdated.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_infra::db::schema::EntityFit;

    #[test]
    fn every_entity_fits_its_table() {
        let faults = EntityFit::of(&crate::MIGRATIONS)
            .entity::<entities::addressee::Entity>()
            .entity::<entities::template::Entity>()
            .entity::<entities::notification::Entity>()
            .entity::<entities::delivery::Entity>()
            .entity::<entities::attempt::Entity>()
            .faults(env!("CARGO_MANIFEST_DIR"))
            .expect("read");
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
