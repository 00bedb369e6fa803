//! `orion audit`: looking into the log, and the proof of it, at a platform that runs and of a copy at rest.

use super::administrator::EMAIL;
use super::signed_in::{Person, platform};
use orion::Config;
use orion_contracts::{Author, ServiceName};
use orion_infra::{Change, Clock, Connections, DbError, Random};
use orion_testkit::{Machine, TestPlatform};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A copy of a platform's users database and its master key, and nothing else of it.
struct Copy {
    home: TempDir,
}

/// The master key of a platform.
fn master_key(machine: &Machine) -> String {
    let flags = machine.place.sources().flags;
    flags.into_iter().find(|(key, _)| key == "secrets.master_key").unwrap().1
}

impl Copy {
    fn of(machine: &Machine) -> Self {
        let copy = Self::from(machine.place.directory.path());
        fs::write(copy.home.path().join("master.key"), master_key(machine)).unwrap();
        copy
    }

    fn from(directory: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        for file in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with("users.db") || name == "master.key" {
                fs::copy(&file, home.path().join(name)).unwrap();
            }
        }
        Self { home }
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("users.db")
    }

    /// Writes into the database as somebody who has the file.
    async fn tamper(&self, machine: &Machine, sql: &str) {
        let mut sources = machine.place.sources();
        sources.flags.push(("data_dir".to_owned(), self.home.path().display().to_string()));
        let (config, _) = Config::load(&sources).unwrap();
        let connections =
            Connections::open(config.infra(), &ServiceName::ALL, Clock::system(), Random::system()).await.unwrap();
        let users = connections.service(ServiceName::Users).await.unwrap();
        let tampering = async |change: &mut Change| {
            change.unaudited("a test");
            change.execute_unprepared(sql).await.map_err(DbError::from)
        };
        users.write(Author::PLATFORM, tampering).await.expect(sql);
        users.db.close().await;
    }

    fn verify(&self, more: &[&str]) -> (i32, Value) {
        let output = self.run(more, "json");
        let told = serde_json::from_slice(&output.stdout);
        (output.status.code().unwrap(), told.unwrap_or_else(|_| panic!("{output:?}")))
    }

    fn run(&self, more: &[&str], form: &str) -> Output {
        let place = self.home.path().to_str().unwrap();
        let words = [&["audit", "verify", "--at-rest", "--data-dir", place, "-o", form], more].concat();
        orion_testkit::process::command(&words, &[]).output().unwrap()
    }
}

