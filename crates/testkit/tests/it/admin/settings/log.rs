//! What the setting of the log does: a process has one, so it is looked at from outside.

use crate::operations::administrator::{EMAIL, set_up};
use orion_testkit::{Client, Machine, PASSWORD, TestUser, eventually};
use serde_json::json;

pub(super) const PROVEN: &[&str] = &["log.filter"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_changes_what_a_running_process_says() {
    const DEBUG: &str = "\"level\":\"DEBUG\"";
    let machine = Machine::embedded().await;
    let orion = machine.up().await;
    set_up(&machine, &orion).await;
    let root = TestUser::sign_in(&machine.ports.client(), EMAIL, PASSWORD).await;
    assert!(!orion.output().contains(DEBUG), "{}", orion.output());
    let path = "/api/v1/settings/log.filter";
    root.put(path, json!({ "value": "debug" })).await.expect(200);
    // What services ask each other is told to whoever looks for a fault.
    let users = Client::new(format!("http://127.0.0.1:{}", machine.ports.users));
    let told = || async {
        users.get("/internal/v1/roles").await.expect(401);
        orion.output().contains(DEBUG).then_some(())
    };
    eventually("a word of it", told).await;
    root.put(path, json!({ "value": "off" })).await.expect(200);
    let silent = || async {
        let before = orion.output().len();
        users.get("/internal/v1/roles").await.expect(401);
        (orion.output().len() == before).then_some(())
    };
    eventually("silence", silent).await;
}
