//! What a sign-in leaves behind: tokens, in a file that nobody but its owner reads. Whoever refreshes them holds the file, for
//! a refresh token works once.

use crate::cli::Failure;
use fs4::FileExt;
use orion_contracts::Secret;
use orion_contracts::auth::TokenResponse;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// A sign-in as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The gateway that gave it.
    pub(super) url: String,
    /// Whose it is.
    pub(super) email: String,
    pub(super) access_token: Secret,
    pub(super) refresh_token: Secret,
    /// Seconds since 1970 from which on the access token is not used any more.
    pub(super) stale_at: u64,
    /// What the next sign-in from here sends along.
    pub(super) device_token: Option<Secret>,
}

/// How long before its end an access token is refreshed, in seconds.
const EARLY: u64 = 30;

impl Kept {
    pub(super) fn new(url: String, email: String, tokens: &TokenResponse, device: Option<Secret>) -> Self {
        Self {
            url,
            email,
            access_token: tokens.access_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            stale_at: now() + tokens.expires_in.saturating_sub(EARLY),
            device_token: tokens.device_token.clone().or(device),
        }
    }

    pub(super) fn is_stale(&self) -> bool {
        now() >= self.stale_at
    }
}

#[allow(clippy::disallowed_methods, reason = "the command line lives in real time")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Where it is kept: `$XDG_CONFIG_HOME/orion/sign-in.json`, or below `~/.config`.
#[allow(clippy::disallowed_methods, reason = "where a person keeps things is in their environment")]
fn path() -> Result<PathBuf, Failure> {
    let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let folder = named.or_else(home).ok_or("neither XDG_CONFIG_HOME nor HOME says where a sign-in is kept")?;
    Ok(folder.join("orion").join("sign-in.json"))
}

/// The file, held against other commands until it is dropped.
pub(super) struct Held(File, PathBuf);

impl Held {
    /// Opens it, and makes it where there is none yet.
    pub(super) fn open() -> Result<Self, Failure> {
        let path = path()?;
        let said = |error: std::io::Error| format!("{}: {error}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(said)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(said)?;
        FileExt::lock(&file).map_err(said)?;
        Ok(Self(file, path))
    }

    /// What it holds.
    pub(super) fn read(&mut self) -> Result<Option<Kept>, Failure> {
        let mut text = String::new();
        self.0.seek(SeekFrom::Start(0))?;
        self.0.read_to_string(&mut text)?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let unread = |error| format!("{} cannot be read ({error}); sign in again with `orion login`", self.1.display());
        Ok(Some(serde_json::from_str(&text).map_err(unread)?))
    }

    /// Puts a sign-in in the place of what was there; none, to forget it.
    pub(super) fn write(&mut self, kept: Option<&Kept>) -> Result<(), Failure> {
        let text = kept.map(serde_json::to_string_pretty).transpose()?.unwrap_or_default();
        self.0.seek(SeekFrom::Start(0))?;
        self.0.set_len(0)?;
        self.0.write_all(text.as_bytes())?;
        Ok(self.0.sync_data()?)
    }
}
