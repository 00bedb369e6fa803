//! The main job through the gateway: register, verify, sign in, refresh, read and change the profile, read the inbox,
//! sign out. In one process, as `orion up`, and with a process per service.

use orion_contracts::Page;
use orion_contracts::ServiceName;
use orion_contracts::auth::TokenResponse;
use orion_contracts::notifications::InboxItem;
use orion_contracts::users::User;
use orion_testkit::backend::Place;
use orion_testkit::mailbox::{Mailbox, token_in};
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Backend, Client, Machine, PASSWORD, TestPlatform, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const EMAIL: &str = "ada@example.com";

async fn sign_in(client: &Client) -> TokenResponse {
    client.post("/api/v1/auth/login", json!({ "email": EMAIL, "password": PASSWORD })).await.expect(200).json()
}

/// Item 4 of the product's first promise, step by step, as a client would do it.
async fn main_job(client: &Client, mailbox: &Mailbox) {
    let order = json!({ "email": "Ada@Example.com ", "password": PASSWORD, "display_name": "Ada" });
    let registered = client.post("/api/v1/auth/register", &order).await.expect(201);
    assert_eq!(registered.value(), json!({ "status": "verification_sent" }));

    let link = mailbox.verification_token(EMAIL).await;
    let guest = sign_in(client).await;
    assert_eq!(guest.roles, ["guest"], "unverified");
    client.post("/api/v1/auth/verify-email", json!({ "token": link, "password": PASSWORD })).await.expect(204);

    let tokens = sign_in(client).await;
    assert_eq!((tokens.token_type.as_str(), tokens.expires_in), ("Bearer", 300));
    assert_eq!(tokens.roles, ["user"]);
    let ada = client.with_token(tokens.access_token.expose());

    let me: User = ada.get("/api/v1/users/me").await.json();
    assert_eq!((me.email.as_str(), me.display_name.as_deref(), me.is_verified), (EMAIL, Some("Ada"), true));
    let changed: User = ada.patch("/api/v1/users/me", json!({ "bio": "Mathematician" })).await.json();
    assert_eq!(changed.bio.as_deref(), Some("Mathematician"));

    let welcome: InboxItem = eventually("the welcome in the inbox", || async {
        ada.get("/api/v1/notifications").await.json::<Page<InboxItem>>().items.into_iter().next()
    })
    .await;
    assert_eq!(welcome.kind, "account.welcome");

    let keys: Value = client.get("/.well-known/jwks.json").await.json();
    assert_eq!(keys["keys"][0]["alg"], "ES256", "{keys}");

    let refreshed: TokenResponse =
        client.post("/api/v1/auth/refresh", json!({ "refresh_token": tokens.refresh_token })).await.json();
    assert_ne!(refreshed.refresh_token, tokens.refresh_token);
    assert_eq!(refreshed.session_id, tokens.session_id);

    let ada = client.with_token(refreshed.access_token.expose());
    ada.post("/api/v1/auth/logout", json!({})).await.expect(204);
    // Another process refuses it once the bus has told it.
    let refused = || async { (ada.get("/api/v1/users/me").await.status == 401).then_some(()) };
    tokio::time::timeout(Duration::from_secs(2), eventually("the token's refusal", refused))
        .await
        .expect("two seconds");
    assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");
    let again = json!({ "refresh_token": refreshed.refresh_token });
    assert_eq!(client.post("/api/v1/auth/refresh", again).await.status, 401, "the session is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job_works_in_one_process() {
    let orion = TestPlatform::start().await;
    main_job(&orion.anonymous(), &orion.mailbox).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job_works_on_the_real_binary() {
    let smtp = SmtpServer::start().await;
    let machine = Machine::with(Place::new(Backend::current()).await).set("mail.smtp_url", smtp.url());
    let ports = machine.ports;
    let processes: Vec<(&[&str], u16)> = match machine.place.backend {
        Backend::Embedded => vec![(&["up"], ports.pages)],
        Backend::Postgres | Backend::Production => vec![
            (&["serve", "auth"], ports.auth),
            (&["serve", "users"], ports.users),
            (&["serve", "notifications"], ports.notifications),
            (&["serve", "admin"], ports.admin),
            (&["serve", "gateway"], ports.pages),
        ],
    };
    let mut running: Vec<_> = processes.iter().map(|(words, port)| (machine.start(words), *port)).collect();
    for (process, port) in &mut running {
        process.ready(*port).await;
    }
    main_job(&ports.client(), &Mailbox::Smtp(smtp)).await;
    for (process, _) in &mut running {
        assert_eq!(process.terminate(), Some(0), "{}", process.output());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_service_is_a_clear_problem_and_the_others_go_on() {
    let mut orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.stop_service(ServiceName::Notifications).await;
    let answer = assert_problem!(bob.get("/api/v1/notifications").await, 502, "bad-gateway");
    assert!(answer.header("x-request-id").is_some());
    bob.get("/api/v1/users/me").await.expect(200);
}

#[test]
fn a_token_is_found_in_a_mail_with_a_link() {
    let text = "Open https://x/auth/verify-email?token=abc-_9.\nThank you";
    assert_eq!(token_in(text).as_deref(), Some("abc-_9"));
}
