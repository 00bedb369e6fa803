//! `orion config`, `orion migrate`, `orion status`, and what is refused at start.

use orion_testkit::backend::Place;
use orion_testkit::process::{Ports, binary};
use orion_testkit::{Backend, OrionProcess};
use serde_json::Value;
use std::process::{Command, Output};

/// Runs a command with nothing of ORION's in its environment but this.
fn run(words: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ORION_")) {
        command.env_remove(name);
    }
    command.args(words).envs(environment.iter().copied()).output().unwrap()
}

fn refused(words: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(words, environment);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_with_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().display().to_string();
    let key = "ab".repeat(32);
    for (words, environment, named) in [
        (&["up"][..], &[("ORION_LISTEN_GATEWAY_PROT", "1")][..], "ORION_LISTEN_GATEWAY_PORT"),
        (&["up", "--set", "listen.gateway_prot=1"], &[], "listen.gateway_port"),
        (&["up"], &[("ORION_LISTEN_GATEWAY_PORT", "many")], "ORION_LISTEN_GATEWAY_PORT"),
        (&["up", "--set", "namespace=Not Good"], &[], "namespace"),
        (&["up", "--database-url", "mysql://x"], &[], "ORION_DATABASE_URL"),
        (
            &["up"],
            &[
                ("ORION_DATABASE_URL", "postgres://nobody@127.0.0.1:9/x"),
                ("ORION_SECRETS_MASTER_KEY", &key),
                ("ORION_SECRETS_INTERNAL_SECRET", &key),
                ("ORION_MAIL_SMTP_URL", "smtp+plain://127.0.0.1:9"),
            ],
            "ORION_DATABASE_URL",
        ),
        (&["serve", "users"], &[("ORION_DATABASE_URL", "postgres://nobody@127.0.0.1:9/x")], "ORION_SECRETS_MASTER_KEY"),
        (&["serve", "users"], &[], "bus in memory"),
        (&["serve", "uesrs"], &[], "unknown service"),
        (&["up", "--config", "/nonexistent.toml"], &[], "/nonexistent.toml"),
        (&["up"], &[("ORION_SECRETS_MASTER_KEY_FILE", "/nonexistent")], "/nonexistent"),
        (&["up", "--set", "secrets.master_key=abc"], &[], "secrets.master_key"),
    ] {
        let words: Vec<&str> = words.iter().copied().chain(["--data-dir", &data_dir]).collect();
        let message = refused(&words, environment);
        assert!(message.contains(named), "{words:?}: {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn the_configuration_is_shown_with_its_origins_and_without_secrets() {
    let environment = [("ORION_DATABASE_URL", "postgres://orion:hunter2@db:5432/orion")];
    let output = run(&["config", "show", "-o", "json", "--set", "listen.gateway_port=8080"], &environment);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no {key}"));
    assert_eq!(row("database.url")["origin"], "ORION_DATABASE_URL");
    assert_eq!(row("listen.gateway_port")["value"], "8080");
    assert_eq!(row("namespace")["origin"], "default");
    assert!(run(&["config", "check"], &[]).status.success());
}

#[tokio::test]
async fn migrations_are_listed_and_applied() {
    let place = Place::empty(Backend::current()).await;
    let flags: Vec<String> =
        place.sources().flags.iter().flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")]).collect();
    let migrate = |word: &str| {
        let words: Vec<&str> =
            ["migrate", word, "-o", "json"].into_iter().chain(flags.iter().map(String::as_str)).collect();
        let output = run(&words, &[]);
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        (output.status.success(), rows)
    };
    let (current, rows) = migrate("status");
    assert!(!current && rows.iter().all(|row| row["applied"] == false), "{rows:?}");
    let (done, rows) = migrate("up");
    assert!(done && rows.iter().all(|row| row["applied"] == true), "{rows:?}");
    assert!(migrate("status").0);
    let message = refused(&["migrate", "down", "--data-dir", "/nonexistent-orion"], &[]);
    assert!(!message.is_empty());
}

#[tokio::test]
async fn status_shows_every_service_and_what_is_missing() {
    let place = Place::new(Backend::Embedded).await;
    let ports = Ports::free();
    let mut flags = place.sources().flags;
    flags.extend(ports.flags());
    let words: Vec<String> =
        flags.iter().flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")]).collect();
    let status = || {
        let words: Vec<&str> = ["status", "-o", "json"].into_iter().chain(words.iter().map(String::as_str)).collect();
        let output = run(&words, &[]);
        (output.status.success(), serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap())
    };
    let (up, rows) = status();
    assert!(!up && rows.len() == 5 && rows.iter().all(|row| row["status"] == "down"), "{rows:?}");
    let mut orion = OrionProcess::start(&["up"], &flags, place.directory.path());
    orion.ready(ports.pages).await;
    let (up, rows) = status();
    assert!(up && rows.iter().all(|row| row["status"] == "up"), "{rows:?}");
}
