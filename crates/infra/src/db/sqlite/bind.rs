//! Values on their way into a statement.

use rusqlite::Statement;
use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use sea_orm::{DbErr, Value, sea_query::Values};

/// Binds the values. `$2` is a name to SQLite, numbered by its first appearance, so its value is found by its name; `?` takes
/// the next one.
pub(super) fn bind(statement: &mut Statement<'_>, values: Option<&Values>) -> Result<(), DbErr> {
    let values = values.map_or(&[][..], |values| &values.0);
    for index in 1..=statement.parameter_count() {
        let position = match statement.parameter_name(index).and_then(|name| name.strip_prefix('$')) {
            Some(number) => number.parse::<usize>().map_err(|_| wrong("the parameter is not numbered"))?,
            None => index,
        };
        let value = values.get(position.wrapping_sub(1)).ok_or_else(|| wrong("a parameter has no value"))?;
        statement.raw_bind_parameter(index, output(value)?).map_err(super::error::query)?;
    }
    Ok(())
}

pub(super) fn output(value: &Value) -> Result<ToSqlOutput<'_>, DbErr> {
    let owned = |value| Ok(ToSqlOutput::Owned(value));
    let borrowed = |value| Ok(ToSqlOutput::Borrowed(value));
    match value {
        Value::Bool(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::BigInt(Some(it)) => owned(Sql::Integer(*it)),
        Value::Int(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::SmallInt(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::TinyInt(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::Unsigned(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::SmallUnsigned(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::TinyUnsigned(Some(it)) => owned(Sql::Integer(i64::from(*it))),
        Value::BigUnsigned(Some(it)) => {
            owned(Sql::Integer(i64::try_from(*it).map_err(|_| wrong("the number is too large"))?))
        }
        Value::Float(Some(it)) => owned(Sql::Real(f64::from(*it))),
        Value::Double(Some(it)) => owned(Sql::Real(*it)),
        Value::String(Some(it)) => borrowed(ValueRef::Text(it.as_bytes())),
        Value::Char(Some(it)) => owned(Sql::Text(it.to_string())),
        Value::Bytes(Some(it)) => borrowed(ValueRef::Blob(it)),
        Value::Json(Some(it)) => owned(Sql::Text(it.to_string())),
        Value::Uuid(Some(it)) => borrowed(ValueRef::Blob(it.as_bytes())),
        // One width, so that text sorts as time does; the clock gives whole microseconds.
        Value::ChronoDateTimeUtc(Some(it)) => owned(Sql::Text(it.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))),
        Value::Bool(None)
        | Value::BigInt(None)
        | Value::Int(None)
        | Value::SmallInt(None)
        | Value::TinyInt(None)
        | Value::Unsigned(None)
        | Value::SmallUnsigned(None)
        | Value::TinyUnsigned(None)
        | Value::BigUnsigned(None)
        | Value::Float(None)
        | Value::Double(None)
        | Value::String(None)
        | Value::Char(None)
        | Value::Bytes(None)
        | Value::Json(None)
        | Value::Uuid(None)
        | Value::ChronoDateTimeUtc(None) => owned(Sql::Null),
        other => Err(wrong(&format!("values like {other:?} are not stored"))),
    }
}

fn wrong(what: &str) -> DbErr {
    DbErr::Type(format!("a value cannot be bound: {what}"))
}
