//! One process of five stands still, as a machine does that swaps or is paused: it keeps its connections and says nothing.
//! The others go on, each answer comes in time, and once it goes on all is as before.

use crate::operations::administrator::{EMAIL, set_up};
use orion_contracts::ServiceName;
use orion_contracts::api_keys::NewApiKey;
use orion_testkit::backend::Place;
use orion_testkit::mailbox::{Mailbox, token_in};
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Answer, Backend, Client, Machine, OrionProcess, PASSWORD, eventually};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a peer or an upstream may take.
const LIMIT_MS: &str = "1000";
/// That, a second try, and what lies between.
const IN_TIME: Duration = Duration::from_secs(4);

/// What of the platform needs whom, directly.
const NEEDS: [(&str, &[ServiceName]); 4] = [
    ("/.well-known/jwks.json", &[ServiceName::Auth]),
    ("/api/v1/users/me", &[ServiceName::Users]),
    ("/api/v1/notifications", &[ServiceName::Notifications, ServiceName::Users]),
    ("/livez", &[]),
];

async fn started(machine: &Machine) -> BTreeMap<ServiceName, OrionProcess> {
    let ports = machine.ports;
    let own = [
        (ServiceName::Auth, ports.auth),
        (ServiceName::Users, ports.users),
        (ServiceName::Notifications, ports.notifications),
        (ServiceName::Admin, ports.admin),
        (ServiceName::Gateway, ports.pages),
    ];
    let mut running: BTreeMap<_, _> =
        own.iter().map(|(name, _)| (*name, machine.start(&["serve", name.as_str()]))).collect();
    for (name, port) in own {
        running.get_mut(&name).unwrap().ready(port).await;
    }
    running
}

