//! An address that becomes another one.

use super::{Platform, timed};
use orion_testkit::mailbox::email_change_token_in;
use orion_testkit::{Answer, PASSWORD, eventually};
use serde_json::json;

const ROUNDS: u32 = 10;
const ASK: &str = "/api/v1/users/me/email-change";
const ANSWER: &str = "/api/v1/auth/email-change";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs SQLite: on PostgreSQL each round waits for the leases of the killed process to run out, a minute"]
async fn a_change_of_address_that_is_killed_between_or_within_its_steps_is_made_whole_or_waits() {
    let mut platform = Platform::start(&[("auth.login_attempts_per_address_per_minute", "0".to_owned())]).await;
    let client = platform.client();
    let confirm = |token: &str| client.request("POST", ANSWER).json(&json!({ "token": token }));
    let mut waiting = Vec::new();
    for round in 0..=ROUNDS {
        let (old, new) = (format!("old-{round}@example.com"), format!("new-{round}@example.com"));
        let person = platform.person(&old).await;
        person.post(ASK, json!({ "email": new })).await.expect(202);
        waiting.push((old, new));
    }
    // What was answered is mailed, whatever becomes of the process that answered.
    platform.kill();
    platform.start_again().await;
    let mut links = Vec::new();
    for (old, new) in waiting {
        let (at_old, at_new) =
            (platform.mailed(&old, email_change_token_in).await, platform.mailed(&new, email_change_token_in).await);
        Answer::of(confirm(&at_new)).await.expect(200);
        links.push((old, new, at_old));
    }
    let (_, _, first) = links.pop().unwrap();
    let (answer, whole) = timed(Answer::of(confirm(&first))).await;
    assert_eq!(answer.expect(200).value()["status"], "changed");
    for (round, (old, new, at_old)) in (0..).zip(&links) {
        let after = platform.moment(round, ROUNDS, whole.mul_f64(1.5));
        let answers = platform.killed_while(vec![confirm(at_old)], after).await;
        platform.start_again().await;
        let told = answers.iter().any(|answer| answer.status == 200);
        // Whoever heard nothing asks again, and is answered the same.
        let again = Answer::of(confirm(at_old)).await.expect(200);
        assert_eq!(again.value()["status"], "changed", "{old}, told before: {told}");
        let sign_in = async |email: &str| {
            client.post("/api/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await.status
        };
        eventually("the new address signs in", async || (sign_in(new).await == 200).then_some(())).await;
        assert_eq!(sign_in(old).await, 401, "{old}");
    }
}
