//! What settings of admin do.

use crate::admin::Browser;
use chrono::{DateTime, Utc};
use orion_contracts::ServiceName;
use orion_testkit::TestPlatform;
use serde_json::{Value, json};

effects! {
    at TestPlatform::start;
    a_console_that_nobody_uses_is_closed_sooner: "admin.session_idle_minutes" = 5, idle_minutes: 30 => 5;
    a_console_is_closed_sooner_in_any_case: "admin.session_absolute_hours" = 2, hours: 12 => 2;
}

/// When the session ends that somebody begins now, in minutes.
async fn minutes_until(orion: &TestPlatform, end: &str) -> i64 {
    let email = &orion.administrator().await.email;
    let session = Browser::new(orion).sign_in(email).await.expect(201).value();
    let end: DateTime<Utc> = session[end].as_str().unwrap().parse().unwrap();
    let left = end - orion.infra(ServiceName::Admin).clock.now();
    // It has begun a moment ago.
    left.num_minutes() + 1
}

async fn idle_minutes(orion: &TestPlatform) -> Value {
    json!(minutes_until(orion, "idle_expires_at").await)
}

async fn hours(orion: &TestPlatform) -> Value {
    json!(minutes_until(orion, "expires_at").await / 60)
}
