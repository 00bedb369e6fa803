//! Telling of a device that an account was not known to have.

use super::name_of;
use crate::domain::Auth;
use crate::domain::places::place_of;
use crate::domain::security_events::SecurityEvent;
use crate::error::AuthError;
use crate::store::devices::{self, Model};
use crate::store::{login_attempts, security_events};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::auth::SecurityEventKind;
use orion_infra::Change;
use uuid::Uuid;

/// For how long one note stands for all devices that look alike.
const ALIKE: TimeDelta = TimeDelta::days(1);
/// The same, for those that look like one that was blocked.
const ALIKE_BLOCKED: TimeDelta = TimeDelta::hours(1);
/// For how long many failures make a new device look odd.
const BESET: TimeDelta = TimeDelta::days(1);
/// How many notes of that time are looked at.
const MOST_NOTES: u64 = 50;

impl Auth {
    /// Notes a sign-in from a device that the account was not known to have, whatever its network; not the first sign-in of an
    /// account. It is asked before the sign-in itself is recorded.
    ///
    /// A browser that forgets its cookies is a new device each time. It matters less when one like it is known at the same
    /// place, and is noted once a day. Says whether it is new and like none that was known for longer.
    pub(in crate::domain) async fn note_new_device(
        &self,
        change: &mut Change,
        device: &Model,
    ) -> Result<bool, AuthError> {
        if device.login_count > 1 {
            return Ok(false);
        }
        let user_id = device.user_id;
        let mut others = devices::of(change, user_id).await?;
        others.retain(|other| other.id != device.id && other.is_known(change.now()));
        if others.is_empty() && !login_attempts::has_signed_in(change, user_id).await? {
            return Ok(false);
        }
        let name = name_of(device.user_agent.as_deref());
        others.retain(|other| other.place == device.place && name_of(other.user_agent.as_deref()) == name);
        // One that its owner has blocked comes back as another, and is told of soon again.
        let is_like_blocked = others.iter().any(Model::is_blocked);
        let since = match is_like_blocked {
            true => self.blocked_since(change, user_id).await?,
            false => change.now() - ALIKE,
        };
        others.retain(|other| !other.is_blocked());
        if self.was_noted_alike(change, device, &others, since).await? {
            return Ok(true);
        }
        let is_like_known = !is_like_blocked && !others.is_empty();
        self.note(change, SecurityEvent::NewDevice { is_like_known }, Some(user_id), None).await?;
        Ok(!is_like_known)
    }

    /// Whether many failures at the account were noted a short while ago: a new device that signs in then looks odd.
    pub(in crate::domain) async fn was_beset(&self, change: &Change, user_id: Uuid) -> Result<bool, AuthError> {
        for kind in [SecurityEventKind::LoginRepeatedFailures, SecurityEventKind::FactorRepeatedFailures] {
            let filter = security_events::Filter {
                user_id: Some(user_id),
                event_type: Some(kind.as_str().to_owned()),
                since: Some(change.now() - BESET),
                ..security_events::Filter::default()
            };
            if !security_events::newest(change, filter, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Since when a note stands for those that look like a blocked one: not since before the last block, for what was told before
    /// is not what its owner has blocked it for.
    async fn blocked_since(&self, change: &Change, user_id: Uuid) -> Result<DateTime<Utc>, AuthError> {
        let since = change.now() - ALIKE_BLOCKED;
        let filter = security_events::Filter {
            user_id: Some(user_id),
            event_type: Some(SecurityEventKind::DeviceBlocked.as_str().to_owned()),
            since: Some(since),
            ..security_events::Filter::default()
        };
        let blocked = security_events::newest(change, filter, 1).await?;
        Ok(blocked.first().map_or(since, |event| event.occurred_at))
    }

    /// Whether one that looks like it was noted at the same place since then, and still is one of the `alike`: a note of one that
    /// its owner has forgotten or blocked stands for nothing.
    async fn was_noted_alike(
        &self,
        change: &Change,
        device: &Model,
        alike: &[Model],
        since: DateTime<Utc>,
    ) -> Result<bool, AuthError> {
        let filter = security_events::Filter {
            user_id: Some(device.user_id),
            event_type: Some(SecurityEventKind::LoginNewDevice.as_str().to_owned()),
            since: Some(since),
            ..security_events::Filter::default()
        };
        let noted = security_events::newest(change, filter, MOST_NOTES).await?;
        let name = name_of(device.user_agent.as_deref());
        Ok(noted.iter().any(|event| {
            // A device is noted by the sign-in that it is first seen at.
            alike.iter().any(|other| other.first_seen_at == event.occurred_at)
                && event.ip_address.as_deref().map(place_of) == device.place
                && name_of(event.user_agent.as_deref()) == name
        }))
    }
}
