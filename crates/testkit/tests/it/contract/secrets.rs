//! files, configuration; and the master key is that of the databases

use orion_contracts::{Secret, ServiceName};
use orion_infra::Random;
use orion_infra::config::SecretsConfig;
use orion_infra::db::Migrations;
use orion_infra::db::dialect::statement;
use orion_infra::secrets::{Scope, Secrets, from_configuration, from_files};
use orion_testkit::backend::Place;
use orion_testkit::node::Node;
use orion_testkit::{Backend, Machine};
use sea_orm::ConnectionTrait;
use std::os::unix::fs::PermissionsExt;

fn config(master: &str, internal: &str) -> SecretsConfig {
    SecretsConfig { master_key: Secret::new(master), internal_secret: Secret::new(internal) }
}

fn opens(secrets: &Secrets, sealed: &str) -> bool {
    secrets.unseal(Scope::AtRest, "test", "row", sealed).is_ok()
}

#[test]
fn key_files_are_made_once_for_their_owner_alone_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let first = from_files(&config("", ""), directory.path(), Random::system()).unwrap();
    let sealed = first.seal(Scope::AtRest, "test", "row", b"secret");
    let second = from_files(&config("", ""), directory.path(), Random::system()).unwrap();
    assert!(opens(&second, &sealed));
    for name in ["master.key", "internal.key"] {
        let mode = std::fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn configured_keys_are_used_and_missing_or_malformed_ones_refused_by_name() {
    let key = "ab".repeat(32);
    let secrets = from_configuration(&config(&key, &key), Random::system()).unwrap();
    let sealed = secrets.seal(Scope::AtRest, "test", "row", b"secret");
    assert!(opens(&from_configuration(&config(&key, &key), Random::system()).unwrap(), &sealed));
    let missing = from_configuration(&config("", &key), Random::system()).err().unwrap().to_string();
    assert!(missing.contains("ORION_SECRETS_MASTER_KEY"), "{missing}");
    let both = from_configuration(&config("", "short"), Random::system()).err().unwrap().to_string();
    assert!(both.contains("ORION_SECRETS_MASTER_KEY") && both.contains("secrets.internal_secret"), "{both}");
    let malformed = from_configuration(&config(&key, "short"), Random::system()).err().unwrap().to_string();
    assert!(malformed.contains("secrets.internal_secret"), "{malformed}");
}

#[test]
fn a_lost_key_is_never_made_anew_beside_what_was_sealed_with_it() {
    let directory = tempfile::tempdir().unwrap();
    from_files(&config("", ""), directory.path(), Random::system()).unwrap();
    std::fs::write(directory.path().join("auth.db"), "rows").unwrap();
    for name in ["master.key", "internal.key"] {
        let (key, away) = (directory.path().join(name), directory.path().join("away"));
        std::fs::rename(&key, &away).unwrap();
        let refused = from_files(&config("", ""), directory.path(), Random::system()).err().unwrap().to_string();
        assert!(refused.contains(name) && refused.contains("auth.db is sealed with it: restore it"), "{refused}");
        assert!(!key.exists(), "another key was made");
        std::fs::rename(&away, &key).unwrap();
    }
    from_files(&config("", ""), directory.path(), Random::system()).unwrap();
}

/// How many rows the tables have that every start may write to.
async fn rows(place: &Place) -> Vec<(ServiceName, String, i64)> {
    let node = Node::start(place).await;
    let mut all = Vec::new();
    for service in ServiceName::ALL {
        let infra = node.connections.service(service).await.unwrap();
        for table in ["outbox", "jobs", "audit_entries", "schema_migrations"] {
            let select = statement(infra.db.read(), &format!("SELECT count(*) AS n FROM {table}"), []);
            let row = infra.db.read().query_one_raw(select).await.unwrap().unwrap();
            all.push((service, table.to_owned(), row.try_get("", "n").unwrap()));
        }
        infra.db.close().await;
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_master_key_is_refused_by_name_at_every_start_before_anything_is_written() {
    let place = Place::empty(Backend::current()).await;
    let mut machine = Machine::with(place).set("mail.smtp_url", "smtp+plain://127.0.0.1:9");
    let mut made = machine.start(&["migrate", "up"]);
    assert_eq!(made.wait(), Some(0), "{}", made.output());
    let before = rows(&machine.place).await;
    machine = machine.set("secrets.master_key", "ab".repeat(32));
    let mut starts = vec![vec!["migrate", "up"]];
    match machine.place.backend {
        Backend::Embedded => starts.push(vec!["up"]),
        _ => starts.extend(ServiceName::ALL.iter().map(|service| vec!["serve", service.as_str()])),
    }
    for words in starts {
        let mut refused = machine.start(&words);
        assert_eq!(refused.wait(), Some(1), "{words:?}: {}", refused.output());
        let output = refused.output();
        assert!(output.contains("secrets.master_key is not the one this database was sealed with"), "{output}");
        assert!(output.contains("ORION_SECRETS_MASTER_KEY"), "{output}");
    }
    assert_eq!(rows(&machine.place).await, before);
    machine.flags.pop();
    let mut again = machine.start(&["migrate", "up"]);
    assert_eq!(again.wait(), Some(0), "{}", again.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seal_that_was_taken_away_is_not_made_anew() {
    let place = Place::empty(Backend::current()).await;
    let infra = Node::start(&place).await.infra(ServiceName::Users).await;
    let txn = infra.db.begin().await.unwrap();
    txn.execute_unprepared("DELETE FROM key_seals").await.unwrap();
    txn.commit().await.unwrap();
    let none = Migrations(Vec::new);
    for refused in [none.apply(&infra).await, none.check(&infra).await] {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("key_seals") && refused.contains("restore"), "{refused}");
    }
}
