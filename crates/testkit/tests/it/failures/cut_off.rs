//! A process that alone is cut off from the bus: what it tells, nobody hears. The others notice by its heartbeats.

use super::two_clocks::process;
use orion_contracts::ServiceName::{Admin, Auth, Gateway, Notifications, Users};
use orion_contracts::UserId;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::internal::MakeAdministrator;
use orion_testkit::backend::Place;
use orion_testkit::mailbox::Mailbox;
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Backend, Cable, Client, PASSWORD, TestUser, eventually};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis: ./orion test --full runs it"]
async fn a_token_and_a_role_that_were_taken_away_by_a_process_that_nobody_hears_end_soon_everywhere() {
    let place = Place::new(Backend::current()).await;
    let (ports, smtp) = (Ports::free(), SmtpServer::start().await);
    let mut flags = ports.flags();
    flags.push(("mail.smtp_url".to_owned(), smtp.url()));
    let (cable, url) = Cable::through(&Backend::server("ORION_REDIS_URL")).await;
    let mut cut_off = flags.clone();
    cut_off.push(("redis.url".to_owned(), url));
    let ((one, _), (others, _)) = tokio::join!(
        process(&cut_off, &[Auth, Users], &place),
        process(&flags, &[Notifications, Admin, Gateway], &place)
    );

    let admin = &others.context(Admin).unwrap().infra;
    let id: UserId = admin.random.id(&admin.clock);
    let order = CreateAdministrator {
        email: "root@example.com".parse().unwrap(),
        password: PASSWORD.parse().unwrap(),
        display_name: None,
    };
    admin.peers.call(&MakeAdministrator { id }, &order).await.unwrap();
    let client = ports.client();
    let root = TestUser::sign_in(&client, "root@example.com", PASSWORD).await;
    client.post("/api/v1/auth/register", json!({ "email": "bob@example.com", "password": PASSWORD })).await.expect(201);
    let token = Mailbox::Smtp(smtp).verification_token("bob@example.com").await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
    let bob = TestUser::sign_in(&client, "bob@example.com", PASSWORD).await;
    let role = format!("/api/v1/users/{}/roles/admin", bob.id);
    root.put(&role, json!({})).await.expect(204);
    // Jobs are asked of the admin service, which is not cut off.
    let asks = async |status: u16| (bob.get("/api/v1/jobs").await.status == status).then_some(());
    eventually("the role", || asks(200)).await;

    cable.cut();
    let hears = || async { others.context(Gateway).unwrap().infra.bus.misses_somebody().then_some(()) };
    eventually("somebody being missed", hears).await;
    root.delete(&role).await.expect(204);
    eventually("the end of the role", || asks(403)).await;
    root.post("/api/v1/auth/logout", json!({})).await.expect(204);
    eventually("the end of the token", || async { (root.get("/api/v1/jobs").await.status == 401).then_some(()) }).await;
    cable.mend();
    tokio::join!(one.drain(), others.drain());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis: ./orion test --full runs it"]
async fn a_key_of_a_process_that_ends_before_it_tells_of_it_is_known_everywhere_before_it_signs() {
    let place = Place::new(Backend::current()).await;
    let (ports, second, smtp) = (Ports::free(), Ports::free().auth, SmtpServer::start().await);
    let mut flags = ports.flags();
    flags.push(("mail.smtp_url".to_owned(), smtp.url()));
    let (cable, url) = Cable::through(&Backend::server("ORION_REDIS_URL")).await;
    let mut cut_off = flags.clone();
    cut_off.extend([("redis.url".to_owned(), url), ("listen.auth_port".to_owned(), second.to_string())]);
    let ((one, _), (others, clock)) = tokio::join!(
        process(&cut_off, &[Auth], &place),
        process(&flags, &[Auth, Users, Notifications, Admin, Gateway], &place)
    );
    let admin = &others.context(Admin).unwrap().infra;
    let id: UserId = admin.random.id(&admin.clock);
    let (email, password) = ("root@example.com", PASSWORD);
    let order =
        CreateAdministrator { email: email.parse().unwrap(), password: password.parse().unwrap(), display_name: None };
    admin.peers.call(&MakeAdministrator { id }, &order).await.unwrap();
    let [client, ending] = [ports.auth, second].map(|port| Client::new(format!("http://127.0.0.1:{port}")));
    let root = TestUser::sign_in(&client, email, password).await;
    let keys = async || {
        let set: Value = client.get("/.well-known/jwks.json").await.expect(200).json();
        set["keys"].as_array().unwrap().len()
    };

    cable.cut();
    let rotated = ending.with_token(&root.access_token).post("/api/v1/auth/admin/keys/rotate", json!({})).await;
    rotated.expect(200);
    assert_eq!(keys().await, 1, "nobody has heard");
    one.drain().await;
    // The others look by themselves each minute, and it signs ten minutes later.
    clock.advance(Duration::from_secs(61));
    eventually("the next key", async || (keys().await == 2).then_some(())).await;
    let kid = |user: &TestUser| jsonwebtoken::decode_header(&user.access_token).unwrap().kid;
    let before = TestUser::sign_in(&client, email, password).await;
    clock.advance(Duration::from_secs(600));
    let after = TestUser::sign_in(&client, email, password).await;
    assert_ne!(kid(&before), kid(&after));
    // Who checks tokens looks each minute too: those minutes have passed in one leap, and it does so at this moment.
    let checked = ports.client().with_token(&after.access_token);
    let is_taken = async || (checked.get("/api/v1/users/me").await.status == 200).then_some(());
    eventually("the new key's token to be taken", is_taken).await;
    others.drain().await;
}
