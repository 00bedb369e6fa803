//! files, configuration

use orion_contracts::Secret;
use orion_infra::Random;
use orion_infra::config::SecretsConfig;
use orion_infra::secrets::{Scope, Secrets, from_configuration, from_files};
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
    let malformed = from_configuration(&config(&key, "short"), Random::system()).err().unwrap().to_string();
    assert!(malformed.contains("secrets.internal_secret"), "{malformed}");
}
