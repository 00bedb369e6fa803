//! `orion admin reset`: the way back for an administrator who cannot sign in.

use orion_testkit::process::command;
use orion_testkit::{Machine, OrionProcess, PASSWORD, assert_problem, eventually};
use serde_json::{Value, json};
use std::process::Output;

pub(crate) const EMAIL: &str = "root@example.com";
const NEW: &str = "another correct horse battery";

fn reset(machine: &Machine, email: &str) -> Output {
    reset_with(email, &machine.flags)
}

fn reset_with(email: &str, flags: &[(String, String)]) -> Output {
    command(&["admin", "reset", email, "-o", "json"], flags).output().unwrap()
}

/// Makes the first administrator.
pub(crate) async fn set_up(machine: &Machine, orion: &OrionProcess) {
    let link = || async { orion.output().split_once("/setup#").map(|(_, rest)| rest.trim().to_owned()) };
    let rest = eventually("the link", link).await;
    let token = rest.split_whitespace().next().unwrap();
    let order = json!({ "token": token, "email": EMAIL, "password": PASSWORD });
    machine.console("/console/setup", order).await.expect(201);
}

fn token_of(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    made["link"].as_str().unwrap().split_once("/reset#").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_who_lost_the_password_comes_in_by_a_link_that_ends_their_sessions() {
    let machine = Machine::embedded().await;
    let mut orion = machine.up().await;
    set_up(&machine, &orion).await;
    let gateway = machine.ports.client();
    let login = |password: &'static str| json!({ "email": EMAIL, "password": password });
    let old: Value = gateway.post("/api/v1/auth/login", login(PASSWORD)).await.expect(200).json();
    assert_eq!(orion.terminate(), Some(0));

    let older = token_of(&reset(&machine, EMAIL));
    let token = token_of(&reset(&machine, EMAIL));
    let orion = machine.up().await;
    // The log of both starts.
    assert_eq!(orion.output().matches("/setup#").count(), 1, "there is an administrator: {}", orion.output());
    let order = |token: &str, password: &str| json!({ "token": token, "password": password });
    assert_problem!(machine.console("/console/reset", order(&older, NEW)).await, 403, "reset-link-invalid");
    let weak = assert_problem!(machine.console("/console/reset", order(&token, "short")).await, 422, "validation");
    assert_eq!(weak.problem_fields(), ["password"]);
    let refreshed = gateway.post("/api/v1/auth/refresh", json!({ "refresh_token": old["refresh_token"] })).await;
    let refreshed: Value = refreshed.expect(200).json();

    machine.console("/console/reset", order(&token, NEW)).await.expect(201);
    let refresh = json!({ "refresh_token": refreshed["refresh_token"] });
    assert_eq!(gateway.post("/api/v1/auth/refresh", refresh).await.status, 401, "the older sessions are over");
    assert_problem!(gateway.post("/api/v1/auth/login", login(PASSWORD)).await, 401, "invalid-credentials");
    let tokens: Value = gateway.post("/api/v1/auth/login", login(NEW)).await.expect(200).json();
    assert_problem!(machine.console("/console/reset", order(&token, NEW)).await, 403, "reset-link-invalid");

    let root = gateway.with_token(tokens["access_token"].as_str().unwrap());
    eventually("both entries of the audit log", || async {
        let text = root.get("/api/v1/audit").await.expect(200).text;
        (text.contains("reset_link") && text.contains("chose a new password")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_refused_for_others_beside_a_running_platform_and_where_there_is_none() {
    let machine = Machine::embedded().await;
    let refused = |email: &str| {
        let output = reset(&machine, email);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(EMAIL).contains("there is no platform in"));
    let mut orion = machine.up().await;
    set_up(&machine, &orion).await;
    let beside = refused(EMAIL);
    assert!(beside.contains(&format!("process {}", orion.id())) && beside.contains("Stop it"), "{beside}");
    assert_eq!(orion.terminate(), Some(0));
    let message = refused("ada@example.com");
    assert!(message.contains("ada@example.com") && message.contains(EMAIL), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_leads_to_where_the_console_was_unless_another_place_is_named() {
    let machine = Machine::embedded().await;
    let mut orion = machine.up().await;
    set_up(&machine, &orion).await;
    assert_eq!(orion.terminate(), Some(0));
    let link = |more: &[(&str, &str)]| {
        let mut flags = machine.place.sources().flags;
        flags.retain(|(key, _)| !key.starts_with("listen."));
        flags.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let output = reset_with(EMAIL, &flags);
        let made: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        made["link"].as_str().unwrap().split_once("/reset#").unwrap().0.to_owned()
    };
    assert_eq!(link(&[]), format!("http://localhost:{}", machine.ports.admin));
    assert_eq!(link(&[("listen.admin_port", "4004")]), "http://localhost:4004");
    assert_eq!(link(&[("admin.console_url", "https://console.example.com")]), "https://console.example.com");
}
