//! Three processes on one database and one bus: what is revoked in one is refused by all of them within a moment.

use super::two_clocks::process;
use orion_contracts::api_keys::NewApiKey;
use orion_contracts::auth::{CreateAdministrator, Impersonation};
use orion_contracts::internal::MakeAdministrator;
use orion_contracts::{ServiceName, UserId};
use orion_testkit::backend::Place;
use orion_testkit::mailbox::Mailbox;
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Backend, Client, PASSWORD, TestUser};
use serde_json::json;
use std::time::{Duration, Instant};

const EMAIL: &str = "ada@example.com";
const ROOT: &str = "root@example.com";
/// How often a session is ended, and looked for everywhere.
const TIMES: usize = 15;
/// What half of the revocations must keep. A busy machine may be late once; one that were slow by design would be late each time.
const PROMISED: Duration = Duration::from_millis(100);
/// What every one of them must keep: without the announcement a process hears of none in less than several seconds.
const AT_WORST: Duration = Duration::from_secs(2);

/// Until a process refuses a token that it took a moment ago.
async fn until_refused(node: &Client, token: &str, since: Instant) -> Duration {
    let caller = node.with_token(token);
    loop {
        let answer = caller.get("/api/v1/users/me").await;
        if answer.status == 401 {
            return since.elapsed();
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(since.elapsed() < Duration::from_secs(10), "a token is taken ten seconds after its end");
    }
}

/// Three processes that serve users, of which the first serves all else as well, Ada, who has an account, and an administrator;
/// with what must stay.
async fn three() -> ([Client; 3], UserId, impl Sized) {
    let (place, smtp) = (Place::new(Backend::current()).await, SmtpServer::start().await);
    let ports = Ports::free();
    let mut flags = ports.flags();
    flags.push(("mail.smtp_url".to_owned(), smtp.url()));
    let others = [Ports::free().users, Ports::free().users];
    let elsewhere = others.map(|port| {
        let mut flags = flags.clone();
        flags.push(("listen.users_port".to_owned(), port.to_string()));
        flags
    });
    let one = process(&flags, &ServiceName::ALL, &place).await;
    let two = process(&elsewhere[0], &[ServiceName::Users], &place).await;
    let three = process(&elsewhere[1], &[ServiceName::Users], &place).await;
    let [second, third] = others.map(|port| Client::new(format!("http://127.0.0.1:{port}")));
    let (mail, client) = (Mailbox::Smtp(smtp), ports.client());

    client.post("/api/v1/auth/register", json!({ "email": EMAIL, "password": PASSWORD })).await.expect(201);
    let order = json!({ "token": mail.verification_token(EMAIL).await, "password": PASSWORD });
    client.post("/api/v1/auth/verify-email", order).await.expect(204);
    let infra = &one.0.context(ServiceName::Admin).expect("all services").infra;
    let id: UserId = infra.random.id(&infra.clock);
    let order =
        CreateAdministrator { email: ROOT.parse().unwrap(), password: PASSWORD.parse().unwrap(), display_name: None };
    infra.peers.call(&MakeAdministrator { id }, &order).await.unwrap();
    let ada = TestUser::sign_in(&client, EMAIL, PASSWORD).await.id;
    ([client, second, third], ada, (one, two, three, place, mail))
}

/// Until all of them refuse it.
async fn until_all_refuse(nodes: &[Client; 3], token: &str) -> Duration {
    let ended = Instant::now();
    let refused = nodes.iter().map(|node| until_refused(node, token, ended));
    futures_util::future::join_all(refused).await.into_iter().max().unwrap_or_default()
}

/// Within what time half of them were, and all.
fn half_and_all(mut slowest: Vec<Duration>) -> [Duration; 2] {
    slowest.sort_unstable();
    [slowest[TIMES / 2], slowest[TIMES - 1]]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_session_that_ends_in_one_process_is_refused_in_all_mostly_within_a_tenth_of_a_second() {
    let (nodes, _, _held) = three().await;
    let mut slowest = Vec::new();
    for _ in 0..TIMES {
        let ada = TestUser::sign_in(&nodes[0], EMAIL, PASSWORD).await;
        for node in &nodes {
            node.with_token(&ada.access_token).get("/api/v1/users/me").await.expect(200);
        }
        ada.post("/api/v1/auth/logout", json!({})).await.expect(204);
        slowest.push(until_all_refuse(&nodes, &ada.access_token).await);
    }
    let [half, all] = half_and_all(slowest);
    println!("until all three refuse: half within {half:?}, all within {all:?}");
    assert!(half <= PROMISED && all <= AT_WORST, "{half:?} {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_key_that_is_revoked_in_one_process_is_refused_in_all_mostly_within_a_tenth_of_a_second() {
    let (nodes, _, _held) = three().await;
    let ada = TestUser::sign_in(&nodes[0], EMAIL, PASSWORD).await;
    let mut slowest = Vec::new();
    for _ in 0..TIMES {
        let order = json!({ "name": "Export", "scopes": ["profile.read"] });
        let made: NewApiKey = ada.post("/api/v1/api-keys", order).await.expect(201).json();
        for node in &nodes {
            node.with_token(made.secret.expose()).get("/api/v1/users/me").await.expect(200);
        }
        ada.delete(&format!("/api/v1/api-keys/{}", made.key.id)).await.expect(204);
        slowest.push(until_all_refuse(&nodes, made.secret.expose()).await);
    }
    let [half, all] = half_and_all(slowest);
    println!("until all three refuse: half within {half:?}, all within {all:?}");
    assert!(half <= PROMISED && all <= AT_WORST, "{half:?} {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn acting_as_a_user_that_ends_in_one_process_is_refused_in_all_mostly_within_a_tenth_of_a_second() {
    let (nodes, ada, _held) = three().await;
    let root = TestUser::sign_in(&nodes[0], ROOT, PASSWORD).await;
    let mut slowest = Vec::new();
    for time in 0..TIMES {
        let order = json!({ "user_id": ada, "reason": "Ticket 4711" });
        let given: Impersonation = root.post("/api/v1/auth/impersonations", order).await.expect(201).json();
        let token = given.access_token.expose();
        for node in &nodes {
            node.with_token(token).get("/api/v1/users/me").await.expect(200);
        }
        // By whoever acts, and by the one that they begin next.
        if time % 2 == 0 {
            nodes[0].with_token(token).delete("/api/v1/auth/impersonations/current").await.expect(204);
        } else {
            let order = json!({ "user_id": ada, "reason": "Once more" });
            root.post("/api/v1/auth/impersonations", order).await.expect(201);
        }
        slowest.push(until_all_refuse(&nodes, token).await);
    }
    let [half, all] = half_and_all(slowest);
    println!("until all three refuse: half within {half:?}, all within {all:?}");
    assert!(half <= PROMISED && all <= AT_WORST, "{half:?} {all:?}");
}

/// How often somebody calls who does not stop.
const EVERY: Duration = Duration::from_millis(10);

/// Calls a process every ten milliseconds until it answers with this status.
async fn calling_until(node: &Client, token: &str, status: u16) -> Instant {
    let (caller, began) = (node.with_token(token), Instant::now());
    let mut calls = tokio::time::interval(EVERY);
    loop {
        calls.tick().await;
        let answer = caller.get("/api/v1/users?limit=1").await;
        if answer.status == status {
            return Instant::now();
        }
        assert!(matches!(answer.status, 200 | 403), "{answer:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "what a role gives is in force twenty seconds later");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_role_that_is_taken_is_lost_in_all_mostly_within_a_tenth_of_a_second_by_whoever_calls_without_a_pause() {
    let (nodes, id, _held) = three().await;
    let ada = TestUser::sign_in(&nodes[0], EMAIL, PASSWORD).await;
    let root = TestUser::sign_in(&nodes[0], ROOT, PASSWORD).await;
    let role = format!("/api/v1/users/{id}/roles/moderator");
    let always = json!({ "condition": "now > timestamp('2000-01-01T00:00:00Z')" });
    let mut slowest = Vec::new();
    for time in 0..TIMES {
        // With a condition or without: what is kept of a subject is dropped as a whole.
        let order = if time % 2 == 0 { json!({}) } else { always.clone() };
        root.put(&role, order).await.expect(204);
        futures_util::future::join_all(nodes.iter().map(|node| calling_until(node, &ada.access_token, 200))).await;
        // They call all the while, so that each process knows them at the moment of the change.
        let lost = nodes.iter().map(|node| calling_until(node, &ada.access_token, 403));
        let taken = async {
            tokio::time::sleep(5 * EVERY).await;
            root.delete(&role).await.expect(204);
            Instant::now()
        };
        let (lost, taken) = tokio::join!(futures_util::future::join_all(lost), taken);
        slowest.extend(lost.into_iter().map(|lost| lost.saturating_duration_since(taken)).max());
    }
    slowest.sort();
    let told: Vec<_> = slowest.iter().map(|took| format!("{:.1}", took.as_secs_f64() * 1000.0)).collect();
    println!("until all three refuse, in ms: {}", told.join(" "));
    let [half, all] = half_and_all(slowest);
    println!("until all three refuse: half within {half:?}, all within {all:?}");
    assert!(half <= PROMISED && all <= AT_WORST, "{half:?} {all:?}");
}
