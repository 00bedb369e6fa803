//! PostgreSQL behind PgBouncer: each connection with a session of its own, or not at all.

use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::backend::Place;
use orion_testkit::node::Node;
use orion_testkit::pooler::Pooler;
use orion_testkit::{Backend, Machine, TestPlatform};
use sea_orm::ConnectionTrait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PgBouncer"]
async fn a_platform_runs_behind_a_pooler_in_session_mode() {
    let place = Place::new(Backend::current()).await;
    let (_pooler, url) = Pooler::before(place.database_url.as_deref().unwrap(), "session").await;
    let orion = TestPlatform::builder().set("database.url", url).start().await;
    let bob = orion.user("bob").await;
    bob.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PgBouncer"]
async fn migrations_behind_a_pooler_in_session_mode_put_each_table_in_its_schema() {
    let place = Place::empty(Backend::current()).await;
    let (_pooler, url) = Pooler::before(place.database_url.as_deref().unwrap(), "session").await;
    let machine = Machine::with(place).set("database.url", url);
    let mut migrating = machine.start(&["migrate", "up"]);
    assert_eq!(migrating.wait(), Some(0), "{}", migrating.output());
    let infra = Node::start(&machine.place).await.infra(ServiceName::Users).await;
    let select = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%' AND schemaname <> $1 \
                  ORDER BY schemaname";
    let db = infra.db.read();
    let rows = db.query_all_raw(statement(db, select, ["information_schema".into()])).await.unwrap();
    let schemas: Vec<String> = rows.iter().map(|row| row.try_get("", "schemaname").unwrap()).collect();
    assert_eq!(schemas, ["admin", "auth", "gateway", "notifications", "users"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PgBouncer"]
async fn a_pooler_in_transaction_mode_is_refused_by_name_with_what_to_do() {
    let place = Place::empty(Backend::current()).await;
    let (_pooler, url) = Pooler::before(place.database_url.as_deref().unwrap(), "transaction").await;
    let machine = Machine::with(place).set("database.url", url).set("mail.smtp_url", "smtp+plain://127.0.0.1:9");
    for words in [&["migrate", "up"][..], &["migrate", "status"], &["serve", "auth"]] {
        let mut refused = machine.start(words);
        assert_eq!(refused.wait(), Some(1), "{}", refused.output());
        let output = refused.output();
        assert!(output.contains("PgBouncer") && output.contains("pool_mode = session"), "{output}");
        assert!(output.contains("ORION_DATABASE_URL"), "{output}");
    }
}
