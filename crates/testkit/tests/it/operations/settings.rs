//! `orion settings`, and settings in `orion config show`.

use super::administrator::{EMAIL, set_up};
use super::command_line::run;
use orion_contracts::Page;
use orion_contracts::ServiceName;
use orion_contracts::audit::AuditEntry;
use orion_contracts::principal::Principal;
use orion_testkit::process::command;
use orion_testkit::{Client, Machine, PASSWORD, TestPlatform, TestUser, eventually};
use serde_json::{Value, json};
use std::process::Output;

const KEY: &str = "auth.access_token_seconds";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stderr)
}

/// Runs a command on a machine, and gives what it answers to programs.
#[track_caller]
fn json(machine: &Machine, words: &[&str]) -> Value {
    let words: Vec<_> = words.iter().copied().chain(["-o", "json"]).collect();
    serde_json::from_str(&done(&machine.command(&words).output().unwrap())).unwrap()
}

async fn token_seconds(client: &Client) -> Value {
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    client.post("/api/v1/auth/login", login).await.expect(200).value()["expires_in"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_read_beside_a_running_platform_and_changed_there_by_its_own_ways_alone() {
    let machine = Machine::embedded().await.set(KEY, 240);
    let on = |words: &[&str]| machine.command(words).output().unwrap();
    assert!(refused(&on(&["settings", "list"])).contains("there is no platform in"));
    assert!(done(&on(&["config", "show", KEY])).contains("240"), "nothing is kept yet, and that is no trouble");
    let orion = machine.up().await;
    set_up(&machine, &orion).await;
    let root = TestUser::sign_in(&machine.ports.client(), EMAIL, PASSWORD).await;
    let put = json!({ "value": 77, "reason": "an incident" });
    root.put(&format!("/api/v1/settings/{KEY}"), put).await.expect(200);

    let list = done(&on(&["settings", "list"]));
    let line = list.lines().find(|line| line.contains(KEY)).unwrap();
    assert!(["77", "240", EMAIL].iter().all(|part| line.contains(part)), "{line}");
    assert!(list.contains("gateway.rate_limit_requests"), "{list}");
    let one = done(&on(&["settings", "get", KEY]));
    assert!(one.contains(&format!("{KEY} = 77")) && one.contains("over 240") && one.contains(EMAIL), "{one}");
    let history = done(&on(&["settings", "history"]));
    assert!(["an incident", EMAIL, "(start)"].iter().all(|part| history.contains(part)), "{history}");
    assert_eq!(json(&machine, &["settings", "history", "users.verification_hours"]), json!([]));

    let shown = on(&["config", "show", "auth.access"]);
    assert!(done(&shown).contains("setting *, over 240 (--set"), "{shown:?}");
    assert!(text(&shown.stderr).contains("orion settings list"), "{shown:?}");
    let shown = &json(&machine, &["config", "show", KEY])[0];
    assert_eq!((&shown["value"], &shown["origin"]), (&json!("77"), &json!("setting")));
    assert_eq!(shown["over"]["value"], "240");

    for words in [&["settings", "set", KEY, "60"][..], &["settings", "reset", KEY], &["settings", "reset", "--all"]] {
        let told = refused(&on(words));
        assert!(told.contains(&format!("process {}", orion.id())) && told.contains("console"), "{told}");
    }
    assert_eq!(token_seconds(&machine.ports.client()).await, 77);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_that_lets_nobody_in_is_taken_back_on_the_machine_and_audited() {
    let machine = Machine::embedded().await;
    let mut orion = machine.up().await;
    set_up(&machine, &orion).await;
    let client = machine.ports.client();
    let root = TestUser::sign_in(&client, EMAIL, PASSWORD).await;
    let limit = "auth.login_attempts_per_address_per_minute";
    root.put(&format!("/api/v1/settings/{limit}"), json!({ "value": 1 })).await.expect(200);
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    eventually("nobody being let in", || async {
        (client.post("/api/v1/auth/login", &login).await.status == 429).then_some(())
    })
    .await;
    assert_eq!(orion.terminate(), Some(0));

    let on = |words: &[&str]| machine.command(words).output().unwrap();
    let told = done(&on(&["settings", "reset", limit, "--reason", "nobody could sign in"]));
    assert!(told.contains("100000 again, as at the start") && told.contains("when ORION starts"), "{told}");
    let set = &json(&machine, &["settings", "set", KEY, "88"])[0];
    assert_eq!((&set["value"], &set["changed_by"], &set["version"]), (&json!(88), &Value::Null, &json!(3)));

    let orion = machine.up().await;
    assert_eq!(token_seconds(&client).await, 88);
    let root = TestUser::sign_in(&client, EMAIL, PASSWORD).await;
    let entries = eventually("the entries of the audit log", || async {
        let path = "/api/v1/audit?action=setting_change";
        let entries: Page<AuditEntry> = root.get(path).await.expect(200).json();
        (entries.items.len() == 3).then_some(entries.items)
    })
    .await;
    let on_the_machine: Vec<_> = entries.iter().filter(|entry| entry.principal == Principal::Platform).collect();
    assert_eq!(on_the_machine.len(), 2, "{entries:?}");
    assert!(on_the_machine.iter().all(|entry| entry.description.contains("on the machine")), "{entries:?}");
    let changes = root.get("/api/v1/settings/changes").await.expect(200).text;
    assert!(changes.contains("nobody could sign in"), "{changes}");
    drop(orion);

    let all = done(&on(&["settings", "reset", "--all"]));
    assert!(all.contains(&format!("{KEY} is 300 again")), "{all}");
    assert_eq!(json(&machine, &["settings", "reset", "--all"]), json!([]));
    // With nothing to take back there is no version either.
    assert_eq!(json(&machine, &["settings", "set", KEY, "90"])[0]["version"], 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_set_is_told_with_what_could_be() {
    let machine = Machine::embedded().await;
    assert!(machine.up().await.terminate() == Some(0));
    let long = "x".repeat(501);
    for (words, part) in [
        (&["set", KEY, "0"][..], "must be a whole number from 1 to 3600, but is 0"),
        (&["set", KEY, "many"], "must be a whole number"),
        (&["set", "auth.sign_in_url", "javascript:0"], "auth.sign_in_url: must be an http://"),
        (&["set", "auth.acess_token_seconds", "60"], "Did you mean auth.access_token_seconds?"),
        (&["set", "database.max_connections", "5"], "is read at the start only"),
        (&["get", "auth.acess_token_seconds"], "Did you mean auth.access_token_seconds?"),
        (&["reset", "database.max_connections"], "is read at the start only"),
        (&["set", KEY, "60", "--reason", &long], "reason must have at most 500 characters"),
        (&["reset", KEY, "--reason", "\u{202e}"], "reason must not have control"),
        (&["history", "a b"], "must be the name of a key"),
    ] {
        let words = [&["settings"], words].concat();
        let told = refused(&machine.command(&words).output().unwrap());
        assert!(told.contains(part), "{words:?}: {told}");
    }
    for words in
        [&["settings", "reset"][..], &["settings", "reset", KEY, "--all"], &["settings", "history", "--limit", "0"]]
    {
        assert_eq!(machine.command(words).output().unwrap().status.code(), Some(2), "{words:?}");
    }
    let nothing = ["settings", "reset", KEY];
    let told = done(&machine.command(&nothing).output().unwrap());
    assert_eq!(told, format!("There is nothing to take back: {KEY} is 300, as at the start.\n"));
    assert_eq!(json(&machine, &nothing), json!([]));
    assert_eq!(json(&machine, &["settings", "history"]), json!([]), "nothing was changed");
}

#[test]
fn a_configuration_is_shown_also_where_its_settings_cannot_be_read() {
    let away = [("ORION_DATABASE_URL", "postgres://nobody@127.0.0.1:9/x")];
    let shown = run(&["config", "show", "auth."], &away);
    assert!(done(&shown).contains(KEY), "{shown:?}");
    let told = text(&shown.stderr);
    assert!(told.contains("settings could not be read") && told.lines().count() == 1, "{told}");
    // Nothing there can be a setting.
    assert_eq!(text(&run(&["config", "show", "database"], &away).stderr), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn on_a_shared_database_a_setting_is_changed_beside_running_processes_and_applied() {
    let orion = TestPlatform::start().await;
    let (config, email) = (&orion.config, &orion.administrator().await.email);
    let secret = |secret: &orion_contracts::Secret| secret.expose().to_owned();
    let flags = [
        ("database.url", secret(&config.database.url)),
        ("redis.url", secret(&config.redis.url)),
        ("secrets.master_key", secret(&config.secrets.master_key)),
        ("secrets.internal_secret", secret(&config.secrets.internal_secret)),
        ("namespace", config.namespace.clone()),
        ("data_dir", config.data_dir.display().to_string()),
    ];
    let flags: Vec<_> = flags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let on = |words: &[&str]| command(words, &flags).output().unwrap();
    let is = |seconds: u32| {
        let (client, email) = (orion.anonymous(), email.clone());
        async move {
            let login = json!({ "email": email, "password": PASSWORD });
            (client.post("/api/v1/auth/login", login).await.expect(200).value()["expires_in"] == seconds).then_some(())
        }
    };
    // Far sooner than processes look for themselves.
    let told = done(&on(&["settings", "set", KEY, "77"]));
    assert!(told.contains("apply it within ten seconds"), "{told}");
    eventually("the new value", || is(77)).await;
    let shown = on(&["config", "show", KEY]);
    assert!(done(&shown).contains("setting *, over 300"), "{shown:?}");
    done(&on(&["settings", "reset", "--all"]));
    eventually("the value of the start", || is(300)).await;
    assert!(orion.infra(ServiceName::Admin).bus.is_healthy());
    orion.settle().await;
    let root = TestUser::sign_in(&orion.anonymous(), email, PASSWORD).await;
    let entries: Page<AuditEntry> = root.get("/api/v1/audit?action=setting_change").await.expect(200).json();
    assert_eq!(entries.items.iter().filter(|entry| entry.principal == Principal::Platform).count(), 2);
}
