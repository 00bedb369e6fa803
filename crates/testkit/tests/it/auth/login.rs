//! `/api/v1/auth/login`

use super::{count, facts};
use orion_contracts::ServiceName;
use orion_contracts::auth::PutAccount;
use orion_contracts::internal::ChangeAccount;
use orion_contracts::users::UserStatus;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Backend, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATH: &str = "/api/v1/auth/login";
/// [`PASSWORD`] with less memory than the default.
const OLD_HASH: &str = "$argon2id$v=19$m=64,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$Mdn5CM9HcwcF2uRvAiuF1mIJviWUzswDdgLXvOMvpgk";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_addresses_wrong_passwords_and_suspended_accounts_look_the_same() {
    // What a hash costs in the product, so that it is most of what an answer costs.
    let dear = [("auth.argon2_memory_kib", "19456"), ("auth.argon2_iterations", "2")];
    let orion = dear.into_iter().fold(TestPlatform::builder(), |it, (key, value)| it.set(key, value)).start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let order = PutAccount { user: facts(&eve, UserStatus::Suspended), version: 1000 };
    let users = orion.infra(ServiceName::Users);
    users.peers.call(&ChangeAccount { id: eve.id }, &order).await.unwrap();

    let client = orion.anonymous();
    let mut seen = Vec::new();
    for (email, password) in
        [(ada.email.as_str(), "a wrong password"), ("nobody@example.com", PASSWORD), (eve.email.as_str(), PASSWORD)]
    {
        // The quickest of three: other tests share the cores.
        let mut elapsed = Duration::MAX;
        let mut body = Value::Null;
        for _ in 0..3 {
            let started = Instant::now();
            let answer = client.post(PATH, json!({ "email": email, "password": password })).await;
            elapsed = elapsed.min(started.elapsed());
            body = assert_problem!(answer, 401, "invalid-credentials").value();
            body.as_object_mut().unwrap().remove("request_id");
        }
        seen.push((body, elapsed));
    }
    assert!(seen.windows(2).all(|pair| pair[0].0 == pair[1].0), "{seen:?}");
    // A hash takes tens of milliseconds; an answer without one would be several times faster than the slowest.
    let (fastest, slowest) = (seen.iter().map(|it| it.1).min().unwrap(), seen.iter().map(|it| it.1).max().unwrap());
    assert!(fastest * 4 > slowest, "{seen:?}");
    let hash_time = Duration::from_millis(5);
    assert!(fastest > hash_time, "an answer came without a hash: {seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_in_a_row_delay_the_next_try_and_a_success_forgets_them() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let login = |email: &'static str, password: &'static str| {
        client.post(PATH, json!({ "email": email, "password": password }))
    };
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            login(email, "a wrong password").await.expect(401);
        }
        let answer = assert_problem!(login(email, PASSWORD).await, 429, "rate-limited");
        assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u64>().unwrap() <= 2));
    }
    let events = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'login.repeated_failures'";
    assert_eq!(count(&orion, events, []).await, 2, "also for an address without an account");

    orion.advance(Duration::from_secs(2)).await;
    login("ada@example.com", PASSWORD).await.expect(200);
    login("ada@example.com", "a wrong password").await.expect(401);
    login("ada@example.com", PASSWORD).await.expect(200);
    let rows = "SELECT COUNT(*) AS n FROM login_attempts WHERE user_id = $1";
    assert_eq!(count(&orion, rows, [ada.id.0.into()]).await, 10, "the one that had to wait as well");
}

