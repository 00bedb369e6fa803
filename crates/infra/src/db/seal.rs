//! A word that is sealed when a database is made: who cannot open it has another master key, and what they would write,
//! such as the next link of the audit chain, would be wrong for everybody else.

use super::migrate::SchemaError;
use super::schema::{Schema, string_len, text};
use crate::db::dialect::statement;
use crate::secrets::{Scope, Secrets, UnsealError};
use orion_contracts::ServiceName;
use sea_orm::ConnectionTrait;

const TABLE: &str = "key_seals";
/// The only row so far: that of the master key.
const NAME: &str = "master";
const PURPOSE: &str = "key-seal";
const WORD: &[u8] = b"orion";

/// Its table.
pub(super) fn table(schema: &mut Schema) {
    schema.table(TABLE, [string_len("name", 16).primary_key(), text("sealed")]);
}

/// Its row, for a service's new database.
pub(super) fn row(schema: &mut Schema, secrets: &Secrets, service: ServiceName) {
    let sealed = secrets.seal(Scope::AtRest, PURPOSE, service.as_str(), WORD);
    schema.row(TABLE, [("name", NAME.into()), ("sealed", sealed.into())]);
}

/// Refuses another master key than that of the database.
pub(super) async fn check(
    connection: &impl ConnectionTrait,
    secrets: &Secrets,
    service: ServiceName,
) -> Result<(), SchemaError> {
    let select = format!("SELECT sealed FROM {TABLE} WHERE name = $1");
    let row = connection.query_one_raw(statement(connection, &select, [NAME.into()])).await?;
    let sealed: String = row.ok_or(SchemaError::Seal("its row is missing"))?.try_get("", "sealed")?;
    match secrets.unseal(Scope::AtRest, PURPOSE, service.as_str(), &sealed) {
        Ok(word) if word.as_slice() == WORD => Ok(()),
        Err(UnsealError::Key) => Err(SchemaError::Key),
        Ok(_) | Err(UnsealError::Damaged | UnsealError::Version(_)) => Err(SchemaError::Seal("it does not open")),
    }
}
