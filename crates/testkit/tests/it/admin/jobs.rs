//! `/api/v1/jobs`

use super::Browser;
use orion_contracts::audit::AuditEntry;
use orion_contracts::internal::ListJobs;
use orion_contracts::jobs::JobQuery;
use orion_contracts::jobs::{JobInfo, JobPage, JobState};
use orion_contracts::{Author, JobId, Page, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_infra::peers::PeerError;
use orion_testkit::{TestPlatform, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// Writes a job that nobody does.
async fn plant(orion: &TestPlatform, service: ServiceName, state: &str) -> JobId {
    let infra = orion.infra(service);
    let written = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let id: JobId = change.id();
        let sql = "INSERT INTO jobs (id, queue, kind, payload, max_attempts, state, created_at, due_at) \
                   VALUES ($1, 'nowhere', 'planted', 's3cret', 9, $2, $3, $3)";
        let insert = statement(change, sql, [id.0.into(), state.into(), change.now().into()]);
        change.execute_raw(insert).await?;
        Ok::<_, DbError>(id)
    });
    written.await.unwrap()
}

/// A platform whose job tables are filled by hand, with jobs that nobody will do.
async fn with_jobs() -> TestPlatform {
    let orion = TestPlatform::start().await;
    orion.leave_undelivered();
    orion
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_all_services_are_one_list_newest_first() {
    let orion = with_jobs().await;
    let root = orion.administrator().await;
    let mut planted = Vec::new();
    for (service, state) in [
        (ServiceName::Gateway, "dead"),
        (ServiceName::Gateway, "dead"),
        (ServiceName::Gateway, "dead"),
        (ServiceName::Users, "dead"),
        (ServiceName::Notifications, "due"),
    ] {
        // Ids sort by the millisecond.
        orion.advance(Duration::from_millis(2)).await;
        planted.push((plant(&orion, service, state).await, service));
    }
    planted.sort_unstable_by(|one, other| other.cmp(one));
    for limit in [1, 2, 3, 200] {
        let (mut found, mut path) = (Vec::new(), format!("/api/v1/jobs?kind=planted&limit={limit}"));
        loop {
            let answer = root.get(&path).await.expect(200);
            assert!(!answer.text.contains("s3cret"), "{}", answer.text);
            let page: JobPage = answer.json();
            assert!(page.items.len() <= limit && page.unavailable.is_empty());
            found.extend(page.items.into_iter().map(|job| (job.id, job.service)));
            let Some(cursor) = page.next_cursor else { break };
            path = format!("/api/v1/jobs?kind=planted&limit={limit}&cursor={cursor}");
        }
        assert_eq!(found, planted, "in pages of {limit}");
    }
    for (query, count) in [
        ("state=dead", 4),
        ("service=gateway", 3),
        ("service=gateway&state=due", 0),
        ("queue=nowhere", 5),
        ("queue=a%26b", 0),
    ] {
        let page: JobPage = root.get(&format!("/api/v1/jobs?kind=planted&{query}")).await.json();
        assert_eq!(page.items.len(), count, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_cancelled_and_repeated_and_its_services_audit_log_says_by_whom() {
    let orion = with_jobs().await;
    let root = orion.administrator().await;
    let id = plant(&orion, ServiceName::Notifications, "due").await;
    let path = format!("/api/v1/jobs/notifications/{id}");
    let cancelled: JobInfo = root.post(&format!("{path}/cancel"), json!({})).await.expect(200).json();
    assert_eq!((cancelled.state, cancelled.service), (JobState::Cancelled, ServiceName::Notifications));
    assert_problem!(root.post(&format!("{path}/cancel"), json!({})).await, 409, "conflict");
    let again: JobInfo = root.post(&format!("{path}/replay"), json!({})).await.expect(200).json();
    assert_eq!(again.state, JobState::Due);
    assert_problem!(root.post(&format!("{path}/replay"), json!({})).await, 409, "conflict");
    assert_eq!(root.get(&path).await.json::<JobInfo>(), again);

    let entries = eventually("the audit entries", || async {
        let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
        let of_job = |entry: &AuditEntry| entry.object.resource_id == Some(id.to_string());
        let found: Vec<_> = page.items.into_iter().filter(of_job).collect();
        (found.len() == 2).then_some(found)
    });
    for entry in entries.await {
        let (user_id, session_id) = (entry.principal.user_id(), entry.principal.session_id());
        assert_eq!((entry.service, user_id), (ServiceName::Notifications, Some(root.id)));
        assert_eq!(session_id, Some(root.session_id));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_and_what_is_not_there_is_told() {
    let orion = with_jobs().await;
    let root = orion.administrator().await;
    let moderator = orion.user("mod").with_role("moderator").await;
    let id = plant(&orion, ServiceName::Users, "due").await;
    let path = format!("/api/v1/jobs/users/{id}");
    assert_problem!(orion.anonymous().get("/api/v1/jobs").await, 401, "unauthenticated");
    assert_problem!(moderator.get("/api/v1/jobs").await, 403, "permission-denied");
    assert_problem!(moderator.get(&path).await, 403, "permission-denied");
    for verb in ["cancel", "replay"] {
        assert_problem!(moderator.post(&format!("{path}/{verb}"), json!({})).await, 403, "permission-denied");
        let absent = format!("/api/v1/jobs/users/{}/{verb}", Uuid::nil());
        assert_problem!(root.post(&absent, json!({})).await, 404, "not-found");
    }
    assert_problem!(root.get(&format!("/api/v1/jobs/auth/{id}")).await, 404, "not-found");
    assert_problem!(root.get(&format!("/api/v1/jobs/nobody/{id}")).await, 400, "bad-request");
    assert_problem!(root.get("/api/v1/jobs/users/1").await, 400, "bad-request");
    assert_problem!(root.get("/api/v1/jobs?cursor=zz").await, 400, "invalid-cursor");
    assert_problem!(root.get("/api/v1/jobs?state=asleep").await, 422, "validation");
    assert_problem!(root.get("/api/v1/jobs?limit=0").await, 422, "validation");
    assert_problem!(root.get("/api/v1/jobs?kind=%00").await, 422, "validation");
    assert_problem!(root.get(&format!("/api/v1/jobs?queue={}", "a".repeat(101))).await, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_needs_its_proof_and_a_token_needs_none() {
    let orion = with_jobs().await;
    let browser = Browser::administrator(&orion).await;
    let id = plant(&orion, ServiceName::Users, "due").await;
    let path = format!("/api/v1/jobs/users/{id}/cancel");
    let forged = orion_testkit::Answer::of(browser.request("POST", &path).json(&json!({}))).await;
    assert_problem!(forged, 403, "csrf");
    browser.post(&path, json!({})).await.expect(200);
    let page: JobPage = browser.get("/api/v1/jobs?kind=planted").await.json();
    assert_eq!(page.items.iter().map(|job| job.state).collect::<Vec<_>>(), [JobState::Cancelled]);
    let direct = orion.administrator().await.at(orion.service_url(ServiceName::Admin));
    direct.post(&format!("/api/v1/jobs/users/{id}/replay"), json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_does_not_answer_is_named_and_the_others_are_shown() {
    let mut orion = with_jobs().await;
    let root = orion.administrator().await.clone();
    plant(&orion, ServiceName::Users, "due").await;
    orion.stop_service(ServiceName::Notifications).await;
    let page: JobPage = root.get("/api/v1/jobs?kind=planted").await.json();
    assert_eq!(page.unavailable, [ServiceName::Notifications]);
    assert_eq!(page.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_admin_may_ask_a_service_for_its_jobs() {
    let orion = with_jobs().await;
    let users = orion.administrator().await.at(orion.service_url(ServiceName::Users));
    assert_problem!(users.get("/internal/v1/jobs").await, 401, "peer-refused");
    let peers = &orion.infra(ServiceName::Notifications).peers;
    let asked = peers.to(ServiceName::Users).call(&ListJobs {}, &JobQuery::default()).await;
    assert!(matches!(asked, Err(PeerError::Problem { problem, .. }) if problem.status == 403));
}
