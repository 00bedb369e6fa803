//! `/api/v1/audit`, and where services send their entries.

use orion_contracts::audit::{
    AuditAction, AuditAppended, AuditBatch, AuditEntry, AuditObject, AuditVerification, WrittenEntry,
};
use orion_contracts::internal::AppendAuditEntries;
use orion_contracts::{Author, OrganisationId, Page, Principal, ServiceName, UserId};
use orion_infra::audit::{AuditRecord, mac};
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError, Infra};
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use std::time::Duration;

fn entry(orion: &TestPlatform, service: ServiceName) -> AuditEntry {
    let infra = orion.infra(service);
    AuditEntry {
        id: infra.random.id(&infra.clock),
        service,
        occurred_at: infra.clock.now(),
        principal: Principal::Platform,
        actor: None,
        organisation_id: None,
        action: AuditAction::Update,
        object: AuditObject { resource: "route".to_owned(), resource_id: Some("shop".to_owned()) },
        description: "Changed a route".to_owned(),
        old_values: None,
        new_values: None,
        ip_address: None,
        user_agent: None,
        request_id: None,
        success: true,
        redaction: None,
    }
}

async fn send(orion: &TestPlatform, from: ServiceName, entries: &[AuditEntry]) -> AuditAppended {
    let infra = orion.infra(from);
    let written = |entry: &AuditEntry| {
        let text = serde_json::to_string(entry).unwrap();
        WrittenEntry { id: entry.id, mac: mac(&infra.secrets, from, &text), entry: text }
    };
    let batch = AuditBatch { entries: entries.iter().map(written).collect() };
    infra.peers.call(&AppendAuditEntries {}, &batch).await.expect("an answer")
}

