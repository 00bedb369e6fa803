//! What is found in the data directory at the start: lost, foreign and damaged files are refused by name, and nothing is
//! open to others.

use orion_testkit::{Machine, PASSWORD};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const DATABASES: [&str; 5] = ["gateway.db", "auth.db", "users.db", "notifications.db", "admin.db"];

/// A data directory as a platform leaves it, with its keys in files.
struct Directory(Machine);

impl Directory {
    async fn made() -> Self {
        let machine = Machine::embedded().await;
        let data = machine.place.directory.path().join("data");
        let mut machine = machine.set("data_dir", data.display());
        machine.flags.retain(|(key, _)| !key.starts_with("secrets."));
        let mut made = machine.start(&["migrate", "up"]);
        assert_eq!(made.wait(), Some(0), "{}", made.output());
        Self(machine)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.place.directory.path().join("data").join(name)
    }

    /// What `orion up` says when it does not start.
    fn refusal(&self) -> String {
        let mut refused = self.0.start(&["up"]);
        assert_eq!(refused.wait(), Some(1), "{}", refused.output());
        refused.output().lines().last().unwrap_or_default().to_owned()
    }

    async fn starts(&self) {
        let mut orion = self.0.up().await;
        let order = json!({ "email": "ada@example.com", "password": PASSWORD });
        self.0.ports.client().post("/api/v1/auth/register", order).await.expect(201);
        assert_eq!(orion.terminate(), Some(0), "{}", orion.output());
    }
}

fn assert_names(message: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_master_key_is_told_and_none_is_made_beside_sealed_data() {
    let directory = Directory::made().await;
    let (key, away) = (directory.path("master.key"), directory.path("away"));
    fs::rename(&key, &away).unwrap();
    assert_names(&directory.refusal(), &["data/master.key is missing", "sealed with it: restore it"]);
    assert!(!key.exists(), "another key was made");
    fs::write(&key, "ab".repeat(32)).unwrap();
    assert_names(&directory.refusal(), &["secrets.master_key is not the one this database was sealed with"]);
    fs::rename(&away, &key).unwrap();
    directory.starts().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_or_empty_database_beside_others_is_refused_by_name() {
    let directory = Directory::made().await;
    for name in DATABASES {
        let (database, away) = (directory.path(name), directory.path("away"));
        fs::rename(&database, &away).unwrap();
        assert_names(&directory.refusal(), &[&format!("data/{name} is missing beside"), "restore it"]);
        fs::write(&database, "").unwrap();
        assert_names(&directory.refusal(), &[&format!("data/{name} is empty"), "restore it"]);
        fs::rename(&away, &database).unwrap();
    }
    directory.starts().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_that_was_broken_off_is_finished_by_the_next() {
    let directory = Directory::made().await;
    // As a kill leaves it after two databases were put in their places.
    for name in ["gateway.db", "users.db", "admin.db"] {
        fs::remove_file(directory.path(name)).unwrap();
        fs::write(directory.path(&format!("{name}.new")), "half").unwrap();
    }
    directory.starts().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_damaged_or_another_services_is_refused_by_name() {
    let directory = Directory::made().await;
    let (database, away) = (directory.path("auth.db"), directory.path("away"));
    fs::rename(&database, &away).unwrap();
    fs::write(&database, "this is no database at all, and long enough to be looked at by SQLite; ".repeat(99)).unwrap();
    let garbage = directory.refusal();
    assert_names(&garbage, &["data/auth.db", "file is not a database", "restore it from a backup"]);
    assert!(!garbage.contains("database.url"), "{garbage}");
    fs::copy(directory.path("users.db"), &database).unwrap();
    let before = fs::read(&database).unwrap();
    assert_names(&directory.refusal(), &["data/auth.db", "not the database of auth, but that of users"]);
    assert!(fs::read(&database).unwrap() == before, "it was written to");
    fs::rename(&away, &database).unwrap();
    directory.starts().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory_and_all_in_it_are_for_their_owner_alone_also_when_they_were_not() {
    let directory = Directory::made().await;
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let look = || {
        assert_eq!(mode(&directory.path("")), 0o700);
        for entry in fs::read_dir(directory.path("")).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    };
    look();
    for path in DATABASES.iter().map(|name| directory.path(name)) {
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    fs::set_permissions(directory.path(""), Permissions::from_mode(0o755)).unwrap();
    let mut orion = directory.0.up().await;
    // Its journals as well.
    look();
    orion.kill();
}
