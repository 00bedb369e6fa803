//! Devices that somebody has signed in from. A device is known by a token that only auth can have made and that nobody else
//! has; which address it comes from does not matter. Each person has devices of their own, also on one machine.
//!
//! What a device may is taken back by a new password: it must sign in with that first. Until then it is a stranger to the
//! throttle, and is not trusted, whoever collected tokens before.

mod browser;
mod manage;
mod new;
mod user_agent;

pub(crate) use browser::MOST_OF_BROWSER;
pub(crate) use manage::DeviceOrder;
pub(super) use user_agent::{known_name_of, name_of};

use super::Auth;
use super::flows::Flow;
use super::places::place_of;
use crate::error::AuthError;
use crate::store::{credentials, devices, sessions};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::Secret;
use orion_contracts::auth::DeviceStatus;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What the MAC is for.
const PURPOSE: &[&str] = &["device"];
/// How many devices a person has at most; of those seen once, and then of all, the one that did not sign in for
/// longest makes room.
const MAX_DEVICES: u64 = 50;
/// The longest text of what a device says of itself that is kept, in bytes.
const LONGEST_AGENT: usize = 512;

impl Auth {
    /// The token by which a device is known.
    pub(super) fn device_token(&self, id: Uuid) -> Secret {
        let id = id.simple().to_string();
        let mac = self.infra.secrets.mac(Scope::AtRest, PURPOSE, id.as_bytes());
        Secret::new(format!("{id}.{mac}"))
    }

    /// The device that a token names; whose it is remains to be asked.
    pub(super) fn device_named(&self, token: Option<&Secret>) -> Option<Uuid> {
        let (id, mac) = token?.expose().split_once('.')?;
        let is_ours = self.infra.secrets.verify(Scope::AtRest, PURPOSE, id.as_bytes(), mac);
        Uuid::try_parse(id).ok().filter(|_| is_ours)
    }

    /// The device, when it is this person's and has signed in with the password that is in force since then.
    pub(super) async fn known_device(
        &self,
        connection: &impl ConnectionTrait,
        user_id: Option<Uuid>,
        named: Option<Uuid>,
        password_since: DateTime<Utc>,
    ) -> Result<Option<devices::Model>, DbError> {
        let Some(named) = named else { return Ok(None) };
        let now = self.infra.clock.now();
        // Asked for unknown people too, so that it costs the same. What was chosen while the clock was ahead is from now.
        let found = devices::find(connection, user_id.unwrap_or(Uuid::nil()), named).await?;
        Ok(found.filter(|device| device.is_known(now) && device.signed_in_at >= password_since.min(now)))
    }

    /// Whether the device that a flow comes from is blocked for this person, by its owner or by an administrator. The flow may be
    /// nobody's yet.
    pub(super) async fn is_blocked(
        &self,
        connection: &impl ConnectionTrait,
        flow: &Flow,
        user_id: Uuid,
    ) -> Result<bool, DbError> {
        let Some(named) = flow.row.device_id else { return Ok(false) };
        Ok(devices::find(connection, user_id, named).await?.is_some_and(|device| device.is_blocked()))
    }

    /// Whether the device that a flow comes from stands in for the second factor.
    pub(super) async fn is_trusted(&self, connection: &impl ConnectionTrait, flow: &Flow) -> Result<bool, DbError> {
        let (Some(user_id), named, now) = (flow.row.user_id, flow.row.device_id, self.infra.clock.now()) else {
            return Ok(false);
        };
        if named.is_none() || self.config.get().trusted_device_days == 0 {
            return Ok(false);
        }
        // Without a password there is none that could have been changed since.
        let credential = credentials::find(connection, user_id).await?;
        // Nor does the old password alone, with a device, choose the next one.
        if credential.as_ref().is_some_and(|credential| credential.must_change) {
            return Ok(false);
        }
        let since = credential.map_or(DateTime::UNIX_EPOCH, |credential| credential.changed_at);
        let device = self.known_device(connection, Some(user_id), named, since).await?;
        Ok(device.is_some_and(|device| device.status(now) == DeviceStatus::Trusted))
    }

    /// Notes that somebody signs in from a device, with the change that holds their account: the one that they came with, or
    /// a new one.
    pub(super) async fn see_device(&self, change: &Change, flow: &Flow) -> Result<devices::Model, AuthError> {
        let (user_id, now) = (flow.user()?, change.now());
        let named = flow.row.device_id.unwrap_or(Uuid::nil());
        let found = devices::find(change, user_id, named).await?.filter(|device| device.is_known(now));
        let is_new = found.is_none();
        let mut device = found.unwrap_or_else(|| new_device(change, user_id));
        let request = RequestContext::current();
        device.user_agent = request.user_agent.as_deref().map(|agent| shortened(agent).to_owned());
        device.place = request.ip_address.as_deref().map(place_of);
        (device.login_count, device.signed_in_at) = (device.login_count.saturating_add(1), now);
        let days = i64::from(self.config.get().trusted_device_days);
        let is_trusting = flow.row.is_trusting && days > 0 && flow.has_second_factor();
        if is_trusting {
            DeviceStatus::Trusted.as_str().clone_into(&mut device.status);
            device.trusted_until = Some(now + TimeDelta::days(days));
        } else if !is_new && device.status(now) == DeviceStatus::Trusted && !self.is_trusted(change, flow).await? {
            // It was trusted with another password.
            DeviceStatus::Untrusted.as_str().clone_into(&mut device.status);
            device.trusted_until = None;
        }
        if is_trusting && !is_new {
            // Trust comes with a token of its own: whoever has copied the one of before has nothing of it.
            let old = std::mem::replace(&mut device.id, change.id());
            devices::delete(change, old).await?;
            sessions::move_device(change, user_id, old, device.id).await?;
        }
        match is_new || is_trusting {
            true => self.add_device(change, device.clone()).await?,
            false => devices::signed_in(change, &device).await?,
        }
        Ok(device)
    }

    async fn add_device(&self, change: &Change, device: devices::Model) -> Result<(), DbError> {
        // What is blocked stays so for as long as something else can go.
        for old in devices::beyond(change, device.user_id, MAX_DEVICES - 1, change.now()).await? {
            devices::delete(change, old).await?;
        }
        devices::insert(change, device).await
    }
}

fn new_device(change: &Change, user_id: Uuid) -> devices::Model {
    devices::Model {
        id: change.id(),
        user_id,
        name: None,
        user_agent: None,
        status: DeviceStatus::Untrusted.as_str().to_owned(),
        trusted_until: None,
        is_blocked_by_administrator: false,
        place: None,
        login_count: 0,
        first_seen_at: change.now(),
        signed_in_at: change.now(),
    }
}

/// The beginning of a text, cut between letters.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_AGENT)]
}
