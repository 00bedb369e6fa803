//! What the commands of somebody who is signed in say when things are not as they were.

use super::administrator::EMAIL;
use super::signed_in::{Person, enrol, platform};
use orion_testkit::{Machine, PASSWORD};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Output, Stdio};

const SOME_ID: &str = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";
const OVER: &str = "is over; sign in again with `orion login`";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// Signs in as the administrator; what the command says.
fn log_in(person: &Person) -> String {
    let words = ["login", "--email", EMAIL, "--url", &person.url()];
    let output = person.types(&words, &format!("{PASSWORD}\n"));
    assert!(output.status.success(), "{output:?}");
    said(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_over_another_one_ends_it_and_a_device_stays_known_over_a_logout() {
    let machine = Machine::embedded().await;
    let (_orion, root) = platform(&machine).await;
    let devices = || root.done(&["device", "list"], "").as_array().unwrap().len();
    assert!(!log_in(&root).contains("kept until now"));
    let first = root.done(&["token", "print"], "")["access_token"].as_str().unwrap().to_owned();
    let caller = machine.ports.client().with_token(&first);
    caller.get("/api/v1/auth/me").await.expect(200);
    let before = devices();

    let told = log_in(&root);
    assert!(told.contains(&format!("{EMAIL} at {} that was kept until now has ended", root.url())), "{told}");
    assert_eq!(caller.get("/api/v1/auth/me").await.status, 401, "nobody remembers it");
    root.done(&["logout"], "");
    log_in(&root);
    assert_eq!(devices(), before, "it is the same device");

    // The platform of the older one is gone: that keeps nobody out of this one.
    let mut kept: Value = serde_json::from_slice(&std::fs::read(root.file()).unwrap()).unwrap();
    kept["url"] = Value::from("http://127.0.0.1:1");
    std::fs::write(root.file(), kept.to_string()).unwrap();
    let told = log_in(&root);
    assert!(told.contains("could not be ended") && told.contains("Signed in at"), "{told}");
    assert_eq!(devices(), before, "the device is known by address and URL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_elsewhere_is_said_to_be_over_and_its_token_is_not_printed() {
    let machine = Machine::embedded().await;
    let (_orion, root) = platform(&machine).await;
    let elsewhere = root.elsewhere();
    log_in(&root);
    log_in(&elsewhere);
    elsewhere.done(&["session", "end", "--others"], "");
    for words in [&["session", "list"], &["token", "print"], &["token", "show"]] {
        let told = root.refused(words, "");
        assert!(told.contains(OVER) && told.contains(EMAIL), "{words:?}: {told}");
    }
    elsewhere.done(&["token", "print"], "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_the_app_off_says_what_was_on_and_what_is_left() {
    let machine = Machine::embedded().await;
    let (_orion, root) = platform(&machine).await;
    log_in(&root);
    let told = said(&root.types(&["factor", "off"], ""));
    assert!(told.contains("No authenticator app was in use; there is no second factor."), "{told}");
    enrol(&root);
    let told = said(&root.types(&["factor", "off"], ""));
    assert!(told.contains("The authenticator app is off; there is no second factor."), "{told}");
    let left = root.done(&["factor", "off"], "");
    assert_eq!((&left["enabled"], &left["passkeys"]), (&json!(false), &json!(0)));
}

/// Runs a command of somebody who is signed in where every request has this answer.
fn where_all_is_answered(status: u16, problem: &Value, words: &[&str]) -> Output {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = problem.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    let home = tempfile::tempdir().unwrap();
    let kept = json!({
        "url": url, "email": EMAIL, "access_token": "a", "refresh_token": "r", "stale_at": 9_999_999_999_u64,
        "device_token": null,
    });
    std::fs::create_dir(home.path().join("orion")).unwrap();
    std::fs::write(home.path().join("orion/sign-in.json"), kept.to_string()).unwrap();
    let mut command = orion_testkit::process::command(words, &[]);
    command.env("XDG_CONFIG_HOME", home.path()).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn who_cannot_be_asked_to_sign_in_again_is_told_which_command_does_it() {
    let problem = json!({
        "type": "urn:orion:problem:insufficient-user-authentication", "title": "Prove once more who you are",
        "status": 401, "detail": "Begin a step-up at POST /api/v1/auth/flows.",
    });
    let told = said(&where_all_is_answered(401, &problem, &["session", "end", SOME_ID]));
    assert!(told.contains("the last five minutes") && told.contains("`orion login`"), "{told}");
    assert!(!told.contains("POST"), "{told}");
}

#[test]
fn who_has_to_wait_is_told_how_long() {
    let problem = json!({
        "type": "urn:orion:problem:rate-limited", "title": "Too many requests", "status": 429,
        "detail": "That was tried too often.", "retry_after": 17,
    });
    let told = said(&where_all_is_answered(429, &problem, &["session", "list"]));
    assert!(told.contains("That was tried too often. Try again in 17 s."), "{told}");
}

#[test]
fn no_name_in_an_answer_ends_a_line() {
    let forged = "x\nAll 3 steps are done.";
    let problem = json!({
        "type": "urn:orion:problem:validation", "title": "Not valid", "status": 422, "detail": format!("{forged} is taken."),
        "errors": [{ "field": forged, "code": "taken", "message": forged }],
    });
    let told = said(&where_all_is_answered(422, &problem, &["session", "list"]));
    assert!(told.contains(r"x\nAll 3 steps are done. is taken."), "{told}");
    assert!(!told.lines().any(|line| line.trim_start().starts_with("All 3")), "{told}");
}

#[test]
fn who_calls_is_not_unknown_to_a_plan_because_nobody_answers_at_the_moment() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "version: 1\n").unwrap();
    let plan = ["plan", "-f", file.path().to_str().unwrap()];
    let problem = |status: u16| json!({ "type": "urn:orion:problem:other", "title": "Other", "status": status, "detail": "Not at the moment." });
    for status in [429, 503] {
        let output = where_all_is_answered(status, &problem(status), &plan);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(said(&output).contains("Not at the moment."), "{output:?}");
    }
    // A key that is limited to less plans all the same.
    assert!(where_all_is_answered(403, &problem(403), &plan).status.success());
    let of = ["organisation", "show", "engines"];
    assert!(said(&where_all_is_answered(503, &problem(503), &of)).contains("Not at the moment."));
}

#[test]
fn what_is_no_id_is_told_what_an_id_looks_like() {
    let output = orion_testkit::process::command(&["session", "end", "nonsense"], &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = said(&output);
    assert!(told.contains(&format!("must be an id such as {SOME_ID}, as lists show it")), "{told}");
}
