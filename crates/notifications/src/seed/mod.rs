//! The templates that ORION ships, written down when they are not there yet.

mod shipped;

use crate::store;
use orion_contracts::{Author, Problem};
use orion_infra::{DbError, Infra};

/// Writes the shipped templates that are missing. Others stay as they are; several processes may do it at once.
pub async fn seed(infra: &Infra) -> Result<(), Problem> {
    Ok(insert_missing(infra).await?)
}

async fn insert_missing(infra: &Infra) -> Result<(), DbError> {
    infra
        .write(Author::PLATFORM, async |change| {
            change.unaudited("templates come with the program");
            let templates = shipped::templates(|| change.id());
            store::templates::insert_missing(change, templates, change.now()).await
        })
        .await
}
