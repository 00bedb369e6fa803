//! Who is not written to any more.

use orion_contracts::{Author, ServiceName, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{TestPlatform, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;

/// How the mails to a user stand, and why.
async fn mails(orion: &TestPlatform, user: UserId) -> Vec<(String, Option<String>)> {
    let db = orion.infra(ServiceName::Notifications).db.read();
    let sql = "SELECT d.state, d.error_code FROM deliveries d JOIN notifications n ON n.id = d.notification_id \
               WHERE n.user_id = $1 AND d.channel = 'email' ORDER BY d.id";
    let rows = db.query_all_raw(statement(db, sql, [user.0.into()])).await.unwrap();
    let row = |row: &sea_orm::QueryResult| (row.try_get("", "state").unwrap(), row.try_get("", "error_code").unwrap());
    rows.iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_queued_for_somebody_ends_as_they_are_deleted_and_goes_on_once_they_are_back() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    orion.settle().await;
    // As if the mail server had been away since they registered.
    let infra = orion.infra(ServiceName::Notifications);
    let waiting = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        for table in ["deliveries SET state", "notifications SET status"] {
            let sql = format!("UPDATE {table} = 'queued'");
            change.execute_raw(statement(change, &sql, [])).await?;
        }
        Ok::<_, DbError>(())
    });
    waiting.await.unwrap();
    let status = format!("/api/v1/users/{}/status", bob.id);
    let becomes = async |status_name: &str| {
        root.put(&status, json!({ "status": status_name, "reason": "A test" })).await.expect(200);
        orion.settle().await;
    };
    becomes("deleted").await;
    let ended = ("cancelled".to_owned(), Some("recipient_deleted".to_owned()));
    assert_eq!(mails(&orion, bob.id).await, std::slice::from_ref(&ended));
    assert_eq!(mails(&orion, eve.id).await, [("queued".to_owned(), None)], "nobody else's");
    becomes("active").await;
    orion.anonymous().post("/api/v1/auth/password/reset", json!({ "email": bob.email })).await.expect(202);
    eventually("the link", async || {
        let mails = mails(&orion, bob.id).await;
        (mails == [ended.clone(), ("sent".to_owned(), None)]).then_some(())
    })
    .await;
}
