//! Each party outside accepts and says nothing, at each moment of its protocol: nothing else stops, and the end comes in time.
//!
//! What one adapter does then is its contract's business (`contract::mailer`, `contract::broker`); an upstream's silence is
//! the gateway's (`gateway/tests/wire.rs`), and here only that it stops nobody else.

use super::healed;
use orion_contracts::ServiceName;
use orion_contracts::health::Readiness;
use orion_testkit::backend::Place;
use orion_testkit::smtp::{Moment, SmtpServer};
use orion_testkit::{
    Answer, Backend, Cable, Client, Machine, PASSWORD, SilentServer, TestPlatform, TestUser, eventually,
};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long whatever does not need the silent party may take.
const IN_TIME: Duration = Duration::from_secs(3);
/// As many mails as are given to a server at once, and one more.
const HUNG: usize = 17;

async fn register(orion: &TestPlatform, email: &str) {
    let order = json!({ "email": email, "password": PASSWORD });
    let registered = orion.anonymous();
    let registered = tokio::time::timeout(IN_TIME, registered.post("/api/v1/auth/register", order));
    registered.await.expect("an answer in time").expect(201);
}

/// The account is there a moment after its registration was answered.
async fn sign_in(orion: &TestPlatform, email: &str) {
    let client = orion.anonymous();
    let order = json!({ "email": email, "password": PASSWORD });
    eventually("the sign-in", || async {
        let signed_in = tokio::time::timeout(IN_TIME, client.post("/api/v1/auth/login", &order));
        (signed_in.await.expect("an answer in time").status == 200).then_some(())
    })
    .await;
}

fn hung(number: usize) -> String {
    format!("hung-{number}@example.com")
}

