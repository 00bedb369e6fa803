//! What a sign-in leaves behind: tokens, in a file that nobody but its owner reads. Whoever refreshes them holds the file, for
//! a refresh token works once.

use crate::cli::Failure;
use chrono::{DateTime, Utc};
use fs4::FileExt;
use orion_contracts::auth::{ActingFor, TokenResponse};
use orion_contracts::{Secret, UserId};
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
    /// As whom its owner acts, until they stop. The rest stays theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) acting: Option<Acting>,
}

/// As whom somebody acts.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Acting {
    pub(super) user_id: UserId,
    pub(super) email: String,
    pub(super) access_token: Secret,
    /// When it is over.
    pub(super) until: DateTime<Utc>,
}

impl Acting {
    /// Whether its time is over, by the clock of this machine; the platform's own is what counts.
    pub(super) fn is_over(&self) -> bool {
        u64::try_from(self.until.timestamp()).is_ok_and(|until| now() >= until)
    }
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
            acting: None,
        }
    }

    /// The same session with a token that acts for an organisation, or for none.
    pub(super) fn for_organisation(self, acting: &ActingFor) -> Self {
        let stale_at = now() + acting.expires_in.saturating_sub(EARLY);
        Self { access_token: acting.access_token.clone(), stale_at, ..self }
    }

    /// The same sign-in with the tokens of a refresh or a step-up.
    pub(super) fn renewed(self, tokens: &TokenResponse) -> Self {
        let acting = self.acting;
        Self { acting, ..Self::new(self.url, self.email, tokens, self.device_token) }
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

/// What is kept of a device when its sign-in is over: the next one from here is not that of a new device.
#[derive(Serialize, Deserialize)]
struct KeptDevice {
    url: String,
    email: String,
    device_token: Secret,
}

/// The file beside the sign-in that the devices are kept in,
const DEVICES: &str = "devices.json";
/// and how many: the oldest goes when there are more.
const MOST_DEVICES: usize = 50;

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

    /// Puts a sign-in in the place of what was there; none, to forget it. The devices of both stay known.
    pub(super) fn write(&mut self, kept: Option<&Kept>) -> Result<(), Failure> {
        let older = self.read().unwrap_or_default();
        let text = kept.map(serde_json::to_string_pretty).transpose()?.unwrap_or_default();
        self.0.seek(SeekFrom::Start(0))?;
        self.0.set_len(0)?;
        self.0.write_all(text.as_bytes())?;
        self.0.sync_data()?;
        older.iter().chain(kept).try_for_each(|kept| self.remember(kept))
    }

    /// By what the platform knows this device, where somebody has signed in there with this address before.
    pub(super) fn device_token(&mut self, url: &str, email: &str) -> Option<Secret> {
        // An earlier version kept it in the sign-in alone.
        let kept = self.read().unwrap_or_default().filter(|kept| kept.url == url && kept.email == email);
        let found = || self.devices().into_iter().find(|device| device.url == url && device.email == email);
        kept.and_then(|kept| kept.device_token).or_else(|| found().map(|device| device.device_token))
    }

    /// The devices, the newest last. None, where they cannot be read: that only makes the next sign-in one of a new device.
    fn devices(&self) -> Vec<KeptDevice> {
        let text = std::fs::read(self.1.with_file_name(DEVICES)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn remember(&self, kept: &Kept) -> Result<(), Failure> {
        let Some(device_token) = kept.device_token.clone() else { return Ok(()) };
        let mut devices = self.devices();
        let is_same = |device: &KeptDevice| device.url == kept.url && device.email == kept.email;
        if devices.iter().any(|device| is_same(device) && device.device_token.expose() == device_token.expose()) {
            return Ok(());
        }
        devices.retain(|device| !is_same(device));
        devices.push(KeptDevice { url: kept.url.clone(), email: kept.email.clone(), device_token });
        devices.drain(..devices.len().saturating_sub(MOST_DEVICES));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(self.1.with_file_name(DEVICES))?;
        Ok(file.write_all(serde_json::to_string_pretty(&devices)?.as_bytes())?)
    }
}
