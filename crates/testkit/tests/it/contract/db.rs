//! SQLite, PostgreSQL

use orion_contracts::{Problem, ServiceName};
use orion_infra::db::dialect::statement;
use orion_infra::{Db, DbError};
use orion_testkit::node::{Node, empty_place};
use sea_orm::ConnectionTrait;

async fn insert(db: &Db, key: &str, commit: bool) -> Result<(), DbError> {
    let txn = db.begin().await?;
    let now = chrono::Utc::now();
    let sql =
        "INSERT INTO idempotency_keys (scope, key, fingerprint, response, created_at) VALUES ('s', $1, '', '0', $2)";
    txn.execute_raw(statement(txn.connection(), sql, [key.into(), now.into()])).await?;
    if commit { txn.commit().await } else { txn.rollback().await }
}

async fn count(db: &Db) -> i64 {
    let select = statement(db.read(), "SELECT count(*) AS n FROM idempotency_keys", []);
    db.read().query_one_raw(select).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_is_there_and_what_is_not_is_gone() {
    let place = empty_place().await;
    let db = Node::start(&place).await.infra(ServiceName::Auth).await.db;
    insert(&db, "kept", true).await.unwrap();
    insert(&db, "taken-back", false).await.unwrap();
    let dropped = db.begin().await.unwrap();
    drop(dropped);
    assert_eq!(count(&db).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duplicate_is_told_apart_from_other_errors() {
    let place = empty_place().await;
    let db = Node::start(&place).await.infra(ServiceName::Auth).await.db;
    insert(&db, "once", true).await.unwrap();
    let error = insert(&db, "once", true).await.unwrap_err();
    assert!(error.is_unique_violation() && !error.is_unavailable(), "{error}");
    let wrong = db.read().execute_unprepared("SELECT nothing FROM nowhere").await.map_err(DbError::from).unwrap_err();
    assert!(!wrong.is_unique_violation());
    assert_eq!(Problem::from(wrong).name(), "internal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_read_first_lose_nothing_when_made_at_once() {
    let place = empty_place().await;
    let db = Node::start(&place).await.infra(ServiceName::Auth).await.db;
    insert(&db, "counter", true).await.unwrap();
    let adding = (0..40).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let txn = db.begin().await.unwrap();
            let sql =
                "UPDATE idempotency_keys SET response = CAST(CAST(response AS BIGINT) + 1 AS TEXT) RETURNING response";
            txn.query_one_raw(statement(txn.connection(), sql, [])).await.unwrap().unwrap();
            tokio::task::yield_now().await;
            txn.commit().await.unwrap();
        })
    });
    for added in futures_util::future::join_all(adding).await {
        added.unwrap();
    }
    let row = db.read().query_one_raw(statement(db.read(), "SELECT response FROM idempotency_keys", [])).await.unwrap();
    assert_eq!(row.unwrap().try_get::<String>("", "response").unwrap(), "40");
}
