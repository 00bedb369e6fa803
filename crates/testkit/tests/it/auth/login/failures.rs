//! Failures in a row, and at once: what the next try waits for.

use super::{OLD_HASH, PATH, store_hash};
use crate::auth::count;
use orion_contracts::ServiceName;
use orion_testkit::{Backend, PASSWORD, TestPlatform, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

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
    // On SQLite the last one may come when the first ones are counted already, and must not have to wait for that.
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 2 * AT_ONCE).start().await;
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
