//! Signing keys that are being rotated.

use super::{Platform, timed};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::auth::{SigningKey, SigningKeyState};
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::node::Node;
use orion_testkit::{Client, PASSWORD, TestUser, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Instant;

const ROUNDS: u32 = 4;
/// Two processes start in each.
const ROUNDS_OF_TWO: u32 = 2;
const EMAIL: &str = "ada@example.com";
const ROTATE: &str = "/api/v1/auth/admin/keys/rotate";

/// Makes all keys older while nothing runs, as if so much time had passed.
async fn let_pass(platform: &Platform, time: TimeDelta) {
    let node = Node::start(&platform.machine.place).await;
    let db = node.connections.service(ServiceName::Auth).await.unwrap().db;
    let select = statement(db.read(), "SELECT kid, published_at, signs_from FROM signing_keys", []);
    let rows = db.read().query_all_raw(select).await.unwrap();
    let txn = db.begin().await.unwrap();
    for row in rows {
        let earlier = |column: &str| row.try_get::<DateTime<Utc>>("", column).unwrap() - time;
        let kid: String = row.try_get("", "kid").unwrap();
        let update = "UPDATE signing_keys SET published_at = $1, signs_from = $2 WHERE kid = $3";
        let values = [earlier("published_at").into(), earlier("signs_from").into(), kid.into()];
        txn.execute_raw(statement(txn.connection(), update, values)).await.unwrap();
    }
    txn.commit().await.unwrap();
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

async fn key_set(node: &Client) -> Vec<String> {
    let set: Value = node.get("/.well-known/jwks.json").await.expect(200).json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn sign_in(node: &Client) -> TestUser {
    TestUser::sign_in(node, EMAIL, PASSWORD).await
}

/// One key signs, at most one comes next, and a token of each node is good at each and stands in its key set; so is one of before.
async fn all_is_well(platform: &Platform, root: &TestUser, before: Option<&TestUser>) {
    let keys: Vec<SigningKey> = root.get("/api/v1/auth/admin/keys").await.expect(200).json::<Page<_>>().items;
    let of = |state| keys.iter().filter(|key| key.state == state).map(|key| key.id.clone()).collect::<Vec<_>>();
    let (signing, next) = (of(SigningKeyState::Signing), of(SigningKeyState::Next));
    assert!(signing.len() == 1 && next.len() <= 1, "{keys:?}");
    let nodes = platform.nodes();
    let mut tokens: Vec<_> = before.map(|user| user.access_token.clone()).into_iter().collect();
    for node in &nodes {
        let token = sign_in(node).await.access_token;
        assert_eq!(kid(&token), signing[0], "{keys:?}");
        tokens.push(token);
    }
    for node in &nodes {
        let published = key_set(node).await;
        let kept = keys.iter().filter(|key| key.state != SigningKeyState::Retired).count();
        assert_eq!(published.len(), kept, "{keys:?}");
        for token in &tokens {
            assert!(published.contains(&kid(token)), "{published:?}");
            node.with_token(token).get("/api/v1/auth/me").await.expect(200);
        }
    }
    for token in &tokens {
        platform.client().with_token(token).get("/api/v1/users/me").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_of_keys_that_is_killed_leaves_one_that_signs_and_all_tokens_good() {
    let mut platform = Platform::start(&[]).await;
    let root = platform.administrator().await;
    platform.person(EMAIL).await;
    let (answer, whole) = timed(root.post(ROTATE, json!({}))).await;
    answer.expect(200);
    platform.kill();
    for round in 0..ROUNDS {
        // The next key, where there is one, signs by now.
        let_pass(&platform, TimeDelta::minutes(11)).await;
        platform.start_again().await;
        let root = TestUser::sign_in(&platform.client(), &root.email, PASSWORD).await;
        all_is_well(&platform, &root, None).await;
        let before = sign_in(&platform.client()).await;
        let after = platform.moment(round, ROUNDS, whole);
        platform.killed_while(vec![root.request("POST", ROTATE).json(&json!({}))], after).await;
        platform.start_again().await;
        all_is_well(&platform, &root, Some(&before)).await;
        platform.kill();
        let_pass(&platform, TimeDelta::minutes(11)).await;
        platform.start_again().await;
        all_is_well(&platform, &root, Some(&before)).await;
        platform.kill();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_due_while_a_start_is_killed_are_rotated_by_the_next_one() {
    let mut platform = Platform::start(&[]).await;
    let root = platform.administrator().await;
    platform.person(EMAIL).await;
    platform.kill();
    let started = Instant::now();
    platform.start_again().await;
    let whole = started.elapsed();
    platform.kill();
    for round in 0..ROUNDS {
        // What signs is to be followed, and what it followed to be retired.
        let_pass(&platform, TimeDelta::days(30)).await;
        platform.orion = Some(platform.machine.start(&["up"]));
        // Its tasks run before it is ready, and after.
        tokio::time::sleep(platform.moment(round, ROUNDS, whole.mul_f64(1.3))).await;
        platform.kill();
        platform.start_again().await;
        let root = TestUser::sign_in(&platform.client(), &root.email, PASSWORD).await;
        // One that signs, and one that comes next; what was before is gone.
        let is_done = async || (key_set(&platform.client()).await.len() == 2).then_some(());
        eventually("the keys", is_done).await;
        all_is_well(&platform, &root, None).await;
        platform.kill();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn two_nodes_that_rotate_at_once_make_one_key_also_when_one_is_killed() {
    let mut platform = Platform::start(&[]).await;
    let root = platform.administrator().await;
    platform.person(EMAIL).await;
    platform.start_second().await;
    let rotations = |platform: &Platform, root: &TestUser| -> Vec<_> {
        platform
            .nodes()
            .iter()
            .flat_map(|node| [node, node])
            .map(|node| node.with_token(&root.access_token).request("POST", ROTATE).json(&json!({})))
            .collect()
    };
    let requests = rotations(&platform, &root).into_iter().map(orion_testkit::Answer::of);
    let (answers, whole) = timed(futures_util::future::join_all(requests)).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    for round in 0..ROUNDS_OF_TWO {
        platform.kill();
        platform.second = None;
        let_pass(&platform, TimeDelta::minutes(11)).await;
        platform.start_again().await;
        platform.start_second().await;
        let root = TestUser::sign_in(&platform.client(), &root.email, PASSWORD).await;
        let before = sign_in(&platform.client()).await;
        let keys = key_set(&platform.client()).await.len();
        let requests = rotations(&platform, &root);
        let after = platform.moment(round, ROUNDS_OF_TWO, whole);
        platform.killed_while(requests, after).await;
        platform.start_again().await;
        // Without the killed one nobody says who may rotate: the other may have refused, and is asked once more.
        let second = platform.nodes().pop().expect("the second").with_token(&root.access_token);
        let is_asked = async || (second.post(ROTATE, json!({})).await.status == 200).then_some(());
        eventually("the second to rotate", is_asked).await;
        for node in platform.nodes() {
            let is_known = async || (key_set(&node).await.len() == keys + 1).then_some(());
            eventually("the next key", is_known).await;
        }
        all_is_well(&platform, &root, Some(&before)).await;
    }
}