/// A platform with a log, stopped; and a checkpoint of it.
async fn stopped() -> (Machine, TempDir, PathBuf) {
    let machine = Machine::embedded().await;
    let (mut orion, root) = platform(&machine).await;
    root.login("");
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("checkpoint.json");
    let signed = root.done(&["audit", "checkpoint"], "");
    fs::write(&kept, signed.to_string()).unwrap();
    for _ in 0..3 {
        root.done(&["user", "edit", EMAIL, "--bio", "Something new"], "");
    }
    assert_eq!(orion.terminate(), Some(0));
    (machine, home, kept)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_somebody_has_tampered_with_in_any_way_does_not_hold_and_an_honest_one_does() {
    let (machine, _home, kept) = stopped().await;
    let honest = Copy::of(&machine);
    let kept = ["--checkpoint", kept.to_str().unwrap()];
    let before = fs::read(honest.file()).unwrap();
    let (code, told) = honest.verify(&kept);
    assert_eq!((code, &told["holds"], &told["checkpoints"][0]["held"]), (0, &json!(true), &json!(true)), "{told}");
    assert!(fs::read(honest.file()).unwrap() == before, "looking has written something");
    let last = told["head_position"].as_i64().unwrap();
    assert!(last >= 5, "{told}");

    let columns = "service, occurred_at, principal_kind, action, resource, success, entry, payload_hmac, previous_hash, \
                   hash, appended_at";
    let swap = "UPDATE audit_log SET position = -1 WHERE position = 2; UPDATE audit_log SET position = 2 WHERE position = 3; \
                UPDATE audit_log SET position = 3 WHERE position = -1";
    let insert = format!(
        "INSERT INTO audit_log (position, id, {columns}) SELECT {}, zeroblob(16), {columns} FROM audit_log WHERE position = 2",
        last + 1
    );
    let truncate = format!("DELETE FROM audit_log WHERE position > {}", last - 2);
    // The address, and before it its length, at the beginning of the entry: the bytes that the MAC is over are the same.
    let moved = format!(
        "UPDATE audit_log SET ip_address = NULL, entry = char(0, 0, 0, 0, 0, 0, 0, length(ip_address)) || ip_address || entry \
         WHERE position = {last}"
    );
    for (done, sql, found) in [
        (
            "changed",
            "UPDATE audit_log SET entry = replace(entry, '\"success\":true', '\"success\":false') WHERE position = 3",
            "the entry of link 3 was changed".to_owned(),
        ),
        ("removed", "DELETE FROM audit_log WHERE position = 3", "links 3 to 3 are missing".to_owned()),
        ("inserted", &insert, format!("row {} is no link of the chain", last + 1)),
        ("reordered", swap, "link 2 does not continue the one before: it was changed, moved or put in".to_owned()),
        ("truncated", &truncate, format!("links {} to {last} are missing", last - 1)),
        ("moved out of its column", &moved, format!("the entry of link {last} was changed")),
        (
            "made unreadable",
            "UPDATE audit_log SET occurred_at = '+' || occurred_at WHERE position = 2",
            "link 2 cannot be read: it was changed".to_owned(),
        ),
        (
            "spelt otherwise",
            "UPDATE audit_log SET success = 2 WHERE position = 2",
            "link 2 was changed: a value is written in another way than the platform writes it".to_owned(),
        ),
    ] {
        let copy = Copy::from(honest.home.path());
        copy.tamper(&machine, sql).await;
        let (code, told) = copy.verify(&[]);
        assert_eq!((code, &told["holds"]), (1, &json!(false)), "{done}: {told}");
        assert!(told["breaks"].as_array().unwrap().contains(&json!(found)), "{done}: {told}");
        let text = String::from_utf8(copy.run(&[], "text").stdout).unwrap();
        assert!(text.contains("does not hold") && text.contains(&found), "{done}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_verified_is_no_answer_at_all() {
    let (machine, home, kept) = stopped().await;
    let copy = Copy::of(&machine);
    let refused = |more: &[&str]| {
        let output = copy.run(more, "text");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let token: Value = serde_json::from_slice(&fs::read(&kept).unwrap()).unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    let file = |name: &str, text: &str| {
        let file = home.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let other = file("other.key", &"7".repeat(64));
    let said = refused(&["--key-file", &other]);
    assert!(said.contains("secrets.master_key is not the one this database was sealed with"), "{said}");
    assert!(refused(&["--checkpoint", &file("none", "hello")]).contains("it is no checkpoint of an audit log"));
    let changed = token.replace('.', ".e30");
    assert!(!refused(&["--checkpoint", &file("changed", &changed)]).is_empty());
    let (head, rest) = token.rsplit_once('.').unwrap();
    let turned: String = rest.chars().rev().collect();
    let said = refused(&["--checkpoint", &file("turned", &format!("{head}.{turned}"))]);
    assert!(said.contains("signature is wrong"), "{said}");
    assert_eq!(copy.verify(&["--checkpoint", &file("bare", &token)]).0, 0, "the token alone is one");
    fs::remove_file(copy.home.path().join("master.key")).unwrap();
    assert!(refused(&[]).contains("master.key"));
    assert_eq!(copy.verify(&["--key-file", &file("right.key", &master_key(&machine))]).0, 0);
    fs::remove_file(copy.file()).unwrap();
    assert!(refused(&[]).contains("there is no users.db in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_cut_short_or_written_anew_with_the_stolen_key_is_found_by_a_checkpoint() {
    let machine = Machine::embedded().await;
    let (mut orion, root) = platform(&machine).await;
    root.login("");
    assert_eq!(orion.terminate(), Some(0));
    // Somebody keeps the log as it is now, and puts it back once more has happened: it holds, for it is whole.
    let older = Copy::of(&machine);
    let mut orion = machine.up().await;
    root.login("");
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("checkpoint");
    let signed = root.done(&["audit", "checkpoint"], "");
    fs::write(&kept, signed["token"].as_str().unwrap()).unwrap();
    assert_eq!(root.done(&["audit", "verify", "--checkpoint", kept.to_str().unwrap()], "")["holds"], true);
    assert_eq!(orion.terminate(), Some(0));
    assert_eq!(older.verify(&[]).0, 0);
    let (code, told) = older.verify(&["--checkpoint", kept.to_str().unwrap()]);
    let found = told["checkpoints"][0]["found"].as_str().unwrap();
    assert!(code == 1 && found.contains("the log was cut short"), "{told}");

    // And somebody goes on from there, as the platform does, with its key.
    let data = machine.place.directory.path();
    for file in fs::read_dir(older.home.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().unwrap() != "master.key" {
            fs::copy(&file, data.join(file.file_name().unwrap())).unwrap();
        }
    }
    for rest in ["users.db-wal", "users.db-shm"] {
        if !older.home.path().join(rest).exists() {
            let _ = fs::remove_file(data.join(rest));
        }
    }
    let mut orion = machine.up().await;
    root.login("");
    for _ in 0..12 {
        root.done(&["user", "edit", EMAIL, "--bio", "Something else"], "");
    }
    assert_eq!(root.done(&["audit", "verify"], "")["holds"], true, "it holds by itself");
    let output = root.types(&["audit", "verify", "--checkpoint", kept.to_str().unwrap()], "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("the log was written anew"), "{text}");
    assert_eq!(orion.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_are_listed_shown_redacted_and_exported_by_commands() {
    let machine = Machine::embedded().await;
    let (_orion, root) = platform(&machine).await;
    root.login("");
    root.done(&["user", "edit", EMAIL, "--bio", "Secret of mine"], "");
    let list = |more: &[&str]| root.done(&[&["audit", "list"][..], more].concat(), "");
    let found = orion_testkit::eventually("the entry", || async {
        list(&["--by", EMAIL, "--action", "update", "--resource", "user", "--service", "users", "--outcome", "done"])
            .as_array()
            .and_then(|entries| entries.iter().find(|entry| entry["new_values"]["bio"] == "Secret of mine").cloned())
    })
    .await;
    let id = found["id"].as_str().unwrap();
    assert!(list(&["--about", EMAIL]).as_array().unwrap().contains(&found));
    assert_eq!(list(&["--about", EMAIL, "--outcome", "failed"]), json!([]));
    assert_eq!(list(&["--limit", "2"]).as_array().unwrap().len(), 2);
    let lines = String::from_utf8(root.types(&["audit", "show", id], "").stdout).unwrap();
    assert!(lines.contains("+ bio: \"Secret of mine\"") && lines.contains("holds"), "{lines}");
    assert!(
        root.refused(&["audit", "show", "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10"], "").contains("no such audit entry")
    );
    let unclear = root.types(&["audit", "list", "--since", "yesterday"], "");
    assert_eq!(unclear.status.code(), Some(2));
    assert!(String::from_utf8(unclear.stderr).unwrap().contains("a day such as 2030-01-01"));

    let file = root.home.path().join("log.csv");
    let place = file.to_str().unwrap();
    let export = ["audit", "export", "--about", EMAIL, "--file", place];
    assert_eq!(root.types(&export, "").status.code(), Some(0));
    assert!(fs::read_to_string(&file).unwrap().contains("Secret of mine"));
    assert!(root.refused(&export, "").contains("--file"), "it is not written over");
    let output = root.types(&["audit", "export", "--format", "ndjson", "--action", "export"], "");
    let line: Value = serde_json::from_slice(output.stdout.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(line["action"], "export");

    let order = ["audit", "redact", id, "--reason", "Asked for"];
    assert!(root.refused(&order, "").contains("--yes"));
    let shown = root.done(&[&order[..], &["--yes"]].concat(), "");
    assert_eq!((&shown["holds"], &shown["entry"]["new_values"]["bio"]), (&json!(true), &json!("[redacted]")));
    let verified = root.done(&["audit", "verify"], "");
    assert_eq!((&verified["holds"], &verified["redacted"]), (&json!(true), &json!(1)), "{verified}");
    let signed = root.done(&["audit", "checkpoint"], "");
    assert_eq!(root.done(&["audit", "checkpoints"], "")[0], signed);
}

#[test]
fn only_who_is_signed_in_asks_a_platform() {
    let home = tempfile::tempdir().unwrap();
    let mut command = orion_testkit::process::command(&["audit", "verify"], &[]);
    let output = command.env("XDG_CONFIG_HOME", home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("nobody is signed in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_the_platform_could_not_read_to_its_end_is_neither_said_to_hold_nor_not_to() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let root = Person::at(&orion);
    root.login("");
    orion.settle().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE audit_log RENAME COLUMN {from} TO {to}");
        let renaming = async |change: &mut Change| {
            change.unaudited("a test");
            change.execute_unprepared(&sql).await.map_err(DbError::from)
        };
        orion.infra(ServiceName::Users).write(Author::PLATFORM, renaming).await.unwrap();
    };
    rename("request_id", "elsewhere").await;
    let output = root.types(&["audit", "verify"], "");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("not known whether the audit log holds"));
    rename("elsewhere", "request_id").await;
    assert_eq!(root.done(&["audit", "verify"], "")["holds"], true);
}