/// Asks; the answer must come in time.
async fn ask(client: &Client, path: &str) -> Answer {
    let asked = tokio::time::timeout(IN_TIME, Answer::try_of(client.request("GET", path)));
    asked.await.unwrap_or_else(|_| panic!("no answer to {path}")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL, Redis and RabbitMQ: ./orion test --full runs it"]
async fn one_process_of_five_that_stands_still_holds_up_only_what_needs_it_and_that_not_for_long() {
    let smtp = SmtpServer::start().await;
    let machine = Machine::with(Place::new(Backend::current()).await).set("mail.smtp_url", smtp.url());
    // Short, for the test's sake: what needs who stands still takes so long, and no longer.
    let machine = machine.set("peers.timeout_ms", LIMIT_MS).set("gateway.request_timeout_ms", LIMIT_MS);
    let processes = started(&machine).await;
    let anonymous = machine.ports.client();
    let order = json!({ "email": "bob@example.com", "password": PASSWORD });
    anonymous.post("/api/v1/auth/register", &order).await.expect(201);
    let link = Mailbox::Smtp(smtp.clone()).verification_token("bob@example.com").await;
    anonymous.post("/api/v1/auth/verify-email", json!({ "token": link, "password": PASSWORD })).await.expect(204);
    let tokens: Value = anonymous.post("/api/v1/auth/login", &order).await.expect(200).json();
    let bob = anonymous.with_token(tokens["access_token"].as_str().unwrap());

    for stopped in [ServiceName::Notifications, ServiceName::Admin, ServiceName::Users, ServiceName::Auth] {
        processes[&stopped].stand_still();
        // For long enough that the bus, the broker and the lanes have noticed.
        let until = Instant::now() + Duration::from_secs(6);
        while Instant::now() < until {
            let asked = NEEDS.iter().map(|(path, needs)| {
                let bob = &bob;
                async move {
                    let answer = ask(bob, path).await;
                    if needs.contains(&stopped) {
                        assert!([200, 502, 503, 504].contains(&answer.status), "{stopped} {path}: {answer:?}");
                    } else {
                        assert_eq!(answer.status, 200, "{stopped} stands still, {path}: {answer:?}");
                    }
                }
            });
            futures_util::future::join_all(asked).await;
            // A load, and no flood.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let signing_in = anonymous.post("/api/v1/auth/login", &order);
        if ![ServiceName::Auth, ServiceName::Users].contains(&stopped) {
            tokio::time::timeout(IN_TIME, signing_in).await.expect("a sign-in in time").expect(200);
        }
        processes[&stopped].go_on();
        for (path, _) in NEEDS {
            eventually(&format!("{path} after {stopped} went on"), || async {
                (ask(&bob, path).await.status == 200).then_some(())
            })
            .await;
        }
    }
    // What was told while somebody stood still has arrived.
    let order = json!({ "email": "eve@example.com", "password": PASSWORD });
    processes[&ServiceName::Notifications].stand_still();
    anonymous.post("/api/v1/auth/register", &order).await.expect(201);
    // The answer comes before the account, and with that the event is told.
    eventually("the account", || async {
        (anonymous.post("/api/v1/auth/login", &order).await.status == 200).then_some(())
    })
    .await;
    processes[&ServiceName::Notifications].go_on();
    eventually("the mail", || async {
        smtp.mails_to("eve@example.com").first().and_then(|mail| token_in(&mail.decoded()))
    })
    .await;
}

/// How often a role is edited.
const EDITS: usize = 7;
/// What half of the edits must keep, whoever stands still.
const PROMISED: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_role_that_is_edited_while_auth_stands_still_is_in_force_mostly_within_a_tenth_of_a_second() {
    let smtp = SmtpServer::start().await;
    let machine = Machine::with(Place::new(Backend::current()).await).set("mail.smtp_url", smtp.url());
    let ports = machine.ports;
    let mut auth = machine.start(&["serve", "auth"]);
    let mut others = machine.start(&["serve", "users", "notifications", "admin", "gateway"]);
    others.ready(ports.pages).await;
    auth.ready(ports.auth).await;
    set_up(&machine, &others).await;
    let order = json!({ "email": EMAIL, "password": PASSWORD });
    let tokens: Value = ports.client().post("/api/v1/auth/login", order).await.expect(200).json();
    let users = Client::new(format!("http://127.0.0.1:{}", ports.users));
    let root = users.with_token(tokens["access_token"].as_str().unwrap());
    let reads = json!(["users.read"]);
    let role = json!({
        "name": "reader", "display_name": "Reader", "scope": "global", "level": 30, "permissions": reads,
    });
    root.post("/api/v1/roles", role).await.expect(201);
    let account: Value = root.post("/api/v1/service-accounts", json!({ "name": "export" })).await.expect(201).json();
    let id = account["id"].as_str().unwrap();
    root.put(&format!("/api/v1/users/{id}/roles/reader"), json!({})).await.expect(204);
    let order = json!({ "name": "Export", "scopes": reads });
    let made: NewApiKey = root.post(&format!("/api/v1/service-accounts/{id}/api-keys"), order).await.expect(201).json();
    let program = users.with_token(made.secret.expose());
    let comes_to = async |status: u16| {
        eventually("what the role allows now", async || {
            (program.get("/api/v1/users?limit=1").await.status == status).then_some(())
        })
        .await;
    };
    comes_to(200).await;

    auth.stand_still();
    // Until its heartbeats are missed: from then on it is asked each second, and does not answer.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut took = Vec::new();
    for time in 0..EDITS {
        let (permissions, status) = if time % 2 == 0 { (json!([]), 403) } else { (reads.clone(), 200) };
        root.patch("/api/v1/roles/reader", json!({ "permissions": permissions })).await.expect(200);
        let edited = Instant::now();
        comes_to(status).await;
        took.push(edited.elapsed());
        // By then it is asked again.
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
    auth.go_on();
    took.sort_unstable();
    println!("until the edit is in force: {took:?}");
    assert!(took[EDITS / 2] <= PROMISED, "{took:?}");
}
