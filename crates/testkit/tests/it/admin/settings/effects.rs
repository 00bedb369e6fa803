//! For each key that may change: what is seen of running services is another thing once it has changed.

use super::{applied, auth, console, gateway, log, notifications, put, users};
use orion_contracts::settings::SettingList;
use orion_testkit::{PASSWORD, TestPlatform, TestUser};
use serde_json::Value;
use std::time::Duration;

/// A platform, and what a look at it needs beside it.
pub(super) trait Scene {
    fn orion(&self) -> &TestPlatform;
}

impl Scene for TestPlatform {
    fn orion(&self) -> &TestPlatform {
        self
    }
}

/// A test for each line, and the keys that are proven by them: its name, the key and the value that it is given, what is looked
/// at, what is seen there with the value of the start, and what once the value was changed.
macro_rules! effects {
    (at $start:path; $($name:ident: $key:literal = $value:expr, $look:path: $before:expr => $after:expr;)*) => {
        pub(super) const PROVEN: &[&str] = &[$($key),*];
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let seen = [serde_json::json!($before), serde_json::json!($after)];
                let scene = $start().await;
                crate::admin::settings::effects::prove(&scene, $key, serde_json::json!($value), $look, seen).await;
            }
        )*
    };
}

/// How long an effect is waited for, in real time, and between two looks.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// Looks, changes the setting, and looks again until the effect is seen.
pub(super) async fn prove<S: Scene>(
    scene: &S,
    key: &str,
    value: Value,
    look: impl AsyncFn(&S) -> Value,
    [before, after]: [Value; 2],
) {
    let orion = scene.orion();
    let email = orion.administrator().await.email.clone();
    assert_eq!(look(scene).await, before, "{key} is as at the start");
    // The look may have moved the time by days.
    let root = TestUser::sign_in(&orion.anonymous(), &email, PASSWORD).await;
    put(&root, key, value.clone()).await.expect(200);
    applied(&root).await;
    // What is made of a setting anew, such as the gateway's table of routes, is made by tasks that tell nobody when they are
    // done.
    let mut seen = Value::Null;
    let looking = async {
        loop {
            seen = look(scene).await;
            if seen == after {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    // Where it never comes, what was seen last says more than that.
    drop(tokio::time::timeout(PATIENCE, looking).await);
    assert_eq!(seen, after, "{key} is {value}");
}

/// An address that nobody has yet.
pub(super) fn fresh(orion: &TestPlatform) -> String {
    let infra = orion.infra(orion_contracts::ServiceName::Admin);
    let id: orion_contracts::UserId = infra.random.id(&infra.clock);
    format!("{id}@example.com")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_that_may_change_has_a_test_that_sees_its_effect() {
    let orion = TestPlatform::start().await;
    let list: SettingList = orion.administrator().await.get("/api/v1/settings").await.expect(200).json();
    let mut keys: Vec<_> = list.items.iter().map(|one| one.key.as_str()).collect();
    let proven = [auth::PROVEN, console::PROVEN, gateway::PROVEN, log::PROVEN, notifications::PROVEN, users::PROVEN];
    let mut proven = proven.concat();
    keys.sort_unstable();
    proven.sort_unstable();
    // One key may be proven in several ways.
    proven.dedup();
    assert_eq!(proven, keys, "a line for each in the `effects!` of its service");
}
