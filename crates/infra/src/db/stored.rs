//! Rows as they lie there. A row that is read as its table declares it is no row at all once one of its columns holds what is none of
//! its kind, nor are those that are read with it; and somebody who writes into the database can have it hold that. Here each column is
//! read by itself as text, so that what is wrong with one row is known of that row.

use super::{DbError, sqlite};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{ColumnType, Expr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IdenStatic, Iterable, ProxyRow, QueryResult,
    QuerySelect, QueryTrait, Select, Value,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A row as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<M> {
    /// What was read of it: where a column holds what is none of its kind, nothing, or what stands for it: 0, no, an empty text, 1970.
    pub row: M,
    /// The columns that hold such things.
    pub unreadable: Vec<&'static str>,
    /// Whether a value is written otherwise than the platform writes it, though it can be read: it is found by no filter.
    pub is_respelt: bool,
}

/// A column that is read so.
#[derive(Debug, Clone)]
pub struct StoredColumn {
    name: &'static str,
    kind: ColumnType,
    is_null: bool,
}

impl StoredColumn {
    /// By its name and kind, as the table declares it.
    pub fn new(name: &'static str, kind: ColumnType, is_null: bool) -> Self {
        Self { name, kind, is_null }
    }

    /// All of an entity.
    pub fn of<E: EntityTrait>() -> Vec<Self> {
        let column = |column: E::Column| {
            let definition = column.def();
            Self::new(column.as_str(), definition.get_column_type().clone(), definition.is_null())
        };
        E::Column::iter().map(column).collect()
    }

    /// What is selected to read it, under its name.
    pub fn selected(&self, connection: &impl ConnectionTrait) -> String {
        format!("{} AS \"{}\"", self.expression(connection), self.name)
    }

    fn expression(&self, connection: &impl ConnectionTrait) -> String {
        let name = self.name;
        match (connection.get_database_backend(), &self.kind) {
            // As JSON a time is written in one way, whatever the session's is; so is one that never comes.
            (DbBackend::Postgres, ColumnType::TimestampWithTimeZone) => format!("to_json(\"{name}\") #>> '{{}}'"),
            (DbBackend::Postgres, _) => format!("CAST(\"{name}\" AS TEXT)"),
            _ => format!("typeof(\"{name}\") || ' ' || hex(\"{name}\")"),
        }
    }

    /// The value, and whether it is written as the platform writes it; none where it is none of the column's kind.
    fn value(&self, backend: DbBackend, text: Option<&str>) -> Option<(Value, bool)> {
        let found = match (backend, text) {
            (DbBackend::Postgres, Some(text)) => (read(&self.kind, text)?, true),
            (DbBackend::Postgres, None) => (none(&self.kind), true),
            (_, text) => match text? {
                "null " => (none(&self.kind), true),
                text => sqlite::stored(&self.kind, text)?,
            },
        };
        (self.is_null || found.0 != none(&self.kind)).then_some(found)
    }

    /// What stands for a value that cannot be read.
    fn stand_in(&self) -> Value {
        match &self.kind {
            kind if self.is_null => none(kind),
            ColumnType::BigInteger => Value::from(0_i64),
            ColumnType::Boolean => Value::from(false),
            ColumnType::Uuid => Value::from(Uuid::nil()),
            ColumnType::TimestampWithTimeZone => Value::from(DateTime::<Utc>::UNIX_EPOCH),
            _ => Value::from(""),
        }
    }
}

fn none(kind: &ColumnType) -> Value {
    match kind {
        ColumnType::BigInteger => Value::BigInt(None),
        ColumnType::Boolean => Value::Bool(None),
        ColumnType::Uuid => Value::Uuid(None),
        ColumnType::TimestampWithTimeZone => Value::ChronoDateTimeUtc(None),
        _ => Value::String(None),
    }
}

/// As PostgreSQL writes it.
fn read(kind: &ColumnType, text: &str) -> Option<Value> {
    Some(match kind {
        ColumnType::BigInteger => Value::from(text.parse::<i64>().ok()?),
        ColumnType::Boolean => Value::from(text.parse::<bool>().ok()?),
        ColumnType::Uuid => Value::from(text.parse::<Uuid>().ok()?),
        ColumnType::TimestampWithTimeZone => Value::from(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc)),
        _ => Value::from(text),
    })
}

