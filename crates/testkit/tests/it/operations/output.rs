//! How commands answer: in a line where one is enough, in JSON for programs, and to a reader who has gone.

use super::command_line::{refused, run};
use orion_testkit::backend::Place;
use orion_testkit::process::{Ports, command};
use orion_testkit::{Answer, Backend, Client, Machine};
use serde_json::Value;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Runs a command whose reader has gone, on standard output or on standard error.
fn run_unread(words: &[&str], is_error: bool) -> ExitStatus {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(words, &[]);
    match is_error {
        true => command.stderr(writer).stdout(Stdio::null()),
        false => command.stdout(writer).stderr(Stdio::null()),
    };
    command.status().unwrap()
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    for words in [&["config", "show"][..], &["config", "show", "-o", "json"], &["config", "check"]] {
        assert_eq!(run_unread(words, false).code(), Some(0), "{words:?}");
    }
    assert_eq!(run_unread(&["up", "--set", "namespace=Not Good"], true).code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_goes_on_when_nobody_reads_its_log() {
    let machine = Machine::embedded().await;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = machine.command(&["up"]);
    command.stdout(writer.try_clone().unwrap()).stderr(writer).env("ORION_LOG_FILTER", "debug");
    let mut child = command.spawn().unwrap();
    drop((reader, command));
    let pages = Client::new(format!("http://127.0.0.1:{}", machine.ports.pages));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !Answer::try_of(pages.request("GET", "/readyz")).await.is_ok_and(|answer| answer.status == 200) {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none() && Instant::now() < deadline, "not ready: {ended:?}");
        // A process starts in real time.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..3 {
        machine.ports.client().get("/.well-known/jwks.json").await.expect(200);
    }
    assert!(child.try_wait().unwrap().is_none(), "it ended");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn an_error_is_json_for_programs() {
    let message = refused(&["config", "check", "-o", "json", "--set", "namespace=Not Good"], &[]);
    let error: Value = serde_json::from_str(&message).unwrap_or_else(|_| panic!("{message}"));
    assert!(error["error"].as_str().unwrap().contains("namespace"), "{error}");
}

#[test]
fn other_words_for_up_are_understood_and_shells_can_complete() {
    for word in ["start", "run"] {
        assert!(refused(&[word, "--set", "namespace=Not Good"], &[]).contains("namespace"), "{word}");
    }
    let script = String::from_utf8(run(&["completions", "bash"], &[]).stdout).unwrap();
    assert!(script.contains("complete") && script.contains("migrate"), "{script}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrating_says_in_a_line_what_was_done() {
    let place = Place::empty(Backend::current()).await;
    let flags = place.sources().flags;
    let migrate = |words: &[&str]| String::from_utf8(command(words, &flags).output().unwrap().stdout).unwrap();
    let done = migrate(&["migrate", "up"]);
    assert!(done.starts_with("applied ") && done.ends_with(" migrations\n") && done.lines().count() == 1, "{done}");
    assert_eq!(migrate(&["migrate", "up"]), "nothing to do\n");
    assert_eq!(migrate(&["migrate", "down", "--yes", "--service", "users"]), "took back 1 migration\n");
    assert_eq!(migrate(&["migrate", "down", "--yes", "--steps", "0"]), "nothing to take back\n");
}

#[test]
fn a_status_of_nothing_is_one_line() {
    let output = command(&["status"], &Ports::free().flags()).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.lines().count() == 1 && message.contains("orion up"), "{message}");
}