/// Mails hang at this moment, people sign in, and the next mail goes once the server speaks to new ones again.
async fn a_silent_mail_server(moment: Moment) -> (TestPlatform, SmtpServer) {
    let smtp = SmtpServer::start().await;
    smtp.fall_silent(Some(moment));
    let orion = TestPlatform::builder().set("mail.smtp_url", smtp.url()).set("mail.timeout_ms", 300).start().await;
    for number in 0..HUNG {
        register(&orion, &hung(number)).await;
    }
    eventually("all of them hanging", || async { (smtp.silences() >= HUNG).then_some(()) }).await;
    sign_in(&orion, &hung(0)).await;
    smtp.fall_silent(None);
    register(&orion, "bob@example.com").await;
    eventually("a mail", || async { smtp.mails_to("bob@example.com").pop() }).await;
    (orion, smtp)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_does_not_greet_stops_no_other_mail() {
    let (orion, _smtp) = a_silent_mail_server(Moment::BeforeGreeting).await;
    // Those that hung need not wait for their next try.
    orion.advance(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_does_not_take_the_text_stops_no_other_mail() {
    let (orion, _smtp) = a_silent_mail_server(Moment::BeforeData).await;
    orion.advance(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_silent_after_the_dot_stops_no_other_mail_and_has_each_once() {
    let (orion, smtp) = a_silent_mail_server(Moment::AfterTheDot).await;
    smtp.resume();
    orion.settle().await;
    for number in 0..HUNG {
        assert_eq!(smtp.mails_to(&hung(number)).len(), 1, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_silent_at_any_moment_holds_up_no_end() {
    for moment in [Moment::BeforeGreeting, Moment::BeforeMail, Moment::BeforeData, Moment::AfterTheDot] {
        let smtp = SmtpServer::start().await;
        smtp.fall_silent(Some(moment));
        let mut orion = TestPlatform::builder()
            .set("mail.smtp_url", smtp.url())
            .set("mail.timeout_ms", 60_000)
            .set("server.drain_timeout_ms", 300)
            .start()
            .await;
        register(&orion, "bob@example.com").await;
        eventually("a mail that hangs", || async { (smtp.silences() > 0).then_some(()) }).await;
        let end = tokio::time::timeout(Duration::from_secs(5), orion.drain()).await;
        assert!(end.is_ok(), "{moment:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_and_a_broker_that_say_nothing_hold_up_neither_answers_nor_the_end() {
    let silent = SilentServer::start().await;
    let mut orion = TestPlatform::builder()
        .set("redis.url", format!("redis://{}", silent.address))
        .set("amqp.url", format!("amqp://{}", silent.address))
        .set("server.drain_timeout_ms", 300)
        .start()
        .await;
    register(&orion, "bob@example.com").await;
    let asked = Client::new(orion.service_url(ServiceName::Auth));
    eventually("a service that is ready and says what is not", || async {
        let readiness: Readiness = asked.get("/readyz?verbose").await.expect(200).json();
        let failing: Vec<_> = readiness.checks.iter().filter(|check| !check.ok).map(|check| &*check.name).collect();
        (failing == ["cache", "bus", "events"]).then_some(())
    })
    .await;
    sign_in(&orion, "bob@example.com").await;
    tokio::time::timeout(Duration::from_secs(10), orion.drain()).await.expect("an end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis: ./orion test --full runs it"]
async fn a_redis_host_that_is_gone_without_a_word_leaves_answers_alone() {
    let (cable, url) = Cable::through(&Backend::server("ORION_REDIS_URL")).await;
    let orion = TestPlatform::builder().set("redis.url", url).start().await;
    // The announcement waits for a connection that somebody has to give up first; the others have asked meanwhile.
    orion.leave_undelivered();
    let bob = orion.user("bob").await;
    cable.lose_the_host();
    bob.get("/api/v1/users/me").await.expect(200);
    sign_in(&orion, &bob.email).await;
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    eventually("the revocation", || async { (bob.get("/api/v1/users/me").await.status == 401).then_some(()) }).await;
    let again = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    healed(&again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs RabbitMQ: ./orion test --full runs it"]
async fn a_broker_host_that_is_gone_without_a_word_leaves_answers_alone() {
    let (cable, url) = Cable::through(&Backend::server("ORION_AMQP_URL")).await;
    let mut orion = TestPlatform::builder().set("amqp.url", url).set("server.drain_timeout_ms", 300).start().await;
    orion.user("before").await;
    cable.lose_the_host();
    register(&orion, "during@example.com").await;
    sign_in(&orion, "during@example.com").await;
    orion.leave_undelivered();
    tokio::time::timeout(Duration::from_secs(10), orion.drain()).await.expect("an end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_says_nothing_ends_a_start_in_time() {
    let silent = SilentServer::start().await;
    let machine = Machine::embedded().await.set("database.url", format!("postgres://orion@{}/orion", silent.address));
    let begun = Instant::now();
    let process = tokio::task::spawn_blocking(move || {
        let mut orion = machine.start(&["migrate", "up"]);
        (orion.wait(), orion.output())
    });
    let (code, output) = tokio::time::timeout(Duration::from_secs(40), process).await.expect("an end").unwrap();
    assert_eq!(code, Some(1), "{output}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}: {output}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn another_service_that_says_nothing_holds_up_neither_registration_nor_probes_nor_the_end() {
    let silent = SilentServer::start().await;
    let mut machine = Machine::with(Place::new(Backend::current()).await);
    for service in ["users", "notifications", "admin", "gateway"] {
        machine = machine.set(&format!("peers.{service}_url"), format!("http://{}", silent.address));
    }
    let machine = machine.set("peers.timeout_ms", 500).set("server.drain_timeout_ms", 300);
    let mut orion = machine.start(&["serve", "auth"]);
    let auth = Client::new(format!("http://127.0.0.1:{}", machine.ports.auth));
    eventually("life", || async {
        let asked = Answer::try_of(auth.request("GET", "/livez")).await;
        asked.ok().filter(|answer| answer.status == 200)
    })
    .await;
    let order = json!({ "email": "bob@example.com", "password": PASSWORD });
    let answer = tokio::time::timeout(IN_TIME, auth.post("/api/v1/auth/register", order)).await.expect("an answer");
    answer.expect(201);
    let probe = tokio::time::timeout(IN_TIME, auth.get("/readyz?verbose")).await.expect("an answer in time");
    assert_eq!(probe.status, 503, "{probe:?}");
    let begun = Instant::now();
    assert_eq!(orion.terminate(), Some(0), "{}", orion.output());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}: {}", begun.elapsed(), orion.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_says_nothing_stops_no_other_route_and_no_end() {
    let silent = SilentServer::start().await;
    let mut orion = TestPlatform::builder()
        .file(format!(
            "[[gateway.routes]]\nname = \"shop\"\npath = \"/shop/*\"\nupstream = \"http://{}\"\naccess = \"public\"\n\
             timeout_ms = 60000\n",
            silent.address
        ))
        .set("server.drain_timeout_ms", 300)
        .start()
        .await;
    let waiting: Vec<_> = (0..32)
        .map(|_| {
            let client = orion.anonymous();
            tokio::spawn(async move { Answer::try_of(client.request("GET", "/shop/x")).await.map(drop) })
        })
        .collect();
    eventually("all of them waiting", || async { (silent.connections() >= 32).then_some(()) }).await;
    register(&orion, "bob@example.com").await;
    sign_in(&orion, "bob@example.com").await;
    orion.settle().await;
    tokio::time::timeout(Duration::from_secs(5), orion.drain()).await.expect("an end");
    for wait in waiting {
        let _ = tokio::time::timeout(IN_TIME, wait).await.expect("the waiting client is let go");
    }
}
