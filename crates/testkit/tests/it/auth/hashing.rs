//! Hashing has bounded room: a flood is refused early, and slows nothing else. Hashes that other systems made sign in, within
//! bounds.

use super::count;
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const LOGIN: &str = "/api/v1/auth/login";
const REGISTER: &str = "/api/v1/auth/register";
/// How many clients flood it: more than have room.
const CLIENTS: usize = 16;

/// A platform that hashes slowly, two at a time, with three more in each line, and that limits nobody by their address.
async fn slow() -> TestPlatform {
    TestPlatform::builder()
        .set("auth.argon2_memory_kib", 32_768)
        .set("auth.hash_concurrency", 2)
        .set("auth.hash_queue", 3)
        .set("auth.login_attempts_per_address_per_minute", 0)
        .set("auth.registrations_per_address_per_minute", 0)
        .start()
        .await
}

/// Many clients that post without a pause, each time for another address.
struct Flood {
    stop: Arc<AtomicBool>,
    clients: JoinSet<Vec<(Answer, Duration)>>,
}

impl Flood {
    fn of(client: &Client, path: &'static str) -> Self {
        let (stop, mut clients) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for number in 0..CLIENTS {
            let (client, stop) = (client.clone(), stop.clone());
            clients.spawn(async move {
                let mut answers = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let email = format!("flood-{number}-{}@example.com", answers.len());
                    let started = Instant::now();
                    let order = json!({ "email": email, "password": "some passphrase or other" });
                    answers.push((client.post(path, order).await, started.elapsed()));
                }
                answers
            });
        }
        Self { stop, clients }
    }

    /// Ends it: its answers of this status, and those that were refused.
    async fn end(self, status: u16) -> [Vec<(Answer, Duration)>; 2] {
        self.stop.store(true, Ordering::Relaxed);
        let answers: Vec<_> = self.clients.join_all().await.into_iter().flatten().collect();
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(answer, _)| answer.status == status);
        for (answer, _) in &refused {
            let answer = assert_problem!(answer, 429, "rate-limited");
            assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
        }
        [done, refused]
    }
}

fn quickest(answers: &[(Answer, Duration)]) -> Duration {
    answers.iter().map(|(_, took)| *took).min().expect("there are such")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sign_ins_is_refused_early_and_slows_no_other_call() {
    let orion = slow().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let flood = Flood::of(&client, LOGIN);
    let mut token = ada.refresh_token.clone();
    for _ in 0..20 {
        ada.get("/api/v1/users/me").await.expect(200);
        let renewed: Value =
            client.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await.expect(200).json();
        token = renewed["refresh_token"].as_str().unwrap().to_owned();
    }
    let [hashed, refused] = flood.end(401).await;
    assert!(quickest(&refused) < quickest(&hashed), "a refusal waits for no hash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_registrations_takes_no_room_from_those_who_sign_in() {
    let orion = slow().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let flood = Flood::of(&client, REGISTER);
    for _ in 0..5 {
        TestUser::sign_in(&client, &ada.email, PASSWORD).await;
    }
    let [registered, refused] = flood.end(201).await;
    assert!(!registered.is_empty() && !refused.is_empty(), "{} and {}", registered.len(), refused.len());
}

/// Puts a hash in the place of somebody's, as who brings people from another system does: there is no call for that yet.
async fn store_hash(orion: &TestPlatform, user: &TestUser, hash: &str) {
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let set = "UPDATE credentials SET password_hash = $1 WHERE user_id = $2";
    txn.connection().execute_raw(statement(txn.connection(), set, [hash.into(), user.id.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
}

/// The hashes were made by Python's bcrypt, argon2-cffi, passlib and hashlib.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_from_another_system_signs_in_with_the_password_of_there_and_gets_a_hash_of_ours() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let sign_in = |password: &'static str| {
        let order = json!({ "email": ada.email, "password": password });
        let client = orion.anonymous();
        async move { client.post(LOGIN, order).await }
    };
    for foreign in [
        "$2b$04$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u",
        "$scrypt$ln=5,r=8,p=1$1ToHIIRwjtE6Z8yZU4pxDg$YSBac3Y8tbTNzLo7d2yaBbw958mSYmCi4WlKuEce3NQ",
        "pbkdf2_sha256$1000$QrstUVwxyz012$kK//XfTQ/1lQVryrao5a4k4hci3zHzdkLf20dYLupdo=",
        "$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$srLNsQDd94mkFUV7I1nVxTmZBq5k1EiH1MJKIJ+j0A4",
    ] {
        store_hash(&orion, &ada, foreign).await;
        sign_in("another password").await.expect(401);
        let kept = "SELECT COUNT(*) AS n FROM credentials WHERE password_hash = $1";
        assert_eq!(count(&orion, kept, [foreign.into()]).await, 1, "{foreign}: a wrong password upgrades nothing");
        sign_in(PASSWORD).await.expect(200);
        let ours = "SELECT COUNT(*) AS n FROM credentials WHERE password_hash LIKE '$argon2id$v=19$m=%'";
        assert_eq!(count(&orion, ours, []).await, 1, "{foreign}");
        sign_in(PASSWORD).await.expect(200);
    }
}

/// Each would take hours, or all memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_of_another_system_that_would_cost_too_much_matches_nothing_and_costs_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    for foreign in [
        "$2b$31$qOxtTCs3eWzxCjyzBjJIbunqFBXkP2ejUZwrCUe25i72TJRMfe7/u",
        "$scrypt$ln=30,r=8,p=1$1ToHIIRwjtE6Z8yZU4pxDg$YSBac3Y8tbTNzLo7d2yaBbw958mSYmCi4WlKuEce3NQ",
        "pbkdf2_sha256$4000000000$QrstUVwxyz012$kK//XfTQ/1lQVryrao5a4k4hci3zHzdkLf20dYLupdo=",
        "$argon2i$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$srLNsQDd94mkFUV7I1nVxTmZBq5k1EiH1MJKIJ+j0A4",
    ] {
        store_hash(&orion, &ada, foreign).await;
        let started = Instant::now();
        let order = json!({ "email": ada.email, "password": PASSWORD });
        assert_problem!(orion.anonymous().post(LOGIN, order).await, 401, "invalid-credentials");
        assert!(started.elapsed() < Duration::from_secs(5), "{foreign}");
        assert_eq!(orion.anonymous().get("/.well-known/jwks.json").await.status, 200);
        // So that the failures in a row delay no try.
        orion.advance(Duration::from_secs(60)).await;
    }
}