/// How many of this PostgreSQL database's connections wait for a lock.
async fn waiting(orion: &TestPlatform) -> i64 {
    let sql =
        "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    count(orion, sql, []).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_at_once_are_all_counted_also_when_they_are_the_first() {
    const AT_ONCE: i64 = 4;
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let wrong = json!({ "email": "ada@example.com", "password": "a wrong password" });
    // The second time a row is there, and over.
    for _ in 0..2 {
        // All have counted before the first can commit: each writes an audit entry after it has counted, and nothing else
        // does. On SQLite, where one writes at a time, the order of their coming is all that there is.
        orion.settle().await;
        let auth = orion.infra(ServiceName::Auth);
        let held = auth.db.begin().await.unwrap();
        if orion.backend() != Backend::Embedded {
            held.execute_unprepared("LOCK TABLE audit_entries IN SHARE MODE").await.unwrap();
        }
        let release = async {
            if orion.backend() != Backend::Embedded {
                eventually("all of them waiting", || async { (waiting(&orion).await == AT_ONCE).then_some(()) }).await;
            }
            held.rollback().await.unwrap();
        };
        let tries = futures_util::future::join_all((0..AT_ONCE).map(|_| client.post(PATH, &wrong)));
        let (answers, ()) = tokio::join!(tries, release);
        assert!(answers.iter().all(|answer| answer.status == 401), "{answers:?}");
        assert_eq!(
            count(&orion, "SELECT CAST(count AS BIGINT) AS n FROM rate_limits WHERE key_type = 'login'", []).await,
            AT_ONCE
        );
        orion.advance(Duration::from_secs(25 * 3600)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_outlives_a_restart() {
    let mut orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let login = json!({ "email": "ada@example.com", "password": "a wrong password" });
    for _ in 0..2 {
        orion.anonymous().post(PATH, &login).await.expect(401);
        orion.advance(Duration::from_secs(60)).await;
    }
    // The clock of the new platform is the system's again, and stands before the end of the block. Events of the time after
    // it would wait for that time.
    orion.settle().await;
    orion.restart().await;
    assert_problem!(orion.anonymous().post(PATH, &login).await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_gets_a_bounded_number_of_tries_a_minute() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 3).start().await;
    let client = orion.anonymous();
    let login = |number: u32| {
        client.post(PATH, json!({ "email": format!("user{number}@example.com"), "password": "a wrong password" }))
    };
    for number in 0..3 {
        login(number).await.expect(401);
    }
    assert_problem!(login(3).await, 429, "rate-limited");
    // Redis keeps its own time, which no test can move.
    if orion.backend() != Backend::Production {
        orion.advance(Duration::from_secs(61)).await;
        login(4).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_at_an_address_take_nothing_from_a_known_device_which_has_tries_of_its_own() {
    let limit = 4;
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", limit).start().await;
    let ada = orion.user("ada").await;
    let (app, _) = super::two_factor::enrol(&orion, &ada).await;
    let client = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let order = |device: &Value| json!({ "email": ada.email, "password": PASSWORD, "device_token": device });
    let code = || app.code(super::two_factor::now(&orion));
    // The code of now was used for the app itself.
    orion.advance(Duration::from_secs(31)).await;
    let flow = super::flows::Flow::of(&client, &client.post(PATH, order(&Value::Null)).await.expect(202));
    let device = flow.step("totp", json!({ "code": code() })).await.expect(200).value()["device_token"].clone();
    orion.advance(Duration::from_secs(31)).await;
    // Somebody else behind the same address uses all of its tries up.
    let guess = json!({ "email": "nobody@example.com", "password": "a wrong password" });
    eventually("a refusal", || async { (client.post(PATH, &guess).await.status == 429).then_some(()) }).await;
    let flow = super::flows::Flow::of(&client, &client.post(PATH, order(&device)).await.expect(202));
    flow.step("totp", json!({ "code": code() })).await.expect(200);
    // Two were a sign-in: a right password lets nobody in as often as they like.
    for _ in 2..limit {
        client.post(PATH, order(&device)).await.expect(202);
    }
    assert_problem!(client.post(PATH, order(&device)).await, 429, "rate-limited");
    // Pages that begin for everybody who looks are counted the same way.
    let begin = |device: &Value| json!({ "purpose": "sign_in", "device_token": device });
    let flows = "/api/v1/auth/flows";
    eventually("a refusal", || async { (client.post(flows, begin(&Value::Null)).await.status == 429).then_some(()) })
        .await;
    for _ in 0..limit {
        client.post(flows, begin(&device)).await.expect(202);
    }
    assert_problem!(client.post(flows, begin(&device)).await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ipv6_client_is_counted_by_its_network() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 3).start().await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let login = |from: &str| {
        let request = auth.request("POST", PATH).header("x-forwarded-for", from);
        Answer::of(request.json(&json!({ "email": "ada@example.com", "password": "a wrong password" })))
    };
    for from in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
        login(from).await.expect(401);
    }
    assert_problem!(login("2001:db8::4").await, 429, "rate-limited");
    login("2001:db8:0:1::4").await.expect(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sign_in_has_a_session_and_tokens_of_its_own() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let sign_in = || client.post(PATH, json!({ "email": " ADA@example.com", "password": PASSWORD }));
    let (one, two): (Value, Value) = (sign_in().await.json(), sign_in().await.json());
    for field in ["session_id", "access_token", "refresh_token"] {
        assert_ne!(one[field], two[field], "{field}");
    }
    assert_eq!(one["user_id"], json!(ada.id));
    assert_eq!(sign_in().await.header("cache-control").as_deref(), Some("no-store"));
}

/// Signs in at auth itself, from an address that a trusted proxy tells of.
async fn sign_in_from(orion: &TestPlatform, from: &str, order: &Value) -> Answer {
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    Answer::of(auth.request("POST", PATH).header("x-forwarded-for", from).json(order)).await
}

/// Lets an attacker at this address fail until every bucket that counted it is blocked for a day.
async fn attack_from(orion: &TestPlatform, from: &str, email: &str) {
    let wrong = json!({ "email": email, "password": "a wrong password" });
    sign_in_from(orion, from, &wrong).await.expect(401);
    let auth = orion.infra(ServiceName::Auth);
    let until = auth.clock.now() + chrono::Duration::days(1);
    let txn = auth.db.begin().await.unwrap();
    let set = "UPDATE rate_limits SET count = 150, blocked_until = $1, reset_at = $1";
    txn.execute_raw(statement(txn.connection(), set, [until.into()])).await.unwrap();
    txn.commit().await.unwrap();
    assert_problem!(sign_in_from(orion, from, &wrong).await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attacker_elsewhere_locks_the_owner_out_nowhere() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    attack_from(&orion, "203.0.113.9", &ada.email).await;
    let right = json!({ "email": ada.email, "password": PASSWORD });
    // Where nobody is known, failing costs more than usual while the account is under attack, and there alone.
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    sign_in_from(&orion, "192.0.2.1", &wrong).await.expect(401);
    assert_problem!(sign_in_from(&orion, "192.0.2.77", &right).await, 429, "rate-limited");
    sign_in_from(&orion, "198.51.100.7", &right).await.expect(200);
    orion.advance(Duration::from_secs(15 * 60)).await;
    sign_in_from(&orion, "192.0.2.77", &right).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_stay_known_for_as_long_as_a_session_lives_and_where_it_was_refreshed_last() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let right = json!({ "email": ada.email, "password": PASSWORD });
    let first: Value = sign_in_from(&orion, "198.51.100.7", &right).await.json();
    orion.advance(Duration::from_secs(29 * 86_400)).await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let refresh = auth.request("POST", "/api/v1/auth/refresh").header("x-forwarded-for", "192.0.2.1");
    Answer::of(refresh.json(&json!({ "refresh_token": first["refresh_token"] }))).await.expect(200);
    orion.advance(Duration::from_secs(50 * 86_400)).await;
    for (neighbour, home) in [("198.51.100.9", "198.51.100.7"), ("192.0.2.9", "192.0.2.1")] {
        attack_from(&orion, neighbour, &ada.email).await;
        sign_in_from(&orion, home, &right).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_signed_in_before_is_throttled_for_its_own_failures_alone() {
    const OFFICE: &str = "198.51.100.7";
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let order = |user: &TestUser, password: &str, device: &Value| match device {
        Value::Null => json!({ "email": user.email, "password": password }),
        device => json!({ "email": user.email, "password": password, "device_token": device }),
    };
    let signed_in = async |user: &TestUser, device: &Value| {
        sign_in_from(&orion, OFFICE, &order(user, PASSWORD, device)).await.json::<Value>()["device_token"].clone()
    };
    let (device, bobs) = (signed_in(&ada, &Value::Null).await, signed_in(&bob, &Value::Null).await);
    let again = signed_in(&ada, &device).await;
    assert!(device.is_string() && again.is_string());
    // Behind the same address as she is.
    attack_from(&orion, OFFICE, &ada.email).await;
    for foreign in [&Value::Null, &bobs, &json!("nonsense"), &json!("a.b.c.d"), &json!("\u{e9}.1.2")] {
        assert_problem!(sign_in_from(&orion, OFFICE, &order(&ada, PASSWORD, foreign)).await, 429, "rate-limited");
    }
    signed_in(&ada, &device).await;
    signed_in(&ada, &again).await;
    for _ in 0..5 {
        sign_in_from(&orion, OFFICE, &order(&ada, "a wrong password", &device)).await.expect(401);
    }
    // Both tokens are of one device.
    assert_problem!(sign_in_from(&orion, OFFICE, &order(&ada, PASSWORD, &again)).await, 429, "rate-limited");
    orion.settle().await;
    orion.advance(Duration::from_secs(400 * 86_400)).await;
    attack_from(&orion, OFFICE, &ada.email).await;
    let late = sign_in_from(&orion, OFFICE, &order(&ada, PASSWORD, &device)).await;
    assert_problem!(late, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signed_in_before_the_password_was_chosen_is_a_stranger_now() {
    const PLACE: &str = "203.0.113.9";
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let foreign = json!({ "email": "eve@example.com", "password": "what a stranger chose" });
    client.post("/api/v1/auth/register", &foreign).await.expect(201);
    orion.settle().await;
    let device = sign_in_from(&orion, PLACE, &foreign).await.json::<Value>()["device_token"].clone();
    assert!(device.is_string());
    let link = orion.mailbox.verification_token("eve@example.com").await;
    let own = json!({ "token": link, "password": PASSWORD, "replace_password": true });
    client.post("/api/v1/auth/verify-email", own).await.expect(204);

    // Another host of the same network.
    attack_from(&orion, "203.0.113.77", "eve@example.com").await;
    for device in [Value::Null, device] {
        let mut order = json!({ "email": "eve@example.com", "password": PASSWORD });
        order["device_token"] = device;
        assert_problem!(sign_in_from(&orion, PLACE, &order).await, 429, "rate-limited");
    }
    sign_in_from(&orion, "198.51.100.7", &json!({ "email": "eve@example.com", "password": PASSWORD }))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_whose_password_nobody_looked_at_does_not_count() {
    // One password at a time, and nobody waits.
    let small = [
        ("auth.hash_concurrency", "1"),
        ("auth.hash_queue", "0"),
        ("auth.login_failures_before_delay", "1"),
        ("auth.login_attempts_per_address_per_minute", "0"),
    ];
    let orion = small.into_iter().fold(TestPlatform::builder(), |it, (key, value)| it.set(key, value)).start().await;
    let (ada, bob, eve) = (orion.user("ada").await, orion.user("bob").await, orion.user("eve").await);
    let client = orion.anonymous();
    let login = |email: &str, password: &str| client.post(PATH, json!({ "email": email, "password": password }));
    login(&ada.email, "a wrong password").await.expect(401);
    orion.advance(Duration::from_secs(2)).await;

    let slow = OLD_HASH.replace("m=64", "m=65536").replace("t=2", "t=16");
    for user in [&bob, &eve] {
        store_hash(&orion, user, &slow).await;
    }
    // Of two at once one is told at once that the other's password is being looked at.
    let (first, second) = (login(&bob.email, PASSWORD), login(&eve.email, PASSWORD));
    let (refused, busy) = futures_util::future::select(Box::pin(first), Box::pin(second)).await.factor_first();
    assert_problem!(refused, 429, "rate-limited");
    let answer = assert_problem!(login(&ada.email, PASSWORD).await, 429, "rate-limited");
    assert!(answer.text.contains("Too many people sign in"), "{answer:?}");
    busy.await.expect(401);
    login(&ada.email, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_once_are_as_few_as_guesses_in_a_row() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    let tries = futures_util::future::join_all((0..40).map(|_| client.post(PATH, &wrong))).await;
    let looked_at = tries.iter().filter(|answer| answer.status == 401).count();
    assert!((1..=5).contains(&looked_at), "{looked_at} passwords were looked at");
    assert!(tries.iter().all(|answer| matches!(answer.status, 401 | 429)), "{tries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_that_folds_to_a_letter_is_that_letter_at_sign_in_and_at_registration() {
    let orion = TestPlatform::start().await;
    let quack = orion.user("quack").await;
    let client = orion.anonymous();
    let kelvin = "quac\u{212a}@example.com";
    let signed_in: Value = client.post(PATH, json!({ "email": kelvin, "password": PASSWORD })).await.json();
    assert_eq!(signed_in["user_id"], json!(quack.id));
    client.post("/api/v1/auth/register", json!({ "email": kelvin, "password": PASSWORD })).await.expect(201);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1, "one account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_a_hundred_sessions_the_one_unused_for_longest_ends() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let ada = orion.user("ada").await;
    let second = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    orion.advance(Duration::from_secs(1)).await;
    let client = orion.anonymous();
    let refresh = async |token: &str| client.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await;
    refresh(&ada.refresh_token).await.expect(200);
    for _ in 0..99 {
        TestUser::sign_in(&client, &ada.email, PASSWORD).await;
    }
    let open = "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL";
    assert_eq!(count(&orion, open, []).await, 100);
    assert_problem!(second.get("/api/v1/users/me").await, 401, "invalid-token");
    assert_problem!(refresh(&second.refresh_token).await, 401, "invalid-refresh-token");
    ada.get("/api/v1/users/me").await.expect(200);
}

/// Stores another hash for somebody, as an import or a writer of the database might.
async fn store_hash(orion: &TestPlatform, user: &TestUser, hash: &str) {
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let set = "UPDATE credentials SET password_hash = $1 WHERE user_id = $2";
    txn.execute_raw(statement(txn.connection(), set, [hash.into(), user.id.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_that_would_cost_too_much_or_is_none_matches_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let longer = format!("{OLD_HASH}{}", "A".repeat(300));
    for hash in [&OLD_HASH.replace("m=64", "m=4294967295"), &OLD_HASH.replace("t=2", "t=1000000"), &longer, "secret"] {
        store_hash(&orion, &ada, hash).await;
        let login = json!({ "email": ada.email, "password": PASSWORD });
        assert_problem!(orion.anonymous().post(PATH, login).await, 401, "invalid-credentials");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_with_old_parameters_is_upgraded_by_signing_in() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    store_hash(&orion, &ada, OLD_HASH).await;
    let login = json!({ "email": ada.email, "password": PASSWORD });
    orion.anonymous().post(PATH, &login).await.expect(200);
    let old = "SELECT COUNT(*) AS n FROM credentials WHERE password_hash = $1";
    assert_eq!(count(&orion, old, [OLD_HASH.into()]).await, 0);
    orion.anonymous().post(PATH, &login).await.expect(200);
}
