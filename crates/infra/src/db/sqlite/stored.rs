//! Values as they lie there, told as the storage class and the bytes in hexadecimal digits.

use super::bind;
use super::row::Kind;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sea_orm::Value;
use sea_orm::sea_query::ColumnType;

/// The value, and whether it is written as it would be bound; none where it is none of the kind.
pub(in crate::db) fn stored(kind: &ColumnType, text: &str) -> Option<(Value, bool)> {
    let (class, digits) = text.split_once(' ')?;
    let bytes = hex::decode(digits).ok()?;
    let found = match class {
        "integer" => ValueRef::Integer(std::str::from_utf8(&bytes).ok()?.parse().ok()?),
        "text" => ValueRef::Text(&bytes),
        "blob" => ValueRef::Blob(&bytes),
        _ => return None,
    };
    let kind = match kind {
        ColumnType::BigInteger => Kind::Integer,
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::Uuid => Kind::Uuid,
        ColumnType::TimestampWithTimeZone => Kind::Time,
        ColumnType::String(_) | ColumnType::Text => Kind::Text,
        _ => return None,
    };
    let value = kind.value(found)?;
    let is_spelt = match bind::output(&value).ok()? {
        ToSqlOutput::Owned(written) => ValueRef::from(&written) == found,
        ToSqlOutput::Borrowed(written) => written == found,
        _ => false,
    };
    Some((value, is_spelt))
}
