//! The only place that knows tables: queries as plain functions over a connection or transaction.

pub(crate) mod attempts;
pub(crate) mod deliveries;
mod entities;
pub(crate) mod inbox;
pub(crate) mod notifications;
pub(crate) mod templates;

use sea_orm::DbErr;

/// Reads a stored name or value; the tables' checks keep others out.
fn decode<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, DbErr> {
    result.map_err(|error| DbErr::Type(error.to_string()))
}
