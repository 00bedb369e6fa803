//! A PostgreSQL that is slow, or busy with locks, is not taken for one that is gone: what runs there is not given up.

use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_infra::{Db, DbError, Transaction};
use orion_testkit::backend::Place;
use orion_testkit::node::Node;
use orion_testkit::{Backend, Cable};
use sea_orm::ConnectionTrait;
use std::time::Duration;

/// A service's database with a row to lock, behind a cable, with three connections at most.
async fn database() -> (Cable, Node, Db) {
    let mut place = Place::empty(Backend::current()).await;
    let (cable, url) = Cable::through(place.database_url.as_deref().unwrap()).await;
    place.database_url = Some(url);
    let node = Node::configured(&place, &[("database.max_connections", "3")]).await;
    let db = node.infra(ServiceName::Users).await.db;
    let begun = db.begin().await.unwrap();
    execute(&begun, "CREATE TABLE contended (id INTEGER)").await.unwrap();
    execute(&begun, "INSERT INTO contended VALUES (1)").await.unwrap();
    begun.commit().await.unwrap();
    (cable, node, db)
}

async fn execute(transaction: &Transaction, sql: &str) -> Result<(), DbError> {
    let connection = transaction.connection();
    connection.execute_raw(statement(connection, sql, [])).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_second_without_an_answer_ends_no_transaction() {
    let (cable, _node, db) = database().await;
    let long = db.begin().await.unwrap();
    db.ping().await.unwrap();
    // The second connection has rested, and is asked whether somebody is there.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let (slept, (), pinged) =
        tokio::join!(execute(&long, "SELECT pg_sleep(5)"), cable.slow_down(Duration::from_millis(1500)), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            db.ping().await
        });
    slept.unwrap();
    pinged.unwrap();
    long.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_pool_whose_connections_all_wait_for_a_lock_ends_nothing_of_its_holder() {
    let (_cable, _node, db) = database().await;
    let lock = "SELECT id FROM contended FOR UPDATE";
    let holder = db.begin().await.unwrap();
    execute(&holder, lock).await.unwrap();
    let (one, other) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    // From here on nobody is answered until the locks have been waited for.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let (held, one, other) =
        tokio::join!(execute(&holder, "SELECT pg_sleep(9)"), execute(&one, lock), execute(&other, lock));
    held.unwrap();
    assert!(one.is_err() && other.is_err(), "{one:?}, {other:?}");
    holder.commit().await.unwrap();
}
