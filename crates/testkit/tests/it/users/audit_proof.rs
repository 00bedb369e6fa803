//! `/api/v1/audit`: one entry, redaction, verification on demand, checkpoints and the keys that sign them.

use orion_contracts::audit::{
    AuditAction, AuditCheckpoint, AuditEntry, AuditEntryDetail, AuditKeys, AuditLink, AuditVerification,
};
use orion_contracts::{Author, Page, ServiceName};
use orion_infra::audit::{AuditRecord, MASK, checkpoint};
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

async fn newest(client: &Client, query: &str) -> AuditEntry {
    let page: Page<AuditEntry> = client.get(&format!("/api/v1/audit?limit=1&{query}")).await.expect(200).json();
    page.items.into_iter().next().unwrap()
}

/// Gives an administrator the role that may redact.
async fn super_admin(orion: &TestPlatform) -> TestUser {
    orion.user("sue").with_role("super_admin").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_is_shown_with_its_link() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let entry = newest(root, &format!("about={}&action=create", bob.id)).await;
    let shown: AuditEntryDetail = root.get(&format!("/api/v1/audit/{}", entry.id)).await.expect(200).json();
    assert_eq!((&shown.entry, shown.link.id, shown.holds), (&entry, entry.id, true));
    let link: AuditLink = root.get(&format!("/api/v1/audit/links/{}", shown.link.position)).await.expect(200).json();
    assert_eq!(link, shown.link);
    assert_problem!(root.get("/api/v1/audit/links/999999").await, 404, "not-found");
    assert_problem!(root.get(&format!("/api/v1/audit/{}", bob.id)).await, 404, "not-found");
    assert_problem!(root.get("/api/v1/audit/bob").await, 400, "bad-request");
    assert_problem!(bob.get(&format!("/api/v1/audit/{}", entry.id)).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_values_are_taken_out_by_who_may_with_a_reason_and_that_stands_in_the_log() {
    let orion = TestPlatform::start().await;
    let sue = super_admin(&orion).await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let entry = newest(&sue, &format!("about={}&resource=user", bob.id)).await;
    let path = format!("/api/v1/audit/{}/redaction", entry.id);
    let reason = json!({ "reason": "Asked for; ticket 4711" });
    let admin = orion.user("ann").with_role("admin").await;
    assert_problem!(admin.put(&path, reason.clone()).await, 403, "permission-denied");
    for (body, code) in [(json!({ "reason": " " }), "required"), (json!({ "reason": "x".repeat(501) }), "too_long")] {
        assert_eq!(assert_problem!(sue.put(&path, body).await, 422, "validation").problem_codes(), [code]);
    }
    let shown: AuditEntryDetail = sue.put(&path, reason.clone()).await.expect(200).json();
    let redaction = shown.entry.redaction.clone().unwrap();
    assert_eq!((redaction.by, &*redaction.reason, shown.holds), (sue.id, "Asked for; ticket 4711", true));
    let text = sue.get(&format!("/api/v1/audit/{}", entry.id)).await.expect(200).text;
    assert!(!text.contains(&bob.email), "{text}");
    orion.settle().await;
    let told = newest(&sue, &format!("action=redact&resource_id={}", entry.id)).await;
    assert_eq!((told.principal.user_id(), told.object.resource.as_str()), (Some(sue.id), "audit_entry"));
    let again: AuditEntryDetail = sue.put(&path, json!({ "reason": "Once more" })).await.expect(200).json();
    assert_eq!(again.entry.redaction, Some(redaction));

    orion.advance(Duration::from_secs(600)).await;
    let late = TestUser::sign_in(&orion.anonymous(), &sue.email, PASSWORD).await;
    late.put(&path, reason.clone()).await.expect(200);
    orion.advance(Duration::from_secs(400)).await;
    let answer = late.put(&path, reason).await;
    assert!(answer.status == 401, "neither by a token that was stolen long after: {}", answer.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_verified_when_somebody_asks_and_what_was_done_to_it_is_told() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    orion.settle().await;
    let verify = || async {
        let before: AuditVerification = root.post("/api/v1/audit/verification", json!({})).await.expect(202).json();
        eventually("the verification", || async {
            let now: AuditVerification = root.get("/api/v1/audit/verification").await.expect(200).json();
            (now.verified_at > before.verified_at).then_some(now)
        })
        .await
    };
    let told = verify().await;
    assert!(told.holds && told.head_position > 0 && told.entries == told.head_position, "{told:?}");
    assert_eq!(told.retention_days, 365);
    let tamper = async |change: &mut Change| {
        change.unaudited("a test");
        let sql = "UPDATE audit_log SET action = 'logout' WHERE position = 1";
        change.execute_unprepared(sql).await.map_err(DbError::from)
    };
    orion.infra(ServiceName::Users).write(Author::PLATFORM, tamper).await.unwrap();
    let told = verify().await;
    assert_eq!((told.holds, told.breaks), (false, vec!["the entry of link 1 was changed".to_owned()]));
    let bob = orion.user("bob").await;
    assert_problem!(bob.post("/api/v1/audit/verification", json!({})).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_somebody_made_unreadable_are_named_by_a_verification_and_listed_as_such() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let whole: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.expect(200).json();
    // Neither database has such a moment in a calendar: the one knows what is never, and to the other it is some text.
    let tamper = async |change: &mut Change| {
        change.unaudited("a test");
        for sql in [
            "UPDATE audit_log SET occurred_at = 'infinity' WHERE position = 2",
            "UPDATE audit_log SET occurred_at = '-infinity', appended_at = 'infinity' WHERE position = 3",
            "UPDATE audit_log SET action = 'logout' WHERE position = 4",
        ] {
            change.execute_unprepared(sql).await?;
        }
        Ok::<_, DbError>(())
    };
    orion.infra(ServiceName::Users).write(Author::PLATFORM, tamper).await.unwrap();
    let before: AuditVerification = root.post("/api/v1/audit/verification", json!({})).await.expect(202).json();
    let told = eventually("the verification", || async {
        let now: AuditVerification = root.get("/api/v1/audit/verification").await.expect(200).json();
        (now.verified_at > before.verified_at).then_some(now)
    })
    .await;
    let found = [
        "link 2 cannot be read: it was changed",
        "link 3 cannot be read: it was changed",
        "the entry of link 4 was changed",
    ];
    assert_eq!((told.holds, told.breaks), (false, found.map(str::to_owned).to_vec()));
    orion.settle().await;
    let mut listed: Vec<AuditEntry> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Page<AuditEntry> = root.get(&format!("/api/v1/audit?limit=1{cursor}")).await.expect(200).json();
        listed.extend(page.items);
        let Some(next) = page.next_cursor else { break };
        assert!(listed.len() < 1000, "the list has no end");
        cursor = format!("&cursor={next}");
    }
    let unreadable = |entry: &&AuditEntry| entry.description.contains("tampered with");
    assert_eq!(listed.iter().filter(unreadable).count(), 2, "{listed:?}");
    let missing = whole.items.iter().filter(|entry| !listed.contains(entry)).count();
    assert_eq!(missing, 2, "but for those two all are told as before");
    let by_id: Vec<_> = listed.iter().filter(unreadable).map(|entry| entry.id).collect();
    for id in by_id {
        let shown: AuditEntryDetail = root.get(&format!("/api/v1/audit/{id}")).await.expect(200).json();
        assert!(!shown.holds, "{shown:?}");
    }
    root.get(&format!("/api/v1/audit?about={}", bob.id)).await.expect(200);
    for format in ["csv", "ndjson"] {
        root.get(&format!("/api/v1/audit/export?format={format}")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_redact_no_more_takes_nothing_out_though_their_process_has_not_heard_of_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let sue = orion.user("sue").with_role("admin").await;
    root.put(&format!("/api/v1/users/{}/permissions/audit.redact", sue.id), json!({ "effect": "grant" }))
        .await
        .expect(204);
    orion.settle().await;
    let entry = newest(root, &format!("about={}&resource=user", sue.id)).await;
    let path = format!("/api/v1/audit/{}/redaction", entry.id);
    let asked = json!({ "questions": [{ "permission": "audit.redact" }] });
    eventually("the permission", || async {
        let told = sue.post("/api/v1/authz/check", asked.clone()).await.value();
        (told["items"][0]["allowed"] == json!(true)).then_some(())
    })
    .await;
    let taken = async |change: &mut Change| {
        change.unaudited("a test");
        let delete = statement(change, "DELETE FROM user_permissions WHERE user_id = $1", [sue.id.0.into()]);
        change.execute_raw(delete).await?;
        Ok::<_, DbError>(())
    };
    orion.infra(ServiceName::Users).write(Author::PLATFORM, taken).await.unwrap();
    assert_problem!(sue.put(&path, json!({ "reason": "Asked for" })).await, 403, "permission-denied");
    let shown: AuditEntryDetail = root.get(&format!("/api/v1/audit/{}", entry.id)).await.expect(200).json();
    assert_eq!(shown.entry.redaction, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_is_signed_by_a_key_that_everybody_finds_and_one_comes_each_hour() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    orion.settle().await;
    let signed: AuditCheckpoint = root.post("/api/v1/audit/checkpoints", json!({})).await.expect(200).json();
    let keys: AuditKeys = orion.anonymous().get("/api/v1/audit/keys").await.expect(200).json();
    assert_eq!(checkpoint::read(&signed.token, &keys.keys), Ok(signed.clone()));
    let link: AuditLink = root.get(&format!("/api/v1/audit/links/{}", signed.position)).await.expect(200).json();
    assert_eq!(link.hash, signed.hash);
    orion.user("bob").await;
    orion.settle().await;
    let users = orion.infra(ServiceName::Users);
    eventually("the job", || async {
        let select = "SELECT id FROM jobs WHERE kind = 'take_audit_checkpoint'";
        users.db.read().query_one_raw(statement(users.db.read(), select, [])).await.unwrap().map(drop)
    })
    .await;
    orion.advance(Duration::from_secs(3700)).await;
    let root = TestUser::sign_in(&orion.anonymous(), "root@example.com", PASSWORD).await;
    let next = eventually("the next one", || async {
        let page: Page<AuditCheckpoint> = root.get("/api/v1/audit/checkpoints").await.expect(200).json();
        page.items.into_iter().next().filter(|next| next.position > signed.position)
    })
    .await;
    let told: AuditVerification = root.get("/api/v1/audit/verification").await.expect(200).json();
    assert!(told.checkpoint.is_some_and(|last| last.position >= next.position));
    let bob = TestUser::sign_in(&orion.anonymous(), "bob@example.com", PASSWORD).await;
    for answer in [bob.get("/api/v1/audit/checkpoints").await, bob.post("/api/v1/audit/checkpoints", json!({})).await] {
        assert_problem!(answer, 403, "permission-denied");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_a_service_lets_slip_into_its_values_is_masked_before_it_is_written() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let infra = orion.infra(ServiceName::Gateway);
    let slip = async |change: &mut Change| {
        let values = json!({ "upstream": { "client_secret": "hunter2", "url": "http://shop" } });
        let record = AuditRecord::new(AuditAction::Other("slip".to_owned()), "route", "Changed a route");
        change.audit(record.values(Some(values.clone()), Some(values)));
        Ok::<_, DbError>(())
    };
    infra.write(Author::PLATFORM, slip).await.unwrap();
    orion.settle().await;
    let entry = newest(root, "action=slip").await;
    let masked = json!({ "upstream": { "client_secret": MASK, "url": "http://shop" } });
    assert_eq!((entry.old_values.as_ref(), entry.new_values.as_ref()), (Some(&masked), Some(&masked)));
}
