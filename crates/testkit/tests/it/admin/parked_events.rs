//! Events that a consumer does not take, at `/api/v1/jobs?kind=consume`.

use orion_contracts::jobs::{JobInfo, JobPage, JobState};
use orion_contracts::{Author, ServiceName};
use orion_infra::{DbError, Infra};
use orion_testkit::node::{repeated, tell};
use orion_testkit::parked::{parked, until_next_try};
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;

/// What the consumers of notifications need.
const TABLE: &str = "notifications";

async fn execute(infra: &Infra, sql: &str) {
    let written = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        Ok::<_, DbError>(change.execute_unprepared(sql).await?)
    });
    written.await.unwrap();
}

async fn dead(client: &Client) -> Vec<JobInfo> {
    client.get("/api/v1/jobs?kind=consume&state=dead").await.expect(200).json::<JobPage>().items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_never_taken_is_shown_as_a_dead_job_and_taken_once_its_cause_is_mended() {
    let orion = TestPlatform::start().await;
    let email = orion.administrator().await.email.clone();
    // What follows from there being an administrator is over.
    orion.settle().await;
    let (sender, infra) = (orion.infra(ServiceName::Auth), orion.infra(ServiceName::Notifications));
    execute(infra, &format!("ALTER TABLE {TABLE} RENAME TO hidden")).await;
    let id = tell(sender, 1, repeated(sender)).await;
    eventually("its being parked", || async { (!parked(infra).await.is_empty()).then_some(()) }).await;
    // As if most of the day had passed.
    execute(infra, "UPDATE jobs SET attempts = max_attempts - 2 WHERE kind = 'consume' AND state = 'due'").await;
    eventually("its death", || async {
        let parked = parked(infra).await;
        if let Some(until) = until_next_try(infra, &parked) {
            orion.advance(until).await;
        }
        parked.iter().all(|job| job.state == JobState::Dead).then_some(())
    })
    .await;

    // Hours have passed: the first session is over.
    let root = TestUser::sign_in(&orion.anonymous(), &email, PASSWORD).await;
    let found = dead(&root).await;
    let about = format!("auth.registration_repeated {id} for registration warning: ");
    let job = found.iter().find(|job| job.reason.as_ref().is_some_and(|reason| reason.starts_with(&about)));
    let job = job.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!((job.service, job.max_attempts), (ServiceName::Notifications, Some(job.attempts)));
    assert!(!job.reason.as_ref().unwrap().contains("example.com"), "{job:?}");

    execute(infra, &format!("ALTER TABLE hidden RENAME TO {TABLE}")).await;
    for job in &found {
        root.post(&format!("/api/v1/jobs/{}/{}/replay", job.service, job.id), json!({})).await.expect(200);
    }
    eventually("the end of the job", || async { parked(infra).await.is_empty().then_some(()) }).await;
    assert!(dead(&root).await.is_empty());
    let select = infra.db.read().query_one_raw(orion_infra::db::dialect::statement(
        infra.db.read(),
        "SELECT kind FROM notifications WHERE source_event_id = $1",
        [id.0.into()],
    ));
    let row = select.await.unwrap().expect("the notification");
    assert_eq!(row.try_get::<String>("", "kind").unwrap(), "account.registration_repeated");
}
