//! A password that is being reset.

use super::{Platform, timed};
use orion_testkit::{Answer, PASSWORD, eventually};
use serde_json::json;

const ROUNDS: u32 = 10;
/// Two processes start in each.
const ROUNDS_OF_TWO: u32 = 4;
/// How many use a link at once, each for a password of its own.
const USES: usize = 10;
const CONFIRM: &str = "/api/v1/auth/password/reset/confirm";

fn passphrase(number: usize) -> String {
    format!("passphrase of number {number}")
}

/// Everybody's use of a link, at all nodes.
fn uses(platform: &Platform, token: &str) -> Vec<reqwest::RequestBuilder> {
    let nodes = platform.nodes();
    let order = |number| json!({ "token": token, "new_password": passphrase(number) });
    (0..USES).map(|number| nodes[number % nodes.len()].request("POST", CONFIRM).json(&order(number))).collect()
}

/// Kills a platform while links are used: a link is good and the password is the old one, or neither is.
async fn old_with_its_link_or_new_without(platform: &mut Platform, rounds: u32) {
    let client = platform.client();
    // All get their links before the first kill.
    let mut links = Vec::new();
    for round in 0..=rounds {
        let email = format!("user-{round}@example.com");
        platform.person(&email).await;
        client.post("/api/v1/auth/password/reset", json!({ "email": email })).await.expect(202);
        let token = eventually("the mail", async || platform.mail.reset_tokens(&email).await.pop()).await;
        links.push((email, token));
    }
    let (_, first) = links.pop().unwrap();
    let answers = uses(platform, &first).into_iter().map(|request| timed(Answer::of(request)));
    let answers = futures_util::future::join_all(answers).await;
    let won: Vec<_> = answers.iter().filter(|(answer, _)| answer.status == 204).map(|(_, took)| *took).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    // What must not be cut in two is what the winner does; who has just been started is slower.
    let whole = won[0].mul_f64(1.5);
    for (round, (email, token)) in (0..).zip(&links) {
        let after = platform.moment(round, rounds, whole);
        let answers = platform.killed_while(uses(platform, token), after).await;
        platform.start_again().await;
        let login = async |password: String| {
            let answer = client.post("/api/v1/auth/login", json!({ "email": email, "password": password })).await;
            assert!([200, 401].contains(&answer.status), "{answer:?}");
            answer.status == 200
        };
        let mut good = Vec::new();
        for number in 0..USES {
            if login(passphrase(number)).await {
                good.push(number);
            }
        }
        let is_old = login(PASSWORD.to_owned()).await;
        assert_eq!(good.len() + usize::from(is_old), 1, "{email}");
        let told = answers.iter().filter(|answer| answer.status == 204).count();
        assert!(told <= good.len(), "{email}: {answers:?}");
        let again = client.post(CONFIRM, json!({ "token": token, "new_password": "yet another passphrase" })).await;
        match is_old {
            true => assert_eq!(again.status, 204, "{email}: the link is not spent: {again:?}"),
            false => assert_eq!(again.expect(422).problem_fields(), ["token"], "{email}: the link is spent"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_is_killed_leaves_the_old_password_with_its_link_or_a_new_one_without() {
    old_with_its_link_or_new_without(&mut Platform::start(&[]).await, ROUNDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_reset_on_two_nodes_of_which_one_is_killed_leaves_one_password() {
    let mut platform = Platform::start(&[]).await;
    platform.start_second().await;
    old_with_its_link_or_new_without(&mut platform, ROUNDS_OF_TWO).await;
}
