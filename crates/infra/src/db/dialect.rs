//! The few words in which the two databases differ, behind names. Larger differences stand side by side as
//! `*_sqlite.rs` and `*_postgres.rs`.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

/// Lets concurrent workers pass over rows that another one holds. SQLite has one writer and needs nothing.
pub fn skip_locked(connection: &impl ConnectionTrait) -> &'static str {
    match connection.get_database_backend() {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

/// Lets nobody else write to a table until the transaction ends; who reads does not wait. SQLite has one writer and needs
/// nothing.
pub async fn lock_table(transaction: &impl ConnectionTrait, table: &'static str) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")).await?;
    }
    Ok(())
}

/// A statement with `$1`, `$2`, … placeholders, which both databases read.
pub fn statement(connection: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}
