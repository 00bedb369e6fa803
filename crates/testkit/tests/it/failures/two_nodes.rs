//! Two processes of auth on one database: what counts once counts once on both.

use super::two_clocks::process;
use chrono::Utc;
use orion_contracts::ServiceName;
use orion_contracts::auth::{BackupCodes, TokenResponse, TotpEnrolment};
use orion_testkit::backend::Place;
use orion_testkit::mailbox::Mailbox;
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Answer, Authenticator, Backend, Client, PASSWORD, TestUser, assert_problem, eventually};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.com";

async fn refresh(node: &Client, token: &str) -> Answer {
    node.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await
}

fn renewed(answer: Answer) -> String {
    answer.expect(200).json::<TokenResponse>().refresh_token.expose().to_owned()
}

/// How many of a hundred uses at once, half of them on each node, have this status. None is an error of ours.
async fn winners(
    nodes: &[Client; 2],
    path: impl Fn(usize) -> String,
    body: impl Fn(usize) -> Value,
    status: u16,
) -> usize {
    let uses = (0..100).map(|number| {
        let (client, path, body) = (nodes[number % 2].clone(), path(number), body(number));
        async move { client.post(&path, body).await }
    });
    let answers = futures_util::future::join_all(uses).await;
    assert!(answers.iter().all(|answer| answer.status < 500), "{answers:?}");
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn what_counts_once_counts_once_on_two_nodes() {
    let (place, smtp) = (Place::new(Backend::current()).await, SmtpServer::start().await);
    let ports = Ports::free();
    let mut flags = ports.flags();
    for (key, value) in [
        ("mail.smtp_url", smtp.url()),
        ("auth.refresh_grace_seconds", "0".to_owned()),
        ("auth.hash_queue", "1000".to_owned()),
        ("auth.login_failures_before_delay", "1000".to_owned()),
        ("auth.login_attempts_per_address_per_minute", "0".to_owned()),
        ("auth.registrations_per_address_per_minute", "0".to_owned()),
    ] {
        flags.push((key.to_owned(), value));
    }
    let second = Ports::free().auth;
    let mut others = flags.clone();
    others.push(("listen.auth_port".to_owned(), second.to_string()));
    let (one, _) = process(&flags, &ServiceName::ALL, &place).await;
    let (two, _) = process(&others, &[ServiceName::Auth], &place).await;
    let nodes = [ports.auth, second].map(|port| Client::new(format!("http://127.0.0.1:{port}")));
    let (mail, client) = (Mailbox::Smtp(smtp), ports.client());

    client.post("/api/v1/auth/register", json!({ "email": EMAIL, "password": PASSWORD })).await.expect(201);
    let order = json!({ "token": mail.verification_token(EMAIL).await, "password": PASSWORD });
    client.post("/api/v1/auth/verify-email", order).await.expect(204);

    // A copy of a refresh token is noticed by another node than the one that took it.
    let ada = TestUser::sign_in(&client, EMAIL, PASSWORD).await;
    let next = renewed(refresh(&nodes[0], &ada.refresh_token).await);
    let newest = renewed(refresh(&nodes[1], &next).await);
    assert_problem!(refresh(&nodes[1], &ada.refresh_token).await, 401, "invalid-refresh-token");
    assert_problem!(refresh(&nodes[0], &newest).await, 401, "invalid-refresh-token");

    let ada = TestUser::sign_in(&client, EMAIL, PASSWORD).await;
    let shown: TotpEnrolment = ada.post("/api/v1/auth/two-factor/totp", json!({})).await.expect(200).json();
    let code = Authenticator::with(shown.secret.expose()).code(Utc::now());
    let codes = ada.post("/api/v1/auth/two-factor/totp/confirm", json!({ "code": code })).await.expect(200);
    let code = codes.json::<BackupCodes>().codes[0].expose().to_owned();
    let mut flows = Vec::new();
    for _ in 0..20 {
        let order = json!({ "email": EMAIL, "password": PASSWORD });
        flows.push(client.post("/api/v1/auth/login", order).await.expect(202).value());
    }
    let path = |number: usize| {
        let flow = flows[number % flows.len()]["flow_id"].as_str().unwrap();
        format!("/api/v1/auth/flows/{flow}/backup-code")
    };
    let step = |number: usize| json!({ "flow_token": flows[number % flows.len()]["flow_token"], "code": code });
    assert_eq!(winners(&nodes, path, step, 200).await, 1, "of the uses of a backup code");

    client.post("/api/v1/auth/password/reset", json!({ "email": EMAIL })).await.expect(202);
    let token = eventually("the mail", async || mail.reset_tokens(EMAIL).await.pop()).await;
    let chosen = |number: usize| json!({ "token": token, "new_password": format!("passphrase of number {number}") });
    let path = |_| "/api/v1/auth/password/reset/confirm".to_owned();
    assert_eq!(winners(&nodes, path, chosen, 204).await, 1, "of the uses of a link");

    // A limit is one limit, on whatever nodes it is counted.
    let path = |_| "/api/v1/auth/password/reset".to_owned();
    assert_eq!(winners(&nodes, path, |_| json!({ "email": "eve@example.com" }), 202).await, 10, "of one address");
    let path = |_| "/api/v1/auth/register".to_owned();
    let order = |_| json!({ "email": "eve@example.com", "password": PASSWORD });
    assert_eq!(winners(&nodes, path, order, 201).await, 10, "registrations of one address");
    tokio::join!(one.drain(), two.drain());
}
