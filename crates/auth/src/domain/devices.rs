//! Devices that somebody has signed in from. A device is known by a token that only auth can have made: it says which device,
//! of which address, and until when. Nothing of it is stored, and it proves nothing but that somebody signed in there with
//! the password in force: with another one everybody is a stranger again, whoever collected tokens before.

use super::Auth;
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::{Email, Secret};
use orion_infra::secrets::Scope;
use uuid::Uuid;

/// What the MAC is for.
const PURPOSE: &[&str] = &["login-device"];
/// How long a device is known after its last sign-in; longer than any session is configured to live, as a rule.
const KEPT: TimeDelta = TimeDelta::days(365);

impl Auth {
    /// A token by which the next sign-in to this address from this device is known; `device` is what it was known as
    /// until now.
    pub(super) fn device_token(
        &self,
        email: &Email,
        password_since: DateTime<Utc>,
        device: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Secret {
        let device = device.unwrap_or_else(|| self.infra.random.id(&self.infra.clock));
        let head = format!("{}.{}", device.simple(), (now + KEPT).timestamp());
        let mac = self.infra.secrets.mac(Scope::AtRest, PURPOSE, text(&head, email, password_since).as_bytes());
        Secret::new(format!("{head}.{mac}"))
    }

    /// The device that a token says, when it was made for this address and its password, and is not too old.
    pub(super) fn device_of(
        &self,
        email: &Email,
        password_since: DateTime<Utc>,
        token: &Secret,
        now: DateTime<Utc>,
    ) -> Option<Uuid> {
        let (device, rest) = token.expose().split_once('.')?;
        let (until, mac) = rest.split_once('.')?;
        let made = text(&format!("{device}.{until}"), email, password_since);
        if !self.infra.secrets.verify(Scope::AtRest, PURPOSE, made.as_bytes(), mac) {
            return None;
        }
        let until: i64 = until.parse().ok()?;
        Uuid::try_parse(device).ok().filter(|_| now.timestamp() < until)
    }
}

/// What is signed. An address has no line break.
fn text(head: &str, email: &Email, password_since: DateTime<Utc>) -> String {
    format!("{head}\n{email}\n{}", password_since.timestamp_micros())
}
