//! `/api/v1/api-keys`: what programs call with that nobody signs in for.

mod ends;
mod reach;
mod uses;

use orion_contracts::api_keys::{ApiKey, NewApiKey};
use orion_testkit::{Client, TestUser, eventually};
use serde_json::{Value, json};

const KEYS: &str = "/api/v1/api-keys";

/// A key of somebody's own, and a client that calls with it.
pub(crate) async fn key(owner: &TestUser, scopes: &[&str]) -> (ApiKey, Client) {
    made(owner, json!({ "name": "Nightly export", "scopes": scopes })).await
}

pub(crate) async fn made(owner: &TestUser, request: Value) -> (ApiKey, Client) {
    let made: NewApiKey = owner.post(KEYS, request).await.expect(201).json();
    (made.key, owner.with_token(made.secret.expose()))
}

fn path(key: &ApiKey) -> String {
    format!("{KEYS}/{}", key.id)
}

/// Until a key is answered so: changes are told to processes after they are made.
async fn comes_to(who: &Client, path: &str, status: u16) {
    eventually("what holds now", || async { (who.get(path).await.status == status).then_some(()) }).await;
}
