//! Where the keys come from: files made at the first start (embedded), or the configuration (production).

use super::Secrets;
use crate::Random;
use crate::config::SecretsConfig;
use crate::db::files;
use crate::ownership;
use base64::{Engine, engine::general_purpose::STANDARD};
use orion_contracts::Secret;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
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
    /// Neither key can be used: both are told at once.
    #[error("{0}\n{1}")]
    Both(Box<Self>, Box<Self>),
    /// A key is not 32 bytes.
    #[error("{0} is not 32 bytes in hex or base64: restore it as it was made, for what is sealed needs it")]
    Malformed(String),
    /// A key file is missing beside databases that were made with it.
    #[error("{path} is missing, but {sealed} is sealed with it: restore it. {otherwise}")]
    Lost {
        /// The key file.
        path: String,
        /// A database beside it.
        sealed: String,
        /// What there is to do when it is lost for good.
        otherwise: &'static str,
    },
    /// A key file cannot be used.
    #[error("key file {path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: String,
    },
}

/// From the configuration; refuses when one is missing.
pub fn from_configuration(config: &SecretsConfig, random: Random) -> Result<Secrets, SecretsError> {
    let master = configured(&config.master_key, "secrets.master_key", "ORION_SECRETS_MASTER_KEY");
    let internal = configured(&config.internal_secret, "secrets.internal_secret", "ORION_SECRETS_INTERNAL_SECRET");
    match (master, internal) {
        (Ok(master), Ok(internal)) => Ok(Secrets::new(master, internal, random)),
        (Err(one), Err(other)) => Err(SecretsError::Both(Box::new(one), Box::new(other))),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

fn configured(secret: &Secret, key: &'static str, variable: &'static str) -> Result<[u8; 32], SecretsError> {
    match secret.expose().trim() {
        "" => Err(SecretsError::Missing { key, variable }),
        text => parse_key(text).ok_or_else(|| SecretsError::Malformed(key.to_owned())),
    }
}

/// From the configuration where it is set, otherwise from files in `directory`. They are made when missing, but not beside
/// databases: what is sealed there needs those that are gone.
pub fn from_files(config: &SecretsConfig, directory: &Path, random: Random) -> Result<Secrets, SecretsError> {
    let key = |secret: &Secret, key: &str, name: &str, otherwise| match secret.expose().trim() {
        "" => read_or_make(&directory.join(name), directory, &random, otherwise),
        text => parse_key(text).ok_or_else(|| SecretsError::Malformed(key.to_owned())),
    };
    let master = key(
        &config.master_key,
        "secrets.master_key",
        "master.key",
        "Without it nothing of what is sealed can be read: begin anew in an empty directory",
    )?;
    let internal = key(
        &config.internal_secret,
        "secrets.internal_secret",
        "internal.key",
        "If it is lost for good, put 32 random bytes in hex in its place (openssl rand -hex 32): mails that have not left \
         yet are lost then",
    )?;
    Ok(Secrets::new(master, internal, random))
}

/// To look at what was made with a master key, such as a copy: from this file, or else the configuration, or else the file in
/// `directory`. Nothing is made; what needs the other key cannot be done with it.
pub fn master_to_look(
    config: &SecretsConfig,
    file: Option<&Path>,
    directory: &Path,
    random: Random,
) -> Result<Secrets, SecretsError> {
    let configured = config.master_key.expose().trim();
    let master = match file {
        None if !configured.is_empty() => {
            parse_key(configured).ok_or_else(|| SecretsError::Malformed("secrets.master_key".to_owned()))?
        }
        file => {
            let path = file.map_or_else(|| directory.join("master.key"), Path::to_owned);
            let text = fs::read_to_string(&path).map_err(|error| SecretsError::File {
                path: path.display().to_string(),
                error: ownership::reason(&path, &error),
            })?;
            parse_key(&text).ok_or_else(|| SecretsError::Malformed(path.display().to_string()))?
        }
    };
    let none = random.bytes::<32>();
    Ok(Secrets::new(master, none, random))
}

fn read_or_make(
    path: &Path,
    directory: &Path,
    random: &Random,
    otherwise: &'static str,
) -> Result<[u8; 32], SecretsError> {
    let failed = |error: io::Error| SecretsError::File {
        path: path.display().to_string(),
        error: ownership::reason(path, &error),
    };
    match fs::read_to_string(path) {
        Ok(text) => parse_key(&text).ok_or_else(|| SecretsError::Malformed(path.display().to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(sealed) = files::any(directory) {
                let (path, sealed) = (path.display().to_string(), sealed.display().to_string());
                return Err(SecretsError::Lost { path, sealed, otherwise });
            }
            make(path, random).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Written whole under another name first: a crash never leaves half a key.
fn make(path: &Path, random: &Random) -> io::Result<[u8; 32]> {
    let key = random.bytes::<32>();
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(super::hex(&key).as_bytes()).and_then(|()| file.sync_all())?;
    fs::rename(&fresh, path)?;
    Ok(key)
}

/// 32 bytes in hex or base64. A byte order mark, which some editors put before what they save, is none of them.
pub(crate) fn parse_key(text: &str) -> Option<[u8; 32]> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.len() == 64 {
        return super::unhex(text)?.try_into().ok();
    }
    STANDARD.decode(text).ok()?.try_into().ok()
}