/// Makes a change that is nothing but its audit entries.
async fn audited(infra: &Infra, author: Author, records: &[AuditRecord]) {
    let change = async |change: &mut Change| {
        records.iter().cloned().for_each(|record| change.audit(record));
        Ok::<_, DbError>(())
    };
    infra.write(author, change).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_a_service_arrive_once_and_are_listed_newest_first() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let entries: Vec<_> = (0..5).map(|_| entry(&orion, ServiceName::Gateway)).collect();
    assert!(send(&orion, ServiceName::Gateway, &entries[..3]).await.refused.is_empty());
    assert!(send(&orion, ServiceName::Gateway, &entries).await.refused.is_empty(), "three of them came before");
    let listed: Vec<_> = all(root).await.into_iter().filter(|entry| entry.service == ServiceName::Gateway).collect();
    assert_eq!(listed, entries.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_sends_its_own_entries_only() {
    let orion = TestPlatform::start().await;
    let (foreign, own) = (entry(&orion, ServiceName::Auth), entry(&orion, ServiceName::Gateway));
    let appended = send(&orion, ServiceName::Gateway, &[foreign.clone(), own]).await;
    assert_eq!(appended.refused.iter().map(|refused| refused.id).collect::<Vec<_>>(), [foreign.id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_somebody_wrote_without_the_key_is_set_aside_and_the_next_one_arrives() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let infra = orion.infra(ServiceName::Gateway);
    orion.leave_undelivered();
    let forged = entry(&orion, ServiceName::Gateway);
    let values = [
        forged.id.0.into(),
        serde_json::to_string(&forged).unwrap().into(),
        "0".repeat(64).into(),
        infra.clock.now().into(),
    ];
    let insert = async |change: &mut Change| {
        change.unaudited("a test");
        let sql = "INSERT INTO audit_entries (id, entry, mac, created_at) VALUES ($1, $2, $3, $4)";
        change.execute_raw(statement(change, sql, values.clone())).await.map_err(DbError::from)
    };
    infra.write(Author::PLATFORM, insert).await.unwrap();
    let record = AuditRecord::new(AuditAction::Other("teleport".to_owned()), "route", "Moved a route");
    audited(infra, Author::PLATFORM, &[record]).await;
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?action=teleport").await.json();
    assert_eq!(page.items.len(), 1, "the entry after it");
    assert!(all(root).await.iter().all(|entry| entry.id != forged.id));
    let select = "SELECT refused_reason FROM audit_entries";
    let row = infra.db.read().query_one_raw(statement(infra.db.read(), select, [])).await.unwrap().unwrap();
    assert!(row.try_get::<String>("", "refused_reason").unwrap().contains("MAC"));
    eventually("the gauge", || async {
        let metrics = root.at(orion.service_url(ServiceName::Gateway)).get("/metrics").await.text;
        metrics.contains("audit_entries_refused{service=\"gateway\"} 1").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_filtered_and_bad_filters_are_told_by_field() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let infra = orion.infra(ServiceName::Gateway);
    let (actor, organisation): (UserId, OrganisationId) =
        (infra.random.id(&infra.clock), infra.random.id(&infra.clock));
    let acts_for: OrganisationId = infra.random.id(&infra.clock);
    let author = Author { actor: Some(actor), organisation_id: Some(acts_for), ..Author::user(bob.id, None) };
    let record = AuditRecord::new(AuditAction::Delete, "route", "Removed a route").on("shop");
    let record = record.for_organisation(organisation);
    audited(infra, author, &[record.clone(), record]).await;
    let found = |query: String| async move {
        let page: Page<AuditEntry> = root.get(&format!("/api/v1/audit?{query}")).await.expect(200).json();
        page.items
    };
    let ours = |entries: &[AuditEntry]| entries.len() == 2 && entries.iter().all(|entry| entry.actor == Some(actor));
    orion.settle().await;
    assert!(ours(&found(format!("actor={actor}")).await));
    let start = "2020-01-01T00:00:00Z";
    for query in [
        format!("organisation={organisation}"),
        format!("principal={}&resource=route", bob.id),
        "resource=route&resource_id=shop".to_owned(),
        "resource_id=shop&service=gateway&success=true".to_owned(),
        format!("about={actor}"),
        format!("action=delete&since={start}&until=2199-01-01T00:00:00Z"),
    ] {
        assert!(ours(&found(query.clone()).await), "{query}");
    }
    assert_eq!(found(format!("organisation={acts_for}")).await, [], "it is not what its author acts for");
    let everything = all(root).await;
    assert_eq!(found(format!("since={start}&limit=200")).await.len(), everything.len());
    assert_eq!(found(format!("until={start}")).await, []);
    let page: Page<AuditEntry> = root.get("/api/v1/audit?resource=route&limit=1").await.json();
    let rest = found(format!("resource=route&limit=1&cursor={}", page.next_cursor.unwrap())).await;
    assert!(rest.len() == 1 && rest[0].id != page.items[0].id);

    let long = format!("principal={}", "x".repeat(256));
    for (query, field, code) in [
        ("actor=bob", "actor", "wrong_type"),
        ("organisation=1", "organisation", "wrong_type"),
        ("service=shop", "service", "not_one_of"),
        ("ip_address=home", "ip_address", "invalid"),
        ("success=maybe", "success", "wrong_type"),
        ("about=bob", "about", "wrong_type"),
        ("action=", "action", "required"),
        ("principal=%00", "principal", "invalid"),
        (&*long, "principal", "too_long"),
        ("since=yesterday", "since", "wrong_type"),
        ("since=-0001-01-01T00:00:00Z", "since", "out_of_range"),
        ("until=%2B200000-01-01T00:00:00Z", "until", "out_of_range"),
        ("user=bob", "user", "unknown"),
    ] {
        let answer = assert_problem!(root.get(&format!("/api/v1/audit?{query}")).await, 422, "validation");
        assert_eq!((answer.problem_fields(), answer.problem_codes()), (vec![field.to_owned()], vec![code.to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_far_ahead_for_an_hour_costs_no_entry() {
    const YEARS: Duration = Duration::from_secs(2 * 366 * 24 * 3600);
    let orion = TestPlatform::start().await;
    orion.user("bob").await;
    let infra = orion.infra(ServiceName::Users);
    let count = async || {
        let count = "SELECT COUNT(*) AS n, MIN(position) AS first FROM audit_log";
        let row = infra.db.read().query_one_raw(statement(infra.db.read(), count, [])).await.unwrap().unwrap();
        (row.try_get::<i64>("", "n").unwrap(), row.try_get::<Option<i64>>("", "first").unwrap())
    };
    orion.settle().await;
    let before = count().await.0;
    assert!(before >= 2, "{before}");
    orion.advance(YEARS).await;
    eventually("the look at the log", || async {
        let select = statement(infra.db.read(), "SELECT verified_at FROM audit_chain", []);
        let row = infra.db.read().query_one_raw(select).await.unwrap().unwrap();
        row.try_get::<Option<chrono::DateTime<chrono::Utc>>>("", "verified_at").unwrap()
    })
    .await;
    let after = count().await;
    assert!(after.0 >= before && after.1 == Some(1), "{before} entries before, {after:?} after");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_read_the_log_is_told_whether_it_holds() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let told = || async { root.get("/api/v1/audit/verification").await.expect(200).json::<AuditVerification>() };
    assert!(told().await.holds && told().await.verified_at.is_none());
    orion.advance(Duration::from_secs(3601)).await;
    // The token is older than that now.
    let root = TestUser::sign_in(&orion.anonymous(), "root@example.com", PASSWORD).await;
    let told = || async { root.get("/api/v1/audit/verification").await.expect(200).json::<AuditVerification>() };
    let verified = || async { Some(told().await).filter(|told| told.verified_at.is_some()) };
    assert!(eventually("the verification", verified).await.holds);
    let bob = orion.user("bob").await;
    assert_problem!(bob.get("/api/v1/audit/verification").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_to_a_user_arrives_from_the_services_that_did_it() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    orion.settle().await;
    let entries = all(root).await;
    let of_bob = |action| {
        entries.iter().any(|entry| entry.action == action && entry.object.resource_id == Some(bob.id.to_string()))
    };
    assert!(of_bob(AuditAction::Create) && of_bob(AuditAction::AccountVerify), "{entries:?}");
    let login = |entry: &AuditEntry| entry.action == AuditAction::Login && entry.principal.user_id() == Some(bob.id);
    assert!(entries.iter().any(|entry| login(entry) && entry.service == ServiceName::Auth), "{entries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_the_log_needs_the_permission() {
    let orion = TestPlatform::start().await;
    let moderator = orion.user("mod").with_role("moderator").await;
    assert_problem!(moderator.get("/api/v1/audit").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_of_large_entries_arrives_in_batches_that_are_taken() {
    // What others may send does not bound what services do.
    let orion = TestPlatform::builder().set("server.max_body_bytes", 16 * 1024).start().await;
    let root = orion.administrator().await;
    let infra = orion.infra(ServiceName::Gateway);
    // More than a body may have, one alone that is more than a batch is filled with, and one that no batch has room for.
    let sized = |size| {
        let text = serde_json::Value::String("x".repeat(size));
        AuditRecord::new(AuditAction::Update, "route", "Changed a route").values(None, Some(text))
    };
    orion.leave_undelivered();
    let records: Vec<_> = [100_000; 12].into_iter().chain([400_000, 1_100_000]).map(sized).collect();
    audited(infra, Author::PLATFORM, &records).await;
    orion.settle().await;
    let arrived = all(root).await.into_iter().filter(|entry| entry.service == ServiceName::Gateway).count();
    assert_eq!(arrived, 13, "all but the one that is too large");
    let metrics = root.at(orion.service_url(ServiceName::Auth)).get("/metrics").await.text;
    assert!(metrics.contains("audit_unshipped_age_seconds{service=\"auth\"}"), "{metrics}");
}
