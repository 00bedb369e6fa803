//! `orion apikey` and `orion service-account`, and calling with a key.

use super::signed_in::Person;
use orion_testkit::{TestPlatform, assert_problem};
use serde_json::Value;

/// What a command says whose caller has a key and no sign-in.
fn with_key(person: &Person, words: &[&str], url: &str, key: &str) -> (bool, String) {
    let mut command = person.command(&[words, &["--url", url, "-o", "json"]].concat());
    let output = command.env("ORION_API_KEY", key).output().unwrap();
    let said = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_used_rotated_and_revoked_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let made = root.done(&["apikey", "create", "Export", "--scope", "users.read", "--rate-limit", "60"], "");
    let (id, secret) = (made["key"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!(made["key"]["rate_limit"], 60);
    let listed = root.done(&["apikey", "list"], "");
    assert_eq!(listed[0]["id"], id);
    assert!(!listed.to_string().contains(secret));
    assert_eq!(root.done(&["apikey", "show", id], "")["scopes"], serde_json::json!(["users.read"]));
    // A program, without a sign-in.
    let program = Person::at(&orion);
    let url = orion.gateway_url();
    assert!(with_key(&program, &["user", "list"], &url, secret).0);
    let (_, said) = with_key(&program, &["session", "list"], &url, secret);
    assert!(said.contains("an API key does not do"), "{said}");
    let (_, said) = with_key(&program, &["apikey", "create", "More", "--scope", "users.read"], &url, secret);
    assert!(said.contains("api-keys.write"), "{said}");
    let rotated = root.done(&["apikey", "rotate", id, "--overlap", "0"], "");
    let newest = rotated["secret"].as_str().unwrap();
    assert!(with_key(&program, &["user", "list"], &url, newest).0);
    assert_problem!(orion.anonymous().with_token(secret).get("/api/v1/users").await, 401, "invalid-api-key");
    root.done(&["apikey", "revoke", id], "");
    let (done, said) = with_key(&program, &["user", "list"], &url, newest);
    assert!(!done && said.contains("revoked"), "{said}");
    // Bad input.
    assert_eq!(root.types(&["apikey", "create", "None"], "").status.code(), Some(2), "it needs a scope");
    assert_eq!(root.types(&["apikey", "show", "x"], "").status.code(), Some(2));
    let said = root.refused(&["apikey", "create", "Unknown", "--scope", "of.tomorrow"], "");
    assert!(said.contains("--scope: must be names of permissions"), "{said}");
    let mut both = program.command(&["user", "list", "--url", &url]);
    let both = both.env("ORION_API_KEY", newest).env("ORION_TOKEN", "x").output().unwrap();
    assert!(String::from_utf8(both.stderr).unwrap().contains("both set"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_accounts_are_made_given_keys_disabled_and_deleted_by_commands() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    let made = root.done(&["service-account", "create", "Warehouse", "--description", "Books what comes in."], "");
    let id = made["id"].as_str().unwrap();
    root.done(&["permission", "give", id, "users.read"], "");
    let key = root.done(&["apikey", "create", "Nightly", "--scope", "users.read", "--service-account", id], "");
    let secret = key["secret"].as_str().unwrap();
    let program = Person::at(&orion);
    let url = orion.gateway_url();
    let list = || with_key(&program, &["user", "list"], &url, secret).0;
    assert!(list());
    let keys = root.done(&["apikey", "list", "--user", id], "");
    assert_eq!(keys.as_array().map(Vec::len), Some(1));
    let listed: Value = root.done(&["service-account", "list"], "");
    assert_eq!((&listed[0]["name"], &listed[0]["is_active"]), (&"Warehouse".into(), &true.into()));
    root.done(&["service-account", "disable", id], "");
    assert!(!list());
    root.done(&["service-account", "enable", id], "");
    assert!(list());
    let edited = root.done(&["service-account", "edit", id, "--name", "Store", "--description", ""], "");
    assert_eq!((&edited["name"], &edited["description"]), (&"Store".into(), &Value::Null));
    let said = root.refused(&["service-account", "delete", id], "");
    assert!(said.contains("its keys end for good") && said.contains("say --yes"), "{said}");
    root.done(&["service-account", "delete", id, "--yes"], "");
    assert!(!list());
    assert!(root.refused(&["service-account", "show", id], "").contains("There is no such service account"));
}
