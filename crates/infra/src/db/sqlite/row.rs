//! Rows on their way out. SeaORM takes a value of another variant than it expects for a null, without a word; so a value
//! becomes what its column was declared to hold, or the statement fails.

use chrono::{DateTime, Utc};
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Row, Statement};
use sea_orm::{DbErr, ProxyRow, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Bytes,
    Boolean,
    Uuid,
    Time,
    Json,
    /// An expression: its value says what it is. Integers are `i64`, blobs of 16 bytes are UUIDs.
    Expression,
}

/// A column of a result.
pub(super) struct Column {
    name: String,
    kind: Kind,
}

impl Kind {
    /// By the type that the column was declared with.
    pub(super) fn of(declared: Option<&str>) -> Option<Self> {
        let Some(declared) = declared else { return Some(Self::Expression) };
        let name = declared.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match name.as_str() {
            "integer" | "bigint" => Self::Integer,
            "double" | "real" => Self::Real,
            "text" | "varchar" | "char" | "enum_text" => Self::Text,
            "blob" | "varbinary_blob" => Self::Bytes,
            "boolean" => Self::Boolean,
            "uuid_text" => Self::Uuid,
            "timestamp_with_timezone_text" => Self::Time,
            "json_text" | "jsonb_text" => Self::Json,
            _ => return None,
        })
    }

    fn null(self) -> Value {
        match self {
            Self::Integer => Value::BigInt(None),
            Self::Real => Value::Double(None),
            Self::Text | Self::Expression => Value::String(None),
            Self::Bytes => Value::Bytes(None),
            Self::Boolean => Value::Bool(None),
            Self::Uuid => Value::Uuid(None),
            Self::Time => Value::ChronoDateTimeUtc(None),
            Self::Json => Value::Json(None),
        }
    }

    pub(super) fn value(self, found: ValueRef<'_>) -> Option<Value> {
        Some(match (self, found) {
            (kind, ValueRef::Null) => kind.null(),
            (Self::Boolean, ValueRef::Integer(it)) => Value::from(it != 0),
            (Self::Integer | Self::Expression, ValueRef::Integer(it)) => Value::from(it),
            (Self::Real | Self::Expression, ValueRef::Real(it)) => Value::from(it),
            #[allow(clippy::cast_precision_loss, reason = "SQLite stores whole numbers of a double so")]
            (Self::Real, ValueRef::Integer(it)) => Value::from(it as f64),
            (Self::Text | Self::Expression, ValueRef::Text(it)) => Value::from(std::str::from_utf8(it).ok()?),
            (Self::Time, ValueRef::Text(it)) => {
                let time = DateTime::parse_from_rfc3339(std::str::from_utf8(it).ok()?).ok()?;
                Value::from(time.with_timezone(&Utc))
            }
            (Self::Json, ValueRef::Text(it)) => Value::Json(Some(Box::new(serde_json::from_slice(it).ok()?))),
            (Self::Uuid, ValueRef::Blob(it)) => Value::from(Uuid::from_slice(it).ok()?),
            (Self::Expression, ValueRef::Blob(it)) if it.len() == 16 => Value::from(Uuid::from_slice(it).ok()?),
            (Self::Bytes | Self::Expression, ValueRef::Blob(it)) => Value::from(it.to_vec()),
            _ => return None,
        })
    }
}

/// The columns of a statement's result.
pub(super) fn columns(statement: &Statement<'_>) -> Result<Vec<Column>, DbErr> {
    let column = |column: &rusqlite::Column<'_>| {
        let kind = Kind::of(column.decl_type()).ok_or_else(|| {
            let declared = column.decl_type().unwrap_or_default();
            DbErr::Type(format!("column {} is declared as {declared}, which nothing here reads", column.name()))
        })?;
        Ok(Column { name: column.name().to_owned(), kind })
    };
    statement.columns().iter().map(column).collect()
}

/// A row as SeaORM reads it.
pub(super) fn read(columns: &[Column], row: &Row<'_>) -> Result<ProxyRow, DbErr> {
    let mut values = BTreeMap::new();
    for (index, column) in columns.iter().enumerate() {
        let found = row.get_ref(index).map_err(super::error::query)?;
        let value = column.kind.value(found).ok_or_else(|| unreadable(column, found.data_type()))?;
        values.insert(column.name.clone(), value);
    }
    Ok(ProxyRow::new(values))
}

fn unreadable(column: &Column, found: Type) -> DbErr {
    DbErr::Type(format!("column {} holds {found} where {:?} is declared", column.name, column.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_its_column_was_declared_to_hold_or_is_refused() {
        assert_eq!(Kind::of(Some("varchar(255)")), Some(Kind::Text));
        assert_eq!(Kind::of(None), Some(Kind::Expression));
        assert_eq!(Kind::of(Some("geometry")), None);
        assert_eq!(Kind::Boolean.value(ValueRef::Integer(1)), Some(Value::Bool(Some(true))));
        assert_eq!(Kind::Integer.value(ValueRef::Integer(1)), Some(Value::BigInt(Some(1))));
        assert_eq!(Kind::Uuid.value(ValueRef::Null), Some(Value::Uuid(None)));
        for (kind, found) in [
            (Kind::Integer, ValueRef::Text(b"1")),
            (Kind::Uuid, ValueRef::Blob(b"short")),
            (Kind::Time, ValueRef::Text(b"yesterday")),
            (Kind::Json, ValueRef::Text(b"{")),
            (Kind::Text, ValueRef::Integer(1)),
        ] {
            assert_eq!(kind.value(found), None, "{kind:?} {found:?}");
        }
    }
}
