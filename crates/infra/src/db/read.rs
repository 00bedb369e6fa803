//! Reading outside a change.

use super::postgres::Postgres;
use super::sqlite::{Readers, Sqlite};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, ProxyRow, QueryResult, RuntimeErr, Statement};
use std::sync::Arc;

/// A way to read. Queries of SeaORM run on it; it cannot write.
#[derive(Clone)]
pub struct Read(Source);

#[derive(Clone)]
enum Source {
    /// On the calling task.
    InPlace(Arc<Readers>),
    /// On a thread beside the tasks.
    Aside(Arc<Readers>),
    Server(Postgres),
}

impl Read {
    pub(super) fn in_place(sqlite: &Sqlite) -> Self {
        Self(Source::InPlace(sqlite.readers().clone()))
    }

    pub(super) fn aside(sqlite: &Sqlite) -> Self {
        Self(Source::Aside(sqlite.readers().clone()))
    }

    pub(super) fn server(postgres: &Postgres) -> Self {
        Self(Source::Server(postgres.clone()))
    }
}

async fn query(
    readers: &Arc<Readers>,
    aside: bool,
    statement: Statement,
    limit: usize,
) -> Result<Vec<ProxyRow>, DbErr> {
    if !aside {
        return readers.query(&statement, limit);
    }
    let readers = readers.clone();
    let rows = tokio::task::spawn_blocking(move || readers.query(&statement, limit)).await;
    rows.map_err(|error| DbErr::Conn(RuntimeErr::Internal(error.to_string())))?
}

#[async_trait::async_trait]
impl ConnectionTrait for Read {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Source::InPlace(_) | Source::Aside(_) => DbBackend::Sqlite,
            Source::Server(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Source::InPlace(_) | Source::Aside(_) => Err(read_only()),
            Source::Server(server) => server.bounded(server.connection().execute_raw(statement)).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Source::InPlace(_) | Source::Aside(_) => Err(read_only()),
            Source::Server(server) => server.bounded(server.connection().execute_unprepared(sql)).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Source::InPlace(readers) => Ok(query(readers, false, statement, 1).await?.pop().map(Into::into)),
            Source::Aside(readers) => Ok(query(readers, true, statement, 1).await?.pop().map(Into::into)),
            Source::Server(server) => server.bounded(server.connection().query_one_raw(statement)).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = match &self.0 {
            Source::InPlace(readers) => query(readers, false, statement, usize::MAX).await?,
            Source::Aside(readers) => query(readers, true, statement, usize::MAX).await?,
            Source::Server(server) => return server.bounded(server.connection().query_all_raw(statement)).await,
        };
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

fn read_only() -> DbErr {
    DbErr::Custom("what only reads cannot write; make the change with infra.write".to_owned())
}
