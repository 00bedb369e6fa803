//! What tests need: a whole platform in a temporary place, people to use it, and doubles for the world outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that cannot go on says so"
)]
#![allow(clippy::disallowed_methods, reason = "tests live in real time and read their environment")]

pub mod authenticator;
pub mod authenticator_key;
pub mod backend;
pub mod bucket;
pub mod cable;
pub mod client;
pub mod leaks;
pub mod live;
pub mod mailbox;
pub mod node;
pub mod parked;
pub mod platform;
pub mod pooler;
pub mod process;
pub mod provider;
pub mod seed;
pub mod settle;
pub mod shop;
pub mod silent;
pub mod smtp;
pub mod user;

pub use authenticator::Authenticator;
pub use authenticator_key::AuthenticatorKey;
pub use backend::Backend;
pub use bucket::Bucket;
pub use cable::Cable;
pub use client::{Answer, Client};
pub use platform::{TestPlatform, TestPlatformBuilder};
pub use process::{Machine, OrionProcess};
pub use silent::SilentServer;
pub use user::{PASSWORD, TestUser};

use std::time::{Duration, Instant};

/// Asserts that an answer is a problem of this status and type.
#[macro_export]
macro_rules! assert_problem {
    ($answer:expr, $status:literal, $name:literal) => {{
        let answer = $answer;
        let found = (answer.status, answer.problem_name());
        assert_eq!(found, ($status, Some($name.to_owned())), "{answer:?}");
        assert_eq!(answer.header("content-type").as_deref(), Some("application/problem+json"), "{answer:?}");
        answer
    }};
}

/// Tries until something is there; fails the test after ten seconds.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut attempt: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not happen within ten seconds");
        // What is awaited here tells nobody: it is asked again and again.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
