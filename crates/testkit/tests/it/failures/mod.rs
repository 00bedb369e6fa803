//! Servers that go away under load and come back: clear problems for what needs them, then healing without a restart.
//! A cable between the platform and its server is cut and mended.

mod admin_away;
mod cut_off;
mod killed;
mod redis_password;
mod room;
mod silence;
mod slow_database;
mod stopped_node;
mod three_processes;
mod two_clocks;
mod two_nodes;

use orion_contracts::ServiceName;
use orion_testkit::backend::Place;
use orion_testkit::{Backend, Cable, PASSWORD, TestPlatform, TestUser, eventually};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// Asks for the profile again and again until told to stop; gives the statuses that it saw, and tells how many are good.
async fn load(user: TestUser, stop: Arc<AtomicBool>, good: Arc<AtomicU32>) -> Vec<u16> {
    let mut statuses = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let answer = user.get("/api/v1/users/me").await;
        if answer.status != 200 {
            assert!(answer.problem_name().is_some(), "{answer:?}");
        } else {
            good.fetch_add(1, Ordering::Relaxed);
        }
        statuses.push(answer.status);
        // A load, and no flood: the server's two cores have more to do.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    statuses
}

async fn healed(user: &TestUser) {
    eventually("healing", || async { (user.get("/api/v1/users/me").await.status == 200).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn postgresql_away_is_503_and_heals() {
    let place = Place::new(Backend::current()).await;
    let (cable, url) = Cable::through(place.database_url.as_deref().unwrap()).await;
    let orion = TestPlatform::builder().set("database.url", url).set("database.acquire_timeout_ms", 1000).start().await;
    let bob = orion.user("bob").await;
    let stop = Arc::new(AtomicBool::new(false));
    let good = Arc::new(AtomicU32::new(0));
    let loading = tokio::spawn(load(bob.clone(), stop.clone(), good.clone()));
    eventually("good answers", || async { (good.load(Ordering::Relaxed) >= 10).then_some(()) }).await;
    cable.cut();
    eventually("a 503", || async { (bob.get("/api/v1/users/me").await.status == 503).then_some(()) }).await;
    let refused = bob.get("/api/v1/users/me").await;
    assert_eq!(refused.problem_name().as_deref(), Some("unavailable"), "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    cable.mend();
    healed(&bob).await;
    stop.store(true, Ordering::Relaxed);
    let statuses = loading.await.unwrap();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&503) && statuses.contains(&200), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_postgresql_host_that_is_gone_without_a_word_holds_no_connection_for_long() {
    let place = Place::new(Backend::current()).await;
    let (cable, url) = Cable::through(place.database_url.as_deref().unwrap()).await;
    let orion = TestPlatform::builder()
        .set("database.url", url)
        .set("database.acquire_timeout_ms", 1000)
        .set("database.max_connections", 3)
        .start()
        .await;
    // Its databases stay with the host that is gone.
    orion.leave_undelivered();
    let bob = orion.user("bob").await;
    let stop = Arc::new(AtomicBool::new(false));
    let good = Arc::<AtomicU32>::default();
    let loading: Vec<_> = (0..4).map(|_| tokio::spawn(load(bob.clone(), stop.clone(), good.clone()))).collect();
    eventually("good answers", || async { (good.load(Ordering::Relaxed) >= 10).then_some(()) }).await;
    cable.lose_the_host();
    // Clients go away before they are answered, as probes do.
    for _ in 0..20 {
        let _ = tokio::time::timeout(Duration::from_millis(50), bob.get("/api/v1/users/me")).await;
    }
    stop.store(true, Ordering::Relaxed);
    loading.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::time::timeout(Duration::from_secs(8), healed(&bob)).await.expect("new connections to the new host");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis: ./orion test --full runs it"]
async fn redis_away_leaves_requests_alone_and_revocations_arrive_by_polling() {
    let (cable, url) = Cable::through(&Backend::server("ORION_REDIS_URL")).await;
    let orion = TestPlatform::builder().set("redis.url", url).start().await;
    let bob = orion.user("bob").await;
    cable.cut();
    let gateway = orion.infra(ServiceName::Gateway);
    eventually("the bus being seen to be away", || async { (!gateway.bus.is_healthy()).then_some(()) }).await;
    bob.get("/api/v1/users/me").await.expect(200);
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    eventually("the revocation", || async { (bob.get("/api/v1/users/me").await.status == 401).then_some(()) }).await;
    let again = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    cable.mend();
    healed(&again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_away_at_the_start_delays_nothing_and_heals() {
    // Where there is no Redis, one that never comes: the start is what counts.
    let production = Backend::current() == Backend::Production;
    let server = if production { Backend::server("ORION_REDIS_URL") } else { "redis://127.0.0.1:1".to_owned() };
    let (cable, url) = Cable::through(&server).await;
    cable.cut();
    let orion = TestPlatform::builder().set("redis.url", url).start().await;
    if !production {
        // Announcements wait for a Redis that never comes.
        orion.leave_undelivered();
    }
    let bob = orion.user("bob").await;
    bob.get("/api/v1/users/me").await.expect(200);
    let gateway = orion.infra(ServiceName::Gateway);
    assert!(gateway.cache.ping().await.is_err());
    if production {
        cable.mend();
        let well = || async { (gateway.cache.ping().await.is_ok() && gateway.bus.is_healthy()).then_some(()) };
        eventually("healing", well).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs RabbitMQ: ./orion test --full runs it"]
async fn rabbitmq_away_delays_events_and_loses_none() {
    let (cable, url) = Cable::through(&Backend::server("ORION_AMQP_URL")).await;
    let orion = TestPlatform::builder().set("amqp.url", url).start().await;
    orion.user("before").await;
    cable.cut();
    let anonymous = orion.anonymous();
    let order = json!({ "email": "during@example.com", "password": PASSWORD });
    anonymous.post("/api/v1/auth/register", order).await.expect(201);
    let failed = &orion.infra(ServiceName::Auth).queues.failed;
    let tried = || async { (failed.with_label_values(&["outbox", "publish"]).get() > 0).then_some(()) };
    eventually("a try to publish", tried).await;
    assert!(orion.mailbox.to("during@example.com").await.is_empty(), "the broker is away");
    cable.mend();
    orion.mailbox.verification_token("during@example.com").await;
}
