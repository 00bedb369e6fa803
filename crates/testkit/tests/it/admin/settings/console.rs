//! What settings of admin do.

use super::effects::Scene;
use super::{applied, put};
use crate::admin::Browser;
use chrono::{DateTime, Utc};
use orion_contracts::ServiceName;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};
use std::time::Duration;

effects! {
    at Open::start;
    a_console_that_nobody_uses_is_closed_sooner: "admin.session_idle_minutes" = 5, after_ten_minutes: 200 => 401;
    a_console_is_closed_sooner_in_any_case: "admin.session_absolute_hours" = 2, hours: 12 => 2;
}

/// A platform whose console is open in a browser.
struct Open {
    orion: TestPlatform,
    browser: Browser,
}

impl Scene for Open {
    fn orion(&self) -> &TestPlatform {
        &self.orion
    }
}

impl Open {
    async fn start() -> Self {
        let orion = TestPlatform::start().await;
        Self { browser: Browser::administrator(&orion).await, orion }
    }
}

/// What the browser is told that has been open all the time, when nobody has used it for ten minutes.
async fn after_ten_minutes(at: &Open) -> Value {
    at.orion.settle().await;
    at.orion.advance(Duration::from_secs(10 * 60)).await;
    json!(at.browser.get("/console/session").await.status)
}

/// How long the session lasts at most that somebody begins now.
async fn hours(at: &Open) -> Value {
    let email = &at.orion.administrator().await.email;
    let session = Browser::new(&at.orion).sign_in(email).await.expect(201).value();
    let end: DateTime<Utc> = session["expires_at"].as_str().unwrap().parse().unwrap();
    let left = end - at.orion.infra(ServiceName::Admin).clock.now();
    // It has begun a moment ago.
    json!((left.num_minutes() + 1) / 60)
}

/// It says when that will be, too, and what lets it be open for longer counts from the next use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_says_when_it_is_closed_by_the_setting_of_now() {
    let at = Open::start().await;
    let minutes = async || {
        let session = at.browser.get("/console/session").await.expect(200).value();
        let end: DateTime<Utc> = session["idle_expires_at"].as_str().unwrap().parse().unwrap();
        (end - at.orion.infra(ServiceName::Admin).clock.now()).num_minutes() + 1
    };
    let root = at.orion.administrator().await;
    for (value, told, later) in [(5, 5, 5), (60, 5, 60)] {
        put(root, "admin.session_idle_minutes", json!(value)).await.expect(200);
        applied(root).await;
        assert_eq!(minutes().await, told);
        // Use is noted now and then.
        at.orion.advance(Duration::from_secs(15)).await;
        assert_eq!(minutes().await, later);
    }
}
