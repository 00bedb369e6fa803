//! `/api/v1/users`: finding users.

use super::{new_id, pending, put};
use orion_contracts::users::{PutUser, User};
use orion_contracts::{Page, ServiceName};
use orion_testkit::{TestPlatform, assert_problem};
use sea_orm::ConnectionTrait;

async fn found(client: &orion_testkit::Client, query: &str) -> Vec<String> {
    let page: Page<User> = client.get(&format!("/api/v1/users?{query}")).await.json();
    let mut emails: Vec<_> = page.items.into_iter().map(|user| user.email.to_string()).collect();
    emails.sort();
    emails
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_older_rules_let_pass_breaks_no_list() {
    let orion = TestPlatform::start().await;
    put(&orion, new_id(&orion), &pending("mia@example.com")).await.expect("created");
    let old = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    old.execute_unprepared("UPDATE users SET email = 'mia.@example.com' WHERE email = 'mia@example.com'")
        .await
        .unwrap();
    old.commit().await.unwrap();
    let text = orion.administrator().await.get("/api/v1/users?search=mia").await.expect(200).text;
    assert!(text.contains("mia.@example.com"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_found_by_parts_of_address_and_names_whatever_the_case() {
    let orion = TestPlatform::start().await;
    for (email, name) in [
        ("mia@example.com", "Änne Weiß"),
        ("max@example.org", "Max Power"),
        ("a_b@x.com", "A% Test"),
        ("nils@søk.test", "Nils"),
    ] {
        let order = PutUser { display_name: Some(name.to_owned()), ..pending(email) };
        put(&orion, new_id(&orion), &order).await.expect("created");
    }
    let root = orion.administrator().await;
    for (search, expected) in [
        ("m", &["max@example.org", "mia@example.com"][..]),
        ("MIA@EX", &["mia@example.com"]),
        ("%C3%84NNE", &["mia@example.com"]),
        ("wei", &["mia@example.com"]),
        ("max%20po", &["max@example.org"]),
        ("a_", &["a_b@x.com"]),
        ("a%25", &["a_b@x.com"]),
        ("po%20ma", &["max@example.org"]),
        ("max%20mia", &[]),
        ("example", &["max@example.org", "mia@example.com", "root@example.com"]),
        ("@x.com", &["a_b@x.com"]),
        ("_B", &["a_b@x.com"]),
        ("ower", &[]),
        // As its owner writes it.
        ("nils@s%C3%B8k.test", &["nils@xn--sk-lka.test"]),
        ("@S%C3%98K.te", &["nils@xn--sk-lka.test"]),
        ("%25", &["a_b@x.com"]),
        ("_", &["a_b@x.com"]),
        ("a%25b", &[]),
        ("'%22;--", &[]),
    ] {
        assert_eq!(found(root, &format!("search={search}")).await, expected, "{search}");
    }
    // At the service itself: the gateway may refuse such a query before.
    let direct = root.at(orion.service_url(ServiceName::Users));
    assert!(found(&direct, "search=%00").await.is_empty());
    assert_eq!(found(root, "status=active").await, ["root@example.com"]);
    assert_eq!(found(root, "status=pending_verification&search=max").await, ["max@example.org"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_name_is_found_and_the_old_one_is_not() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    for name in ["Robert", "Bobby"] {
        bob.patch("/api/v1/users/me", serde_json::json!({ "first_name": name })).await.expect(200);
    }
    assert_eq!(found(root, "search=bobby").await, ["bob@example.com"]);
    assert!(found(root, "search=robert").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_newest_first_and_hold_everybody_once() {
    let orion = TestPlatform::start().await;
    for number in 0..5 {
        put(&orion, new_id(&orion), &pending(&format!("p{number}@example.com"))).await.expect("created");
    }
    let root = orion.administrator().await;
    let (mut ids, mut path) = (Vec::new(), "/api/v1/users?limit=2".to_owned());
    loop {
        let page: Page<User> = root.get(&path).await.json();
        assert!(page.items.len() <= 2);
        ids.extend(page.items.into_iter().map(|user| user.id));
        match page.next_cursor {
            Some(cursor) => path = format!("/api/v1/users?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(ids.len(), 6);
    assert!(ids.is_sorted_by(|left, right| left > right), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_query_is_refused_and_never_an_error_of_ours() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await.at(orion.service_url(ServiceName::Users));
    let long = "x".repeat(201);
    for (query, status, name) in [
        ("cursor=zz", 400, "invalid-cursor"),
        ("cursor=7b7d", 400, "invalid-cursor"),
        ("status=strange", 422, "validation"),
        ("unknown=1", 422, "validation"),
        ("limit=0", 422, "validation"),
        ("limit=201", 422, "validation"),
        (&format!("search={long}"), 422, "validation"),
        ("search=a%20b%20c%20d%20e%20f%20g%20h%20i", 422, "validation"),
        ("sort=age", 422, "validation"),
        ("sort=name&cursor=7b7d", 400, "invalid-cursor"),
        ("role=nobody", 422, "validation"),
        ("role=%00", 422, "validation"),
        ("is_verified=maybe", 422, "validation"),
        ("created_since=yesterday", 422, "validation"),
        ("created_until=%2B262000-01-01T00:00:00Z", 422, "validation"),
        ("last_login_since=-000001-01-01T00:00:00Z", 422, "validation"),
        ("tags=%00", 422, "validation"),
        ("tags=a,b,c,d,e,f,g,h,i", 422, "validation"),
    ] {
        let answer = root.get(&format!("/api/v1/users?{query}")).await;
        assert_eq!((answer.status, answer.problem_name().as_deref()), (status, Some(name)), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_in_plain_words() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for (path, words) in [
        ("/api/v1/users?limit=abc", "must be a whole number from 1 to 200"),
        ("/api/v1/users?limit=99999999999", "must be a whole number from 1 to 200"),
        ("/api/v1/users?status=Active", "must be one of active, inactive"),
        ("/api/v1/users/nobody", "In the path, id must be a UUID."),
        ("/api/v1/audit?since=2026-01-01", "must be a moment such as 2026-01-01T00:00:00Z"),
        ("/api/v1/audit?since=2026-01-01T00:00:00+01:00", "+ is written %2B"),
        ("/api/v1/audit?actor=zzz", "must be a UUID"),
    ] {
        let answer = root.get(path).await;
        assert!((400..500).contains(&answer.status) && answer.text.contains(words), "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finding_others_needs_the_permission() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let moderator = orion.user("mod").with_role("moderator").await;
    let path = format!("/api/v1/users/{}", bob.id);
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    assert_problem!(bob.get(&path).await, 403, "permission-denied");
    let user: User = moderator.get(&path).await.json();
    assert_eq!((user.id, user.roles), (bob.id, vec!["user".to_owned()]));
    assert_problem!(moderator.get(&format!("/api/v1/users/{}", new_id(&orion))).await, 404, "not-found");
    assert_problem!(moderator.get("/api/v1/users/nobody").await, 400, "bad-request");
}
