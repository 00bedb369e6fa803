//! Where the keys come from: files made at the first start (embedded), or the configuration (production).

use super::Secrets;
use crate::Random;
use crate::config::SecretsConfig;
use base64::{Engine, engine::general_purpose::STANDARD};
use orion_contracts::Secret;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// A key that production demands is missing.
    #[error("{key} is missing: set {variable} or {variable}_FILE to 32 random bytes in hex (`openssl rand -hex 32`)")]
    Missing {
        /// The configuration key.
        key: &'static str,
        /// The environment variable.
        variable: &'static str,
    },
    /// A key is not 32 bytes.
    #[error("{0} is not 32 bytes in hex or base64")]
    Malformed(String),
    /// A key file cannot be used.
    #[error("key file {path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

/// From the configuration; refuses when one is missing.
pub fn from_configuration(config: &SecretsConfig, random: Random) -> Result<Secrets, SecretsError> {
    let master = configured(&config.master_key, "secrets.master_key", "ORION_SECRETS_MASTER_KEY")?;
    let internal = configured(&config.internal_secret, "secrets.internal_secret", "ORION_SECRETS_INTERNAL_SECRET")?;
    Ok(Secrets::new(master, internal, random))
}

fn configured(secret: &Secret, key: &'static str, variable: &'static str) -> Result<[u8; 32], SecretsError> {
    match secret.expose().trim() {
        "" => Err(SecretsError::Missing { key, variable }),
        text => parse_key(text).ok_or_else(|| SecretsError::Malformed(key.to_owned())),
    }
}

/// From the configuration where it is set, otherwise from files in `directory`, which are made when missing.
pub fn from_files(config: &SecretsConfig, directory: &Path, random: Random) -> Result<Secrets, SecretsError> {
    let key = |secret: &Secret, key: &str, name: &str| match secret.expose().trim() {
        "" => read_or_make(&directory.join(name), &random),
        text => parse_key(text).ok_or_else(|| SecretsError::Malformed(key.to_owned())),
    };
    let master = key(&config.master_key, "secrets.master_key", "master.key")?;
    let internal = key(&config.internal_secret, "secrets.internal_secret", "internal.key")?;
    Ok(Secrets::new(master, internal, random))
}

fn read_or_make(path: &Path, random: &Random) -> Result<[u8; 32], SecretsError> {
    let failed = |error| SecretsError::File { path: path.display().to_string(), error };
    match fs::read_to_string(path) {
        Ok(text) => parse_key(text.trim()).ok_or_else(|| SecretsError::Malformed(path.display().to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = random.bytes::<32>();
            // Written whole under another name first: a crash never leaves half a key.
            let fresh = path.with_extension("new");
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh).map_err(failed)?;
            file.write_all(super::hex(&key).as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            fs::rename(&fresh, path).map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

/// 32 bytes in hex or base64.
pub(crate) fn parse_key(text: &str) -> Option<[u8; 32]> {
    if text.len() == 64 {
        return super::unhex(text)?.try_into().ok();
    }
    STANDARD.decode(text).ok()?.try_into().ok()
}
