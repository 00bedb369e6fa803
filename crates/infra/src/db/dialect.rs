//! The few words in which the two databases differ, behind names. Larger differences stand side by side as
//! `*_sqlite.rs` and `*_postgres.rs`.

use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait, Statement, Value,
    sea_query::{Expr, Func, SimpleExpr},
};

/// Lets concurrent workers pass over rows that another one holds. SQLite has one writer and needs nothing.
pub fn skip_locked(connection: &impl ConnectionTrait) -> &'static str {
    match connection.get_database_backend() {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

/// A statement with `$1`, `$2`, … placeholders, which both databases read.
pub fn statement(connection: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// `column` begins with `prefix`, regardless of case; the prefix's own wildcards are taken literally.
pub fn starts_with_ignoring_case(column: impl Into<SimpleExpr>, prefix: &str) -> SimpleExpr {
    use sea_orm::sea_query::LikeExpr;
    let escaped: String = prefix
        .to_lowercase()
        .chars()
        .flat_map(|character| matches!(character, '%' | '_' | '\\').then_some('\\').into_iter().chain([character]))
        .collect();
    Expr::expr(Func::lower(column.into())).like(LikeExpr::new(format!("{escaped}%")).escape('\\'))
}