/// The rows that a query finds. Its columns are the entity's, whatever it has selected.
///
/// # Errors
/// When the database cannot be read.
pub async fn all<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    query: Select<E>,
) -> Result<Vec<Stored<E::Model>>, DbError> {
    let columns = StoredColumn::of::<E>();
    let select =
        |query: Select<E>, column: &StoredColumn| query.expr_as(Expr::cust(column.expression(connection)), column.name);
    let query = columns.iter().fold(query.select_only(), select);
    let rows = connection.query_all_raw(query.build(connection.get_database_backend())).await?;
    rows.iter().map(|row| one(connection, &columns, row)).collect()
}

/// A row whose columns were selected [so](StoredColumn::selected).
///
/// # Errors
/// When it has others.
pub fn one<M: FromQueryResult>(
    connection: &impl ConnectionTrait,
    columns: &[StoredColumn],
    row: &QueryResult,
) -> Result<Stored<M>, DbError> {
    let backend = connection.get_database_backend();
    let (mut values, mut unreadable, mut is_respelt) = (BTreeMap::new(), Vec::new(), false);
    for column in columns {
        let text: Option<String> = row.try_get("", column.name)?;
        let (value, is_spelt) = column.value(backend, text.as_deref()).unwrap_or_else(|| {
            unreadable.push(column.name);
            (column.stand_in(), true)
        });
        is_respelt |= !is_spelt;
        values.insert(column.name.to_owned(), value);
    }
    let row = M::from_query_result(&ProxyRow::new(values).into(), "")?;
    Ok(Stored { row, unreadable, is_respelt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_none_of_a_columns_kind_is_not_read_and_what_is_spelt_otherwise_is_told() {
        use ColumnType::{BigInteger, Boolean, Text, TimestampWithTimeZone as Time, Uuid};
        let hex = |kind: &str, text: &str| format!("{kind} {}", hex::encode_upper(text));
        for (kind, text, is_spelt) in [
            (BigInteger, hex("integer", "7"), Some(true)),
            (BigInteger, hex("real", "3.5"), None),
            (BigInteger, hex("text", "7"), None),
            (Boolean, hex("integer", "1"), Some(true)),
            (Boolean, hex("integer", "2"), Some(false)),
            (Text, hex("text", "é"), Some(true)),
            (Text, "text FF".to_owned(), None),
            (Text, hex("blob", "e"), None),
            (Text, "null ".to_owned(), None),
            (Time, hex("text", "2026-11-29T21:00:02.083262Z"), Some(true)),
            (Time, hex("text", "2026-11-28T22:00:02.083262-23:00"), Some(false)),
            (Time, hex("text", "2026-11-29T21:00:02.083262+00:00"), Some(false)),
            (Time, hex("text", "+2026-11-29T21:00:02.083262Z"), None),
            (Uuid, hex("blob", "0123456789abcdef"), Some(true)),
            (Uuid, hex("text", "0123456789abcdef"), None),
        ] {
            let column = StoredColumn::new("it", kind, false);
            let found = column.value(DbBackend::Sqlite, Some(&text)).map(|(_, is_spelt)| is_spelt);
            assert_eq!(found, is_spelt, "{column:?} {text}");
        }
        let time = StoredColumn::new("it", Time, false);
        for (text, is_read) in [
            ("2026-11-29T21:00:02.083262+00:00", true),
            ("infinity", false),
            ("2026-11-29T21:00:02.083262+00:00 BC", false),
            ("290000-01-01T00:00:00+00:00", false),
        ] {
            assert_eq!(time.value(DbBackend::Postgres, Some(text)).is_some(), is_read, "{text}");
        }
    }
}
