//! `orion migrate`, `orion cel` and `orion status`.

use orion_contracts::ServiceName;
use orion_testkit::backend::Place;
use orion_testkit::node::{Node, plant_migration};
use orion_testkit::process::command;
use orion_testkit::{Backend, Machine};
use serde_json::Value;
use std::process::Output;

/// Runs a command with nothing of ORION's in its environment but this, and free ports: a platform may be running on the
/// usual ones.
pub(super) fn run(words: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(words, &[]);
    for name in ["GATEWAY", "AUTH", "USERS", "NOTIFICATIONS", "ADMIN", "PAGES"] {
        command.env(format!("ORION_LISTEN_{name}_PORT"), "0");
    }
    command.envs(environment.iter().copied()).output().unwrap()
}

pub(super) fn refused(words: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(words, environment);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_condition_is_tried_before_it_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let event = file("event.json", r#"{"type": "user.created", "data": {"version": 2}}"#);
    let tried = |condition: &str, more: &[&str]| {
        let words: Vec<_> = ["cel", "test", condition].into_iter().chain(more.iter().copied()).collect();
        // A configuration that cannot be used has nothing to do with it.
        let output = run(&words, &[("ORION_CONFIG", "/nonexistent.toml")]);
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let of = ["--event", &*event];
    assert_eq!(tried("event.data.version > 1", &of), (Some(0), "true\n".to_owned()));
    assert_eq!(tried("event.type == 'x'", &of), (Some(1), "false\n".to_owned()));
    let (code, text) = tried("event.data.nobody == 1", &of);
    assert!(code == Some(1) && text.contains("cannot be asked of this event"), "{text}");
    assert_eq!(tried("event.type == 'x'", &[]).0, Some(0));
    // One of a permission names other things.
    let (code, text) = tried("request.mfa", &[]);
    assert!(code == Some(2) && text.contains("say --for permission"), "{text}");
    assert_eq!(tried("request.mfa && now.getHours() < 8", &["--for", "permission"]).0, Some(0));
    let (code, text) = tried("now.getHours() > 25", &["--for", "role"]);
    assert!(code == Some(2) && text.contains("so that this never holds"), "{text}");
    let (code, text) = tried("request.mfa", &["--for", "permission", "--event", &event]);
    assert!(code == Some(2) && text.contains("`orion permission explain`"), "{text}");

    let broken = file("broken.json", "{");
    let page = file("page.json", r#"{"items": [{"type": "user.created"}]}"#);
    let list = file("list.json", "[]");
    let large = file("large.json", &format!("\"{}\"", "x".repeat(5 << 20)));
    for (condition, more, told) in [
        ("evnt.type == 'x'", &[][..], "line 1, column 1: there is no `evnt`"),
        ("event.typ == 'x'", &[], "line 1, column 7: there is no `event.typ`; did you mean `event.type`?"),
        ("event.type", &of, "line 1, column 1: `event.type` is a text, not true or false"),
        ("event.type = 'x'", &of, "line 1, column 12: write `==` for `=`"),
        ("true", &["--event", "/nonexistent.json"], "--event: /nonexistent.json"),
        ("true", &["--event", &broken], "broken.json: EOF"),
        ("true", &["--event", &page], "page.json: one event must stand there"),
        ("true", &["--event", &list], "list.json: one event must stand there"),
        ("true", &["--event", &large], "large.json: an event has at most"),
        ("true", &["--envent", "x"], "--envent"),
    ] {
        let (code, text) = tried(condition, more);
        assert!(code == Some(2) && text.contains(told), "{condition} {more:?}: {code:?} {text}");
    }
    let (_, help) = tried("--help", &[]);
    assert!(help.contains("with 2 when the condition cannot be used, or the event cannot be read"), "{help}");
}

/// What `orion migrate` prints, and whether it was done.
fn migrate(words: &[&str], place: &Place) -> (bool, Vec<Value>) {
    let words = [&["migrate", "-o", "json"], words].concat();
    let output = command(&words, &place.sources().flags).output().unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.success(), rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_are_listed_and_applied() {
    let place = Place::empty(Backend::current()).await;
    if place.backend != Backend::Embedded {
        let (current, rows) = migrate(&["status"], &place);
        assert!(!current && rows.iter().all(|row| row["applied"] == false), "{rows:?}");
    }
    let (done, rows) = migrate(&["up"], &place);
    assert!(done && rows.iter().all(|row| row["applied"] == true), "{rows:?}");
    assert!(migrate(&["status"], &place).0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_migrate_an_empty_database_at_once_each_succeeds() {
    let place = Place::empty(Backend::current()).await;
    std::thread::scope(|scope| {
        let migrating: Vec<_> = (0..5).map(|_| scope.spawn(|| migrate(&["up"], &place))).collect();
        for (done, rows) in migrating.into_iter().map(|one| one.join().unwrap()) {
            assert!(done && rows.iter().all(|row| row["applied"] == true), "{rows:?}");
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_version_applied_is_listed_and_what_hinders_this_one_fails() {
    let place = Place::empty(Backend::current()).await;
    migrate(&["up"], &place);
    for (name, contracting) in [("0098_more", false), ("0099_less", true)] {
        let infra = Node::start(&place).await.connections.service(ServiceName::Users).await.unwrap();
        plant_migration(&infra.db, name, contracting).await;
        infra.db.close().await;
        let (fit, rows) = migrate(&["status"], &place);
        let row = rows.iter().find(|row| row["migration"] == name).unwrap();
        assert!(row["known"] == false && row["refused"] == contracting && fit != contracting, "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn down_takes_the_last_migration_back() {
    let place = Place::empty(Backend::current()).await;
    migrate(&["up"], &place);
    let (done, rows) = migrate(&["down", "--yes", "--service", "users"], &place);
    let missing: Vec<_> = rows.iter().filter(|row| row["applied"] == false).collect();
    assert!(done && missing.len() == 1 && missing[0]["service"] == "users", "{rows:?}");
    assert!(migrate(&["up"], &place).0);
}

#[test]
fn down_without_yes_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let message = refused(&["migrate", "down", "--data-dir", &directory.path().display().to_string()], &[]);
    assert!(message.contains("--yes"), "{message}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "it touched the directory");
}

#[test]
fn looking_for_databases_that_are_not_there_says_so_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mistyped = directory.path().join("not/there");
    for words in [&["migrate", "status"][..], &["migrate", "down", "--yes", "--steps", "0"]] {
        let words: Vec<_> = words.iter().copied().chain(["--data-dir", mistyped.to_str().unwrap()]).collect();
        let message = refused(&words, &[]);
        assert!(message.contains("there is no database in") && message.contains("not/there"), "{message}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "it made something");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_at_migrations_changes_no_file() {
    let place = Place::new(Backend::Embedded).await;
    migrate(&["up"], &place);
    let files = || {
        let entries = std::fs::read_dir(place.directory.path()).unwrap();
        let files = entries.map(|entry| entry.unwrap().path()).map(|path| (path.clone(), std::fs::read(path).unwrap()));
        files.collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = files();
    assert!(migrate(&["status"], &place).0);
    assert!(files() == before, "{:?} became {:?}", before.keys(), files().keys());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_or_refuses_is_named_with_its_own_words() {
    let place = Place::new(Backend::current()).await;
    let mut servers = vec![("postgres://nobody@127.0.0.1:9/x".to_owned(), vec!["127.0.0.1:9", "Connection refused"])];
    if let Some(url) = &place.database_url {
        let mut url = url::Url::parse(url).unwrap();
        url.set_path("nowhere");
        servers.push((url.to_string(), vec!["127.0.0.1:", "database \"nowhere\" does not exist"]));
    }
    let key = "ab".repeat(32);
    for (url, named) in servers {
        for words in [&["serve", "users"][..], &["migrate", "up"], &["migrate", "status"]] {
            let environment = [
                ("ORION_DATABASE_URL", url.as_str()),
                ("ORION_SECRETS_MASTER_KEY", &key),
                ("ORION_SECRETS_INTERNAL_SECRET", &key),
            ];
            let message = refused(words, &environment);
            assert!(named.iter().all(|part| message.contains(part)), "{message}");
            assert!(!message.contains("pool timed out") && !message.contains("at line"), "{message}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_are_listed_beside_a_running_platform() {
    let machine = Machine::embedded().await;
    let _orion = machine.up().await;
    assert!(migrate(&["status"], &machine.place).0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_shows_every_service_and_what_is_missing() {
    let machine = Machine::embedded().await;
    let status = || {
        let output = machine.command(&["status", "-o", "json"]).output().unwrap();
        (output.status.success(), serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap())
    };
    let (up, rows) = status();
    assert!(!up && rows.len() == 5 && rows.iter().all(|row| row["status"] == "down"), "{rows:?}");
    let _orion = machine.up().await;
    let (up, rows) = status();
    assert!(up && rows.iter().all(|row| row["status"] == "up"), "{rows:?}");
}
