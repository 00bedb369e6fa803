//! Nothing secret stands in the log, however much is logged, nor in what is measured.

use chrono::Utc;
use orion_contracts::auth::{BackupCodes, TotpEnrolment};
use orion_testkit::mailbox::{reset_token_in, token_in};
use orion_testkit::process::Ports;
use orion_testkit::smtp::SmtpServer;
use orion_testkit::{Authenticator, Client, Machine, PASSWORD, TestUser, eventually};
use serde_json::json;

const EMAIL: &str = "ada@example.com";
const NEW: &str = "a wholly different passphrase";
const WRONG: &str = "what somebody typed by mistake";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_password_token_code_or_key_stands_in_a_log_that_tells_everything_nor_in_metrics() {
    let smtp = SmtpServer::start().await;
    let machine = Machine::embedded().await.set("mail.smtp_url", smtp.url()).set("log.filter", "trace");
    let orion = machine.up().await;
    let client = machine.ports.client();
    let mailed = async |find: fn(&str) -> Option<String>| {
        let newest = || smtp.mails_to(EMAIL).iter().rev().find_map(|mail| find(&mail.decoded()));
        eventually("the mail", || async { newest() }).await
    };
    let login = |password: &str| client.post("/api/v1/auth/login", json!({ "email": EMAIL, "password": password }));

    client.post("/api/v1/auth/register", json!({ "email": EMAIL, "password": PASSWORD })).await.expect(201);
    let link = mailed(token_in).await;
    client.get(&format!("/auth/verify-email?token={link}")).await.expect(200);
    client.post("/api/v1/auth/verify-email", json!({ "token": link, "password": PASSWORD })).await.expect(204);
    login(WRONG).await.expect(401);
    let ada = TestUser::sign_in(&client, EMAIL, PASSWORD).await;
    let shown: TotpEnrolment = ada.post("/api/v1/auth/two-factor/totp", json!({})).await.expect(200).json();
    let code = Authenticator::with(shown.secret.expose()).code(Utc::now());
    let codes = ada.post("/api/v1/auth/two-factor/totp/confirm", json!({ "code": code })).await.expect(200);
    let codes: BackupCodes = codes.json();
    let flow = login(PASSWORD).await.expect(202).value();
    let backup = codes.codes[0].expose();
    let path = format!("/api/v1/auth/flows/{}/backup-code", flow["flow_id"].as_str().unwrap());
    let step = json!({ "flow_token": flow["flow_token"], "code": backup });
    let tokens = client.post(&path, step).await.expect(200).value();
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let renewed = client.post("/api/v1/auth/refresh", refresh).await.expect(200).value();
    client.post("/api/v1/auth/password/reset", json!({ "email": EMAIL })).await.expect(202);
    let reset = mailed(reset_token_in).await;
    client.get(&format!("/auth/reset?token={reset}")).await.expect(200);
    let chosen = json!({ "token": reset, "new_password": NEW });
    client.post("/api/v1/auth/password/reset/confirm", chosen).await.expect(204);

    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let log = orion.output();
    assert!(log.contains("/api/v1/auth/password/reset/confirm"), "it does not tell everything");
    let mut metrics = String::new();
    let Ports { pages, auth, users, notifications, admin, .. } = machine.ports;
    for port in [pages, auth, users, notifications, admin] {
        metrics += &Client::new(format!("http://127.0.0.1:{port}")).get("/metrics").await.expect(200).text;
    }
    assert!(metrics.contains("login"), "they tell of sign-ins: {metrics}");
    for (what, secret) in [
        ("a password", PASSWORD.to_owned()),
        ("a new password", NEW.to_owned()),
        ("a wrong password", WRONG.to_owned()),
        ("a link's token", link),
        ("a reset's token", reset),
        ("an access token", ada.access_token.clone()),
        ("a refresh token", ada.refresh_token.clone()),
        ("another refresh token", text(&tokens["refresh_token"])),
        ("a renewed access token", text(&renewed["access_token"])),
        ("a flow's token", text(&flow["flow_token"])),
        ("a backup code", backup.to_owned()),
        ("an app's key", shown.secret.expose().to_owned()),
    ] {
        let line = log.lines().chain(metrics.lines()).find(|line| line.contains(&secret));
        assert!(line.is_none(), "{what}: {}", line.unwrap_or_default());
    }
    // Whom they are about is no business of who watches the platform.
    assert!(!metrics.contains(EMAIL), "{metrics}");
}
