//! What a test leaves undelivered fails it.

use orion_contracts::{Author, ServiceName};
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError, Infra};
use orion_testkit::TestPlatform;
use sea_orm::ConnectionTrait;

/// Leaves an entry that the audit log did not take.
async fn plant(infra: &Infra) {
    let id: uuid::Uuid = infra.random.id(&infra.clock);
    let insert = async |change: &mut Change| {
        change.unaudited("a test");
        let sql =
            "INSERT INTO audit_entries (id, entry, mac, created_at, refused_reason) VALUES ($1, '', '', $2, 'no')";
        let values = [id.into(), change.now().into()];
        change.execute_raw(statement(change, sql, values)).await.map_err(DbError::from)
    };
    infra.write(Author::PLATFORM, insert).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "left at the end of the test:\n  gateway: audit_entries: entry is refused (no)")]
async fn what_is_left_fails_the_test_that_left_it() {
    let orion = TestPlatform::start().await;
    plant(orion.infra(ServiceName::Gateway)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_may_say_that_it_leaves_something() {
    let orion = TestPlatform::start().await;
    plant(orion.infra(ServiceName::Gateway)).await;
    orion.leave_undelivered();
}
