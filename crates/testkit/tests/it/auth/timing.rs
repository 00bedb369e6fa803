//! Known and unknown addresses, told apart by how long an answer takes: by no statistics of many answers.
//!
//! Known and unknown take turns, so that whatever else the machine does slows both down alike. What is compared is where the ones
//! stand among the others: how often a known address takes longer than an unknown one, of all pairs. Half is no difference at all.

use orion_testkit::{Answer, PASSWORD, TestPlatform};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PAIRS: usize = 40;
/// How far from half it may be: about four standard deviations of what chance alone does with so many. A part of an answer that only
/// one of them has, be it a tenth of it, is beyond in nearly all of the pairs.
const ALLOWED: f64 = 0.25;
/// How often a busy machine may be asked again. A difference is there each time.
const TRIES: usize = 3;

/// What is asked, what must be answered.
struct Asked {
    path: &'static str,
    body: fn(&str) -> Value,
    status: u16,
}

async fn ask(orion: &TestPlatform, asked: &Asked, email: &str) -> Duration {
    let client = orion.anonymous();
    let body = (asked.body)(email);
    let started = Instant::now();
    let answer: Answer = client.post(asked.path, body).await;
    let elapsed = started.elapsed();
    answer.expect(asked.status);
    // What follows the answer must not be in the way of the next one.
    orion.settle().await;
    elapsed
}

/// How many of all pairs have the known one later, as a part of all.
fn later(known: &[Duration], unknown: &[Duration]) -> f64 {
    let pairs = known.iter().flat_map(|one| unknown.iter().map(move |other| (one, other)));
    let later = pairs
        .map(|(one, other)| {
            if one > other {
                1.0
            } else if one == other {
                0.5
            } else {
                0.0
            }
        })
        .sum::<f64>();
    later / (known.len() * unknown.len()) as f64
}

/// Asks for each known address and for an unknown one in turn.
async fn compare(orion: &TestPlatform, asked: &Asked, known: &[String], name: &str) {
    let mut seen = Vec::new();
    for attempt in 0..TRIES {
        // Nobody was asked for within the hour.
        orion.advance(Duration::from_secs(3700)).await;
        let mut times = [Vec::new(), Vec::new()];
        for (number, known) in known.iter().enumerate() {
            if number % 10 == 0 {
                // One place may ask so often a minute.
                orion.advance(Duration::from_secs(61)).await;
                orion.settle().await;
            }
            let unknown = format!("nobody-{attempt}-{number}@example.com");
            // Who comes first changes, too.
            match number % 2 {
                0 => {
                    times[0].push(ask(orion, asked, known).await);
                    times[1].push(ask(orion, asked, &unknown).await);
                }
                _ => {
                    times[1].push(ask(orion, asked, &unknown).await);
                    times[0].push(ask(orion, asked, known).await);
                }
            }
        }
        let later = later(&times[0], &times[1]);
        if (later - 0.5).abs() <= ALLOWED {
            return;
        }
        seen.push(later);
    }
    panic!("{name}: a known address is later in {seen:.2?} of the pairs");
}

/// People whose addresses are known, verified or not.
async fn people(orion: &TestPlatform, verified: bool) -> Vec<String> {
    let mut emails = Vec::new();
    for number in 0..PAIRS {
        let name = format!("known-{number}");
        let user = orion.user(&name);
        emails.push(if verified { user.await.email } else { user.unverified().await.email });
    }
    orion.settle().await;
    emails
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_takes_no_longer_or_shorter_where_the_address_is_taken() {
    let orion = TestPlatform::start().await;
    let body = |email: &str| json!({ "email": email, "password": PASSWORD });
    let asked = Asked { path: "/api/v1/auth/register", body, status: 201 };
    compare(&orion, &asked, &people(&orion, true).await, "registration").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_the_mail_again_takes_no_longer_or_shorter_where_the_address_waits_for_it() {
    let orion = TestPlatform::start().await;
    let body = |email: &str| json!({ "email": email, "password": PASSWORD });
    let asked = Asked { path: "/api/v1/auth/register", body, status: 201 };
    compare(&orion, &asked, &people(&orion, false).await, "resend").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_takes_no_longer_or_shorter_where_the_address_is_known() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1000).start().await;
    let body = |email: &str| json!({ "email": email, "password": "a wrong password" });
    let asked = Asked { path: "/api/v1/auth/login", body, status: 401 };
    compare(&orion, &asked, &people(&orion, true).await, "sign-in").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_a_new_password_takes_no_longer_or_shorter_where_the_address_is_known() {
    let orion = TestPlatform::start().await;
    let body = |email: &str| json!({ "email": email });
    let asked = Asked { path: "/api/v1/auth/password/reset", body, status: 202 };
    compare(&orion, &asked, &people(&orion, true).await, "reset").await;
}
