//! `/api/v1/audit`, and where services send their entries.

use super::problem;
use orion_contracts::audit::{AuditAction, AuditBatch, AuditEntry};
use orion_contracts::{Page, ServiceName};
use orion_infra::audit::AuditRecord;
use orion_infra::db::dialect::statement;
use orion_infra::peers::PeerError;
use orion_testkit::{Client, TestPlatform, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use std::time::Duration;

fn entry(orion: &TestPlatform, service: ServiceName, sequence: i64) -> AuditEntry {
    let infra = orion.infra(service);
    AuditEntry {
        id: infra.random.id(&infra.clock),
        service,
        sequence,
        occurred_at: infra.clock.now(),
        user_id: None,
        session_id: None,
        action: AuditAction::Update,
        resource: "route".to_owned(),
        resource_id: Some("shop".to_owned()),
        description: "Changed a route".to_owned(),
        old_values: None,
        new_values: None,
        ip_address: None,
        user_agent: None,
        request_id: None,
        success: true,
    }
}

async fn send(orion: &TestPlatform, from: ServiceName, entries: Vec<AuditEntry>) -> Result<(), PeerError> {
    let peers = &orion.infra(from).peers;
    peers.to(ServiceName::Users).post_nothing("/internal/v1/audit-entries", &AuditBatch { entries }).await
}

async fn all(client: &Client) -> Vec<AuditEntry> {
    let (mut entries, mut path) = (Vec::new(), "/api/v1/audit?limit=3".to_owned());
    loop {
        let page: Page<AuditEntry> = client.get(&path).await.json();
        entries.extend(page.items);
        match page.next_cursor {
            Some(cursor) => path = format!("/api/v1/audit?limit=3&cursor={cursor}"),
            None => return entries,
        }
    }
}

#[tokio::test]
async fn entries_of_a_service_arrive_once_and_are_listed_newest_first() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let entries: Vec<_> = (1..=5).map(|sequence| entry(&orion, ServiceName::Gateway, sequence)).collect();
    send(&orion, ServiceName::Gateway, entries[..3].to_vec()).await.expect("appended");
    send(&orion, ServiceName::Gateway, entries.clone()).await.expect("appended, three of them before");
    let listed: Vec<_> = all(root).await.into_iter().filter(|entry| entry.service == ServiceName::Gateway).collect();
    assert_eq!(listed, entries.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_service_sends_its_own_entries_only_and_no_number_twice() {
    let orion = TestPlatform::start().await;
    let foreign = vec![entry(&orion, ServiceName::Auth, 1_000)];
    let refused = send(&orion, ServiceName::Gateway, foreign).await.expect_err("not its own");
    assert_eq!(problem(refused), (403, "permission-denied".to_owned()));
    send(&orion, ServiceName::Gateway, vec![entry(&orion, ServiceName::Gateway, 1)]).await.expect("appended");
    let twice = send(&orion, ServiceName::Gateway, vec![entry(&orion, ServiceName::Gateway, 1)]).await;
    assert_eq!(problem(twice.expect_err("taken")), (409, "conflict".to_owned()));
}

#[tokio::test]
async fn what_happens_to_a_user_arrives_from_the_services_that_did_it() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    eventually("creation and verification", || async {
        let entries = all(root).await;
        let of_bob = |action| {
            entries.iter().any(|entry| entry.action == action && entry.resource_id == Some(bob.id.to_string()))
        };
        (of_bob(AuditAction::Create) && of_bob(AuditAction::AccountVerify)).then_some(())
    })
    .await;
    eventually("the sign-in, from auth", || async {
        let entries = all(root).await;
        let login = |entry: &AuditEntry| entry.action == AuditAction::Login && entry.user_id == Some(bob.id);
        entries.iter().any(|entry| login(entry) && entry.service == ServiceName::Auth).then_some(())
    })
    .await;
}

#[tokio::test]
async fn reading_the_log_needs_the_permission() {
    let orion = TestPlatform::start().await;
    let moderator = orion.user("mod").with_role("moderator").await;
    assert_problem!(moderator.get("/api/v1/audit").await, 403, "permission-denied");
}

#[tokio::test]
async fn a_backlog_of_large_entries_arrives_in_batches_that_are_taken() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let infra = orion.infra(ServiceName::Gateway);
    let txn = infra.db.begin().await.unwrap();
    // More than a body may have, and one alone that is more than a batch is filled with.
    for size in [100_000; 12].into_iter().chain([400_000]) {
        let text = serde_json::Value::String("x".repeat(size));
        let record = AuditRecord::new(AuditAction::Update, "route", "Changed a route").values(None, Some(text));
        infra.audit.record(&txn, record).await.unwrap();
    }
    txn.commit().await.unwrap();
    eventually("all entries", || async {
        let arrived = all(root).await.into_iter().filter(|entry| entry.service == ServiceName::Gateway).count();
        (arrived == 13).then_some(())
    })
    .await;
    let metrics = root.at(orion.service_url(ServiceName::Auth)).get("/metrics").await.text;
    assert!(metrics.contains("audit_unshipped_age_seconds{service=\"auth\"}"), "{metrics}");
}

#[tokio::test]
async fn restarts_do_not_put_off_the_verification_of_the_log() {
    const HOUR: Duration = Duration::from_secs(3601);
    let mut orion = TestPlatform::start().await;
    let verified = |orion: &TestPlatform| {
        let db = orion.infra(ServiceName::Users).db.clone();
        async move {
            let select = statement(db.read(), "SELECT verified_at FROM audit_chain", []);
            let row = db.read().query_one_raw(select).await.unwrap().unwrap();
            row.try_get::<Option<chrono::DateTime<chrono::Utc>>>("", "verified_at").unwrap()
        }
    };
    assert_eq!(verified(&orion).await, None);
    orion.advance(HOUR);
    let first = eventually("the first verification", || verified(&orion)).await;
    orion.advance(HOUR);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(verified(&orion).await, Some(first), "once a day");

    let infra = orion.infra(ServiceName::Users);
    let txn = infra.db.begin().await.unwrap();
    let yesterday = chrono::Utc::now() - chrono::Duration::hours(24);
    let update = "UPDATE audit_chain SET verified_at = $1";
    txn.execute_raw(statement(txn.connection(), update, [yesterday.into()])).await.unwrap();
    txn.commit().await.unwrap();
    orion.restart().await;
    orion.advance(HOUR);
    eventually("the next verification", || async { (verified(&orion).await > Some(yesterday + HOUR)).then_some(()) })
        .await;
}
