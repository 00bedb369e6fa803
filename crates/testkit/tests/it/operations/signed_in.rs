//! `orion login` and the commands that speak to a platform as a person does.

use super::administrator::{EMAIL, set_up};
use orion_testkit::{Authenticator, Machine, OrionProcess, PASSWORD, TestPlatform, eventually};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Somebody at a terminal of their own, with a home of their own.
pub(super) struct Person {
    flags: Vec<(String, String)>,
    url: String,
    pub(super) home: TempDir,
}

impl Person {
    /// Where the platform runs in the test itself.
    pub(super) fn at(orion: &TestPlatform) -> Self {
        Self { flags: Vec::new(), url: orion.gateway_url(), home: tempfile::tempdir().unwrap() }
    }

    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = orion_testkit::process::command(words, &self.flags);
        command.env("XDG_CONFIG_HOME", self.home.path());
        command
    }

    pub(super) fn types(&self, words: &[&str], lines: &str) -> Output {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who needs nothing typed may be gone already.
        let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    pub(super) fn done(&self, words: &[&str], lines: &str) -> Value {
        let words: Vec<_> = words.iter().copied().chain(["-o", "json"]).collect();
        let output = self.types(&words, lines);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    pub(super) fn refused(&self, words: &[&str], lines: &str) -> String {
        let output = self.types(words, lines);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    pub(super) fn login(&self, more: &str) -> Value {
        self.login_as(EMAIL, more)
    }

    pub(super) fn login_as(&self, email: &str, more: &str) -> Value {
        self.done(&["login", "--email", email, "--url", &self.url], &format!("{PASSWORD}\n{more}"))
    }

    /// The same person at another machine.
    pub(super) fn elsewhere(&self) -> Self {
        Self { flags: self.flags.clone(), url: self.url.clone(), home: tempfile::tempdir().unwrap() }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    pub(super) fn file(&self) -> std::path::PathBuf {
        self.home.path().join("orion/sign-in.json")
    }
}

pub(super) async fn platform(machine: &Machine) -> (OrionProcess, Person) {
    let orion = machine.up().await;
    set_up(machine, &orion).await;
    let url = format!("http://127.0.0.1:{}", machine.ports.gateway);
    (orion, Person { flags: machine.flags.clone(), url, home: tempfile::tempdir().unwrap() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_is_kept_for_the_commands_that_follow_and_refreshed_by_them() {
    let machine = Machine::embedded().await.set("auth.refresh_grace_seconds", 0);
    let (_orion, root) = platform(&machine).await;
    assert!(root.refused(&["token", "print"], "").contains("nobody is signed in; begin with `orion login`"));
    let wrong = root.refused(&["login", "--email", EMAIL, "--url", &root.url], "not the password\n");
    assert!(wrong.contains("E-mail or password is wrong"), "{wrong}");

    assert_eq!(root.login("")["email"], EMAIL);
    let mode = std::fs::metadata(root.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
    let first = root.done(&["token", "print"], "")["access_token"].clone();
    assert_eq!(root.done(&["token", "show"], "")["acr"], "aal1");
    // It is stale; of several commands at once one refreshes it, and the others take what that was given.
    let mut kept: Value = serde_json::from_slice(&std::fs::read(root.file()).unwrap()).unwrap();
    kept["stale_at"] = Value::from(0);
    std::fs::write(root.file(), kept.to_string()).unwrap();
    let tokens: Vec<Value> = std::thread::scope(|scope| {
        let commands: Vec<_> = (0..4).map(|_| scope.spawn(|| root.done(&["token", "print"], ""))).collect();
        commands.into_iter().map(|command| command.join().unwrap()["access_token"].clone()).collect()
    });
    assert!(tokens[0] != first && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    root.done(&["token", "show"], "");

    let elsewhere = root.refused(&["token", "print", "--url", "http://127.0.0.1:1"], "");
    assert!(elsewhere.contains("you are signed in at"), "{elsewhere}");
    let token = root.done(&["token", "print"], "")["access_token"].as_str().unwrap().to_owned();
    let caller = machine.ports.client().with_token(&token);
    caller.get("/api/v1/auth/me").await.expect(200);
    assert_eq!(root.done(&["logout"], "")["signed_out"], true);
    assert_eq!(caller.get("/api/v1/auth/me").await.status, 401, "the platform has ended it too");
    assert_eq!(root.done(&["logout"], "")["signed_out"], false);
    assert!(root.refused(&["token", "print"], "").contains("nobody is signed in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_set_up_asked_for_and_taken_away_by_commands() {
    let machine = Machine::embedded().await;
    let (_orion, root) = platform(&machine).await;
    root.login("");
    assert_eq!(root.done(&["factor", "show"], "")["enabled"], false);

    // What enrolling shows is needed to answer it: the key is read while the command waits.
    let (app, codes) = enrol(&root);
    assert_eq!(codes.len(), 10);
    assert_eq!(root.done(&["factor", "show"], "")["backup_codes_left"], 10);
    root.done(&["logout"], "");

    let wrong = root.refused(&["login", "--email", EMAIL, "--url", &root.url], &format!("{PASSWORD}\n000000\n"));
    assert!(wrong.contains("code: is wrong, too old, or was used"), "{wrong}");
    let id = root.login(&format!("{}\n", codes[0]))["user_id"].as_str().unwrap().to_owned();
    assert_eq!(root.done(&["token", "show"], "")["acr"], "aal2");
    assert_eq!(root.done(&["factor", "show", "--user", &id], "")["backup_codes_left"], 9);
    root.done(&["factor", "reset", &id, "--reason", "A test"], "");
    // Their sessions end with it, also this one.
    root.done(&["logout"], "");
    root.login("");
    assert_eq!(root.done(&["factor", "show"], "")["enabled"], false);
    assert!(!app.code(chrono::Utc::now()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_devices_events_and_keys_are_looked_after_by_commands() {
    let machine = Machine::embedded().await;
    let (_orion, root) = platform(&machine).await;
    let id = root.login("")["user_id"].as_str().unwrap().to_owned();
    let list = |words: &[&str]| root.done(words, "").as_array().unwrap().clone();
    let named = |entry: &Value| entry["id"].as_str().unwrap().to_owned();

    // The console's, by which the administrator was made, and this one.
    let sessions = list(&["session", "list"]);
    let other = sessions.iter().find(|session| session["is_current"] == false).unwrap();
    assert_eq!((sessions.len(), list(&["session", "list", "--user", &id]).len()), (2, 2));
    root.done(&["session", "end", &named(other)], "");
    assert_eq!(root.done(&["session", "end", "--others"], "")["ended"], 0);
    assert!(root.types(&["session", "end"], "").status.code() == Some(2), "one of them must be named");

    let devices = list(&["device", "list"]);
    let old = named(devices.iter().find(|device| device["is_current"] == false).unwrap());
    let this = named(devices.iter().find(|device| device["is_current"] == true).unwrap());
    for verb in ["block", "forget"] {
        for whose in [vec![], vec!["--user", id.as_str()]] {
            let said = root.refused(&[vec!["device", verb, this.as_str()], whose].concat(), "");
            assert!(said.contains("the device that you work at"), "{said}");
        }
    }
    root.done(&["device", "rename", &old, "Old laptop"], "");
    root.done(&["device", "block", &old], "");
    let blocked = list(&["device", "list", "--user", &id]);
    let blocked = blocked.iter().find(|device| device["status"] == "blocked").unwrap();
    assert_eq!((named(blocked), &blocked["name"]), (old.clone(), &Value::from("Old laptop")));
    root.done(&["device", "unblock", &old], "");
    assert!(list(&["device", "list"]).iter().all(|device| device["status"] == "untrusted"));
    root.done(&["device", "forget", &old], "");
    assert_eq!(list(&["device", "list"]).len(), 1);

    assert!(list(&["security", "events"]).iter().any(|event| event["kind"] == "device.blocked"));
    assert!(list(&["security", "attempts", "--user", &id]).iter().all(|attempt| attempt["status"] == "success"));
    assert!(list(&["security", "throttles"]).is_empty() && list(&["provider", "list"]).is_empty());
    let narrowed = ["security", "attempts", "--email", EMAIL, "--status", "success", "--method", "password"];
    let found = list(&[&narrowed[..], &["--address", "127.0.0.1", "--since", "2000-01-01T00:00:00Z"]].concat());
    assert!(!found.is_empty() && found.iter().all(|attempt| attempt["owner"]["email"] == EMAIL), "{found:?}");
    assert!(list(&["security", "attempts", "--all", "--failure", "wrong_step"]).is_empty());
    assert!(
        list(&["security", "events", "--email", EMAIL, "--kind", "device.blocked", "--severity", "low"]).is_empty()
    );
    assert!(root.refused(&["security", "events", "--kind", "device.blocked"], "").contains("--all"));
    let keys = list(&["keys", "rotate"]);
    assert_eq!((&keys[0]["state"], &keys[1]["state"]), (&Value::from("next"), &Value::from("signing")));
    let told = root.types(&["keys", "rotate"], "");
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    let signs_from = keys[0]["signs_from"].as_str().unwrap();
    assert!(told.contains("waits already") && told.contains(&signs_from[..16]), "{told}");
    assert_eq!(list(&["keys", "list"]).len(), 2);
    let table = root.types(&["session", "list"], "");
    assert!(String::from_utf8(table.stdout).unwrap().contains("orion (this one)"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_is_ordered_by_a_command_after_a_sign_in_that_is_fresh() {
    // The clock of the platform goes on, that of the command does not: its token is not refreshed.
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 900).start().await;
    orion.administrator().await;
    let ada = orion.user("ada").await;
    let (other, eve) = (orion.user("ada@example.com.au").await, orion.user("eve").unverified().await);
    let root = Person::at(&orion);
    root.login("");
    fn order(who: &str) -> [&str; 5] {
        ["user", "reset-password", who, "--reason", "Seen in a leak"]
    }
    assert_eq!(root.types(&order("ada@example.com")[..3], "").status.code(), Some(2), "it needs a reason");
    let blank = root.refused(&["user", "reset-password", &ada.email, "--reason", " "], "");
    assert!(blank.contains("reason: must not be blank"), "{blank}");
    let nobody = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";
    for who in ["ada@example.co", nobody] {
        let said = root.refused(&order(who), "");
        assert!(said.contains(&format!("no such user as {who}")), "{said}");
    }
    assert!(root.refused(&order(&eve.email), "").contains("The user is not active"));

    orion.advance(Duration::from_secs(400)).await;
    let stale = root.refused(&order(&ada.email), "");
    assert!(stale.contains("a sign-in of the last five minutes; sign in again with `orion login`"), "{stale}");
    let token = root.done(&["token", "print"], "")["access_token"].as_str().unwrap().to_owned();
    let mut program = root.command(&[&order(&ada.email)[..], &["--url", &root.url]].concat());
    let program = program.env("ORION_TOKEN", token).output().unwrap();
    let said = String::from_utf8(program.stderr).unwrap();
    assert!(said.contains("set ORION_TOKEN to a token of one"), "{said}");
    orion.settle().await;
    assert!(orion.mailbox.reset_tokens(&ada.email).await.is_empty(), "nothing was ordered");

    root.login("");
    assert_eq!(root.done(&order(&ada.email), "")["user_id"], json!(ada.id));
    eventually("the mail", || async { orion.mailbox.reset_tokens(&ada.email).await.pop() }).await;
    let login = json!({ "email": ada.email, "password": PASSWORD });
    let flow: Value = orion.anonymous().post("/api/v1/auth/login", login).await.expect(202).json();
    assert_eq!(flow["next"], "new_password", "the old one leads no further");
    ada.get("/api/v1/users/me").await.expect(200);
    let text = String::from_utf8(root.types(&order(&other.id.to_string()), "").stdout).unwrap();
    assert!(text.contains(&format!("orion session end --all --user {}", other.id)), "{text}");
    eventually("the other mail", || async { orion.mailbox.reset_tokens(&other.email).await.pop() }).await;
}

/// Runs `orion factor enrol` as a person does: reads the key, types a code of it.
pub(super) fn enrol(person: &Person) -> (Authenticator, Vec<String>) {
    use std::io::{BufRead, BufReader};
    let mut command = person.command(&["factor", "enrol", "-o", "json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let key = said.find_map(|line| line.unwrap().strip_prefix("  ").map(str::to_owned)).unwrap();
    let app = Authenticator::with(&key);
    child.stdin.take().unwrap().write_all(format!("{}\n", app.code(chrono::Utc::now())).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let codes: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes = codes["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (app, codes)
}

#[test]
fn commands_say_where_nobody_answers_and_what_to_name() {
    let home = tempfile::tempdir().unwrap();
    let mut command = orion_testkit::process::command(&["login", "--email", EMAIL, "--url", "http://127.0.0.1:1"], &[]);
    command.env("XDG_CONFIG_HOME", home.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"whatever it is\n").unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("http://127.0.0.1:1 does not answer") && said.contains("--url"), "{said}");

    let mut command = orion_testkit::process::command(&["token", "print"], &[]);
    let output = command.env("XDG_CONFIG_HOME", home.path()).env("ORION_TOKEN", "x").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("name the platform that gave it with --url"));
}
