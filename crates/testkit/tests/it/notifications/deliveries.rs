//! `/api/v1/notifications/{id}/deliveries`: where is it, and why?

use orion_contracts::notifications::{Channel, DeliveryAttemptStatus, DeliveryTimeline, InboxItem, NotificationStatus};
use orion_contracts::{NotificationId, Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{TestPlatform, assert_problem};
use sea_orm::ConnectionTrait;

fn path(id: NotificationId) -> String {
    format!("/api/v1/notifications/{id}/deliveries")
}

/// The notifications made from the mail template, which stand in nobody's inbox.
async fn mailed(orion: &TestPlatform) -> NotificationId {
    let db = orion.infra(ServiceName::Notifications).db.read();
    let sql = "SELECT notification_id FROM deliveries WHERE channel = 'email' AND recipient = $1";
    let row = db.query_one_raw(statement(db, sql, ["bob@example.com".into()])).await.unwrap().unwrap();
    NotificationId(row.try_get("", "notification_id").unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_s_way_is_told_with_its_attempts_and_without_its_secret() {
    let orion = TestPlatform::start().await;
    orion.user("bob").await;
    orion.settle().await;
    let page: Page<DeliveryTimeline> = orion.administrator().await.get(&path(mailed(&orion).await)).await.json();
    let delivery = page.items.into_iter().find(|delivery| delivery.sent_at.is_some()).expect("a delivery");
    assert_eq!((delivery.channel, delivery.state), (Channel::Email, NotificationStatus::Sent));
    assert_eq!(delivery.recipient, "bob@example.com");
    let attempts: Vec<_> = delivery.attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect();
    assert_eq!(attempts, [(1, DeliveryAttemptStatus::Success)]);
    let content = delivery.content.unwrap();
    assert!(content.contains("••••••••") && !content.contains("token="), "{content}");
    let html = delivery.html_content.unwrap();
    assert!(html.contains("••••••••") && !html.contains("token"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_may_see_notifications_of_others_are_told() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let inbox: Page<InboxItem> = bob.get("/api/v1/notifications").await.json();
    let own = inbox.items.into_iter().next().expect("the welcome");
    assert_problem!(bob.get(&path(own.id)).await, 403, "permission-denied");
    let page: Page<DeliveryTimeline> = orion.administrator().await.get(&path(own.id)).await.json();
    assert_eq!(page.items.len(), 1);
    assert_eq!((page.items[0].channel, page.items[0].state), (Channel::InApp, NotificationStatus::Delivered));
    let nothing = NotificationId(bob.id.0);
    assert_problem!(orion.administrator().await.get(&path(nothing)).await, 404, "not-found");
}
