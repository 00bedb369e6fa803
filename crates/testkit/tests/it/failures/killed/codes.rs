//! Codes and flows that count once, used by many at once while the process is killed, and again after the next start.

use super::{Platform, timed};
use chrono::{TimeDelta, Utc};
use orion_contracts::auth::{BackupCodes, SessionList, TotpEnrolment};
use orion_testkit::{Answer, Authenticator, Client, PASSWORD, TestUser};
use serde_json::{Value, json};
use std::time::Duration;

const ROUNDS: u32 = 4;
/// How many use it at once, before and after.
const USES: usize = 50;
const FLOWS: usize = 5;
/// By when one has won.
const EARLY: Duration = Duration::from_millis(150);

/// Somebody with an app, codes of it, and sign-ins under way.
struct Person {
    user: TestUser,
    /// What the app shows.
    app_code: String,
    codes: Vec<String>,
    flows: Vec<Value>,
}

/// What is used: what step, of which flow, with which code.
type Use<'a> = dyn Fn(&Person, usize) -> (&'static str, usize, String) + Sync + 'a;

impl Person {
    async fn of(platform: &Platform, email: &str) -> Self {
        let user = platform.person(email).await;
        let shown: TotpEnrolment = user.post("/api/v1/auth/two-factor/totp", json!({})).await.expect(200).json();
        let app = Authenticator::with(shown.secret.expose());
        // The step of half a minute ago: the one of now is still to be used.
        let code = app.code(Utc::now() - TimeDelta::seconds(30));
        let told = user.post("/api/v1/auth/two-factor/totp/confirm", json!({ "code": code })).await.expect(200);
        let codes = told.json::<BackupCodes>().codes.iter().map(|code| code.expose().to_owned()).collect();
        let mut flows = Vec::new();
        for _ in 0..FLOWS {
            let order = json!({ "email": email, "password": PASSWORD });
            flows.push(platform.client().post("/api/v1/auth/login", order).await.expect(202).value());
        }
        Self { user, app_code: app.code(Utc::now()), codes, flows }
    }

    /// Many uses at once, at all nodes.
    fn requests(&self, nodes: &[Client], which: &Use<'_>) -> Vec<reqwest::RequestBuilder> {
        let uses = (0..USES).map(|number| {
            let (step, flow, code) = which(self, number);
            let flow = &self.flows[flow];
            let path = format!("/api/v1/auth/flows/{}/{step}", flow["flow_id"].as_str().unwrap());
            let body = json!({ "flow_token": flow["flow_token"], "code": code });
            nodes[number % nodes.len()].request("POST", &path).json(&body)
        });
        uses.collect()
    }
}

/// How many won; whom a busy machine could not serve in time has lost.
fn won(answers: &[Answer]) -> usize {
    let strange: Vec<_> = answers.iter().filter(|one| ![200, 410, 422, 429, 503].contains(&one.status)).collect();
    assert!(strange.is_empty(), "{strange:?}");
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn all(requests: Vec<reqwest::RequestBuilder>) -> Vec<Answer> {
    futures_util::future::join_all(requests.into_iter().map(Answer::of)).await
}

/// Of all uses at once, before the process is killed and after its next start, one wins.
async fn one_wins(platform: &mut Platform, rounds: u32, name: &str, which: &Use<'_>) {
    let nodes = platform.nodes();
    let first = Person::of(platform, &format!("{name}@example.com")).await;
    let (answers, whole) = timed(all(first.requests(&nodes, which))).await;
    assert_eq!(won(&answers), 1, "{name}: when nobody is killed");
    for round in 0..rounds {
        let person = Person::of(platform, &format!("{name}-{round}@example.com")).await;
        // Who wins does so early.
        let after = platform.moment(round, rounds, whole.min(EARLY));
        let before = platform.killed_while(person.requests(&nodes, which), after).await;
        platform.start_again().await;
        let after = all(person.requests(&nodes, which)).await;
        let winners = (won(&before), won(&after));
        assert!(winners.0 + winners.1 <= 1, "{name}, round {round}: {winners:?}");
        // Whoever won and was not told has a session that nobody holds; there is no second one.
        let sessions: SessionList = person.user.get("/api/v1/auth/sessions").await.expect(200).json();
        assert_eq!(sessions.items.len(), 2, "{name}, round {round}: the person's own, and the winner's of {winners:?}");
    }
}

fn one_app_code(person: &Person, number: usize) -> (&'static str, usize, String) {
    ("totp", number % FLOWS, person.app_code.clone())
}

fn one_backup_code(person: &Person, number: usize) -> (&'static str, usize, String) {
    ("backup-code", number % FLOWS, person.codes[0].clone())
}

/// One flow, by a code of its own each time.
fn one_flow(person: &Person, number: usize) -> (&'static str, usize, String) {
    ("backup-code", 0, person.codes[number % person.codes.len()].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_uses_of_one_app_code_before_and_after_a_kill_one_wins() {
    one_wins(&mut Platform::start(&[]).await, ROUNDS, "app", &one_app_code).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_uses_of_one_backup_code_before_and_after_a_kill_one_wins() {
    one_wins(&mut Platform::start(&[]).await, ROUNDS, "backup", &one_backup_code).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_steps_of_one_sign_in_before_and_after_a_kill_one_wins() {
    one_wins(&mut Platform::start(&[]).await, ROUNDS, "flow", &one_flow).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn of_the_uses_of_a_code_or_a_sign_in_on_two_nodes_of_which_one_is_killed_one_wins() {
    let mut platform = Platform::start(&[]).await;
    platform.start_second().await;
    // Whoever signs in on a busy machine is slow: one kill each, at another moment whenever this runs.
    one_wins(&mut platform, 1, "app", &one_app_code).await;
    one_wins(&mut platform, 1, "backup", &one_backup_code).await;
    one_wins(&mut platform, 1, "flow", &one_flow).await;
}
