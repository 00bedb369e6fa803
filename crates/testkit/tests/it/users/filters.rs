//! `/api/v1/users`: what a list is narrowed and sorted by.

use super::{new_id, pending, put};
use crate::auth::two_factor::enrol;
use orion_contracts::users::{PutUser, User};
use orion_contracts::{Page, ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::{ConnectionTrait, Value};
use serde_json::json;
use std::time::Duration;

const USERS: &str = "/api/v1/users";

/// Whose addresses a list has, in its order, all of its pages.
async fn listed(client: &Client, query: &str) -> Vec<String> {
    let (mut emails, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page<User> = client.get(&format!("{USERS}?limit=2&{query}{cursor}")).await.expect(200).json();
        emails.extend(page.items.into_iter().map(|user| user.email.to_string().replace("@example.com", "")));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return emails,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_filter_leaves_those_of_whom_it_holds() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    orion.advance(Duration::from_secs(120)).await;
    let (ada, bob) = (orion.user("ada").with_role("moderator").await, orion.user("bob").await);
    enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(120)).await;
    put(&orion, new_id(&orion), &pending("eve@example.com")).await.expect("created");
    root.patch(&format!("{USERS}/{}", bob.id), json!({ "tags": ["VIP", "Beta Test"] })).await.expect(200);
    root.patch(&format!("{USERS}/{}", ada.id), json!({ "tags": ["vip"] })).await.expect(200);
    orion.settle().await;
    let find = async |id: UserId| root.get(&format!("{USERS}/{id}")).await.json::<User>();
    let came = find(bob.id).await.created_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let seen = find(ada.id).await.last_login_at.expect("signed in").to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for (query, expected) in [
        (String::new(), &["eve", "bob", "ada", "root"][..]),
        ("role=moderator".into(), &["ada"]),
        ("role=guest".into(), &["eve"]),
        ("role=user&status=active".into(), &["bob", "ada"]),
        ("is_verified=false".into(), &["eve"]),
        ("is_verified=true".into(), &["bob", "ada", "root"]),
        ("has_second_factor=true".into(), &["ada"]),
        ("has_second_factor=false&is_verified=true".into(), &["bob", "root"]),
        ("tags=vip".into(), &["bob", "ada"]),
        ("tags=VIP,%20beta%20%20test".into(), &["bob"]),
        ("tags=beta".into(), &[]),
        (format!("created_since={came}"), &["eve", "bob"]),
        (format!("created_until={came}&created_since=2000-01-01T00:00:00Z"), &["ada", "root"]),
        (format!("last_login_since={seen}"), &["bob", "ada"]),
        (format!("last_login_until={seen}"), &["eve", "root"]),
        ("search=example&tags=vip&has_second_factor=true".into(), &["ada"]),
    ] {
        assert_eq!(listed(root, &query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_order_holds_everybody_once_on_pages_of_two() {
    let orion = TestPlatform::start().await;
    for (email, name) in
        [("zoe", Some("änne")), ("a-b", Some("Mia")), ("a.b", None), ("ab", Some("mia")), ("a_b", Some("Zed"))]
    {
        let display_name = name.map(str::to_owned);
        let order = PutUser { display_name, ..pending(&format!("{email}@example.com")) };
        put(&orion, new_id(&orion), &order).await.expect("created");
    }
    let root = orion.administrator().await;
    orion.settle().await;
    for (sort, expected) in [
        ("created_at", ["zoe", "a-b", "a.b", "ab", "a_b", "root"]),
        // Byte by byte on both databases, whatever language PostgreSQL's sorts by.
        ("email", ["a-b", "a.b", "a_b", "ab", "root", "zoe"]),
        ("name", ["a.b", "a-b", "ab", "root", "a_b", "zoe"]),
        ("last_login_at", ["zoe", "a-b", "a.b", "ab", "a_b", "root"]),
    ] {
        assert_eq!(listed(root, &format!("sort={sort}")).await, expected, "{sort}");
        let mut turned = expected;
        turned.reverse();
        assert_eq!(listed(root, &format!("sort=-{sort}")).await, turned, "-{sort}");
    }
    let first: Page<User> = root.get(&format!("{USERS}?limit=2&sort=name")).await.json();
    let of_another = format!("{USERS}?limit=2&sort=email&cursor={}", first.next_cursor.expect("more"));
    assert_problem!(root.get(&of_another).await, 400, "invalid-cursor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_many_have_finds_the_same_as_one_of_few() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let mut ids = Vec::new();
    for name in ["crowd-c", "crowd-a", "lonely", "crowd-b"] {
        let id = new_id(&orion);
        put(&orion, id, &pending(&format!("{name}@example.com"))).await.expect("created");
        ids.push(id);
    }
    let expected = ["crowd-a", "crowd-b", "crowd-c"];
    assert_eq!(listed(root, "search=crowd&sort=email").await, expected);
    // More rows than are looked up by their index.
    let users = orion.infra(ServiceName::Users);
    let change = users.db.begin().await.unwrap();
    for part in 0..21 {
        let values: Vec<Value> = (0..1000)
            .flat_map(|number| [format!("crowd{part:02}{number:03}").into_bytes().into(), ids[0].0.into()])
            .collect();
        let rows: Vec<_> = (0..1000).map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2)).collect();
        let insert = format!("INSERT INTO user_search_terms (term, user_id) VALUES {}", rows.join(", "));
        change.execute_raw(statement(&change, &insert, values)).await.unwrap();
    }
    change.commit().await.unwrap();
    assert_eq!(listed(root, "search=crowd&sort=email").await, expected);
    assert_eq!(listed(root, "search=crowd%20crowd-b&sort=email").await, ["crowd-b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_factor_that_goes_is_told_to_the_list() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    orion.settle().await;
    let has = async || root.get(&format!("{USERS}/{}", ada.id)).await.json::<User>().has_second_factor;
    assert!(has().await);
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", ada.id);
    root.post(&reset, json!({ "reason": "Lost their phone" })).await.expect(204);
    orion.settle().await;
    assert!(!has().await);
    TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
}
