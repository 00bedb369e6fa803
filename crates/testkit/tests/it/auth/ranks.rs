//! Nobody acts on the account of somebody who holds a role above their own. What administrators do to accounts is read in the committed
//! document, so a new verb is covered without being named.

use orion_contracts::auth::Throttle;
use orion_contracts::{Author, Page, ServiceName, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const ME: &str = "/api/v1/auth/me";
const OF_USER: &str = "/api/v1/auth/admin/users/{";
/// An id of nothing: whether somebody may act on an account is asked before what it has.
const NOTHING: &str = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";

/// What changes something of a user's account.
struct Change {
    method: String,
    path: String,
    body: Option<Value>,
}

fn changes() -> Vec<Change> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi/orion.json");
    let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with(OF_USER)) {
        for (method, said) in methods.as_object().unwrap().iter().filter(|(method, _)| *method != "get") {
            let body = said["requestBody"]["content"]["application/json"].get("example").cloned();
            found.push(Change { method: method.to_uppercase(), path: path.clone(), body });
        }
    }
    assert!(found.len() >= 8, "what is known to be there");
    found
}

/// The path for a user; whatever else it names is not there.
fn filled(path: &str, user: UserId) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{id}" | "{user_id}" => user.to_string(),
        named if named.starts_with('{') => NOTHING.to_owned(),
        other => other.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

async fn attempt(change: &Change, by: &Client, to: UserId) -> Answer {
    let request = by.request(&change.method, &filled(&change.path, to));
    match &change.body {
        Some(body) => Answer::of(request.json(body)).await,
        None => Answer::of(request).await,
    }
}

fn sessions(of: UserId) -> String {
    format!("/api/v1/auth/admin/users/{of}/sessions")
}

/// Somebody with a role that gives them what an administrator does to sessions, once it does.
async fn with_role(orion: &TestPlatform, name: &str, role: &str) -> TestUser {
    let user = orion.user(name).with_role(role).await;
    eventually("the role", async || (user.get(&sessions(user.id)).await.status == 200).then_some(())).await;
    user
}

#[track_caller]
fn assert_above(answer: Answer, what: &str) {
    assert!(answer.text.contains("holds a role above your own"), "{what}: {answer:?}");
    assert_problem!(answer, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_change_of_an_account_is_made_by_somebody_below_its_owner() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = with_role(&orion, "adam", "admin").await;
    let mona = with_role(&orion, "mona", "moderator").await;
    for change in changes() {
        let what = format!("{} {}", change.method, change.path);
        assert_above(attempt(&change, &adam, root.id).await, &what);
        if change.path.contains("/sessions") {
            assert_above(attempt(&change, &mona, adam.id).await, &what);
            assert_above(attempt(&change, &mona, root.id).await, &what);
        }
    }
    for untouched in [root, &adam] {
        untouched.get(ME).await.expect(200);
        let events = untouched.get("/api/v1/auth/security-events").await.expect(200).value();
        assert_eq!(events["items"], json!([]), "nothing has become of them");
    }
    // What is theirs is seen as before.
    adam.get(&sessions(root.id)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stands_as_high_or_lower_is_acted_on_and_oneself_as_well() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = with_role(&orion, "adam", "admin").await;
    let eve = with_role(&orion, "eve", "admin").await;
    let mona = with_role(&orion, "mona", "moderator").await;
    let ada = orion.user("ada").await;
    for change in changes() {
        let answer = attempt(&change, root, ada.id).await;
        assert!([200, 204, 404].contains(&answer.status), "{} {}: {answer:?}", change.method, change.path);
    }
    let order = json!({ "reason": "Seen in a leak", "end_sessions": false });
    adam.post(&format!("/api/v1/auth/admin/users/{}/password-reset", eve.id), order).await.expect(204);
    adam.delete(&sessions(eve.id)).await.expect(200);
    mona.delete(&sessions(ada.id)).await.expect(200);
    for out in [&eve, &ada] {
        assert_problem!(out.get(ME).await, 401, "invalid-token");
    }
    mona.delete(&sessions(mona.id)).await.expect(200);
    assert_problem!(mona.get(ME).await, 401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acts_as_somebody_reaches_no_higher_than_that_one() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = with_role(&orion, "adam", "admin").await;
    let mona = with_role(&orion, "mona", "moderator").await;
    let ada = orion.user("ada").await;
    let order = json!({ "user_id": mona.id, "reason": "Ticket 4711" });
    let begun = root.post("/api/v1/auth/impersonations", order).await.expect(201).value();
    let acting = orion.anonymous().with_token(begun["access_token"].as_str().unwrap());
    assert_above(acting.delete(&sessions(adam.id)).await, "as a moderator");
    adam.get(ME).await.expect(200);
    acting.delete(&sessions(ada.id)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slows_guesses_at_somebody_above_down_is_lifted_by_nobody_below() {
    const LIST: &str = "/api/v1/auth/admin/throttles";
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let root = orion.administrator().await;
    let adam = with_role(&orion, "adam", "admin").await;
    let wrong = json!({ "email": root.email, "password": "a wrong password" });
    orion.anonymous().post("/api/v1/auth/login", wrong).await.expect(401);
    let found: Page<Throttle> = adam.get(LIST).await.expect(200).json();
    let one = found.items.iter().find(|throttle| throttle.user_id == Some(root.id)).expect("a throttle");
    let path = format!("{LIST}/{}", one.id);
    assert_above(adam.delete(&path).await, "a throttle");
    root.delete(&path).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nobody_can_say_who_stands_above_nobody_is_acted_on() {
    let mut orion = TestPlatform::start().await;
    let root = orion.administrator().await.clone();
    let ada = orion.user("ada").await;
    root.get(&sessions(ada.id)).await.expect(200);
    orion.settle().await;
    orion.stop_service(ServiceName::Users).await;
    let asked = Instant::now();
    let refused = assert_problem!(root.delete(&sessions(ada.id)).await, 503, "unavailable");
    assert!(refused.header("retry-after").is_some() && asked.elapsed() < Duration::from_secs(10), "{refused:?}");
    ada.get(ME).await.expect(200);
    // What is one's own goes on.
    ada.delete("/api/v1/auth/sessions").await.expect(200);
    assert_problem!(ada.get(ME).await, 401, "invalid-token");
}

/// As after the database of the users service alone was restored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_whose_user_is_not_known_any_more_is_signed_out_and_acted_as_by_nobody() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, mona) = (with_role(&orion, "adam", "admin").await, with_role(&orion, "mona", "moderator").await);
    assert_above(mona.delete(&sessions(adam.id)).await, "while it is known");
    orion.settle().await;
    let lost = orion.infra(ServiceName::Users).write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        for table in ["user_roles", "users"] {
            let column = if table == "users" { "id" } else { "user_id" };
            let delete = format!("DELETE FROM {table} WHERE {column} = $1");
            change.execute_raw(statement(change, &delete, [adam.id.0.into()])).await?;
        }
        Ok::<_, DbError>(())
    });
    lost.await.unwrap();
    let order = json!({ "user_id": adam.id, "reason": "Ticket 4711" });
    assert_problem!(root.post("/api/v1/auth/impersonations", order).await, 404, "not-found");
    let ended = mona.delete(&sessions(adam.id)).await.expect(200).value();
    assert_eq!(ended["ended"], json!(1));
    let refresh = json!({ "refresh_token": adam.refresh_token });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    // Of whom auth knows nothing either there is nothing to be done.
    assert_problem!(mona.delete(&sessions(NOTHING.parse().unwrap())).await, 404, "not-found");
}
