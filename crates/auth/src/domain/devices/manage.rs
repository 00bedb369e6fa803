//! What people do with their devices: look, name, stop trusting, block, forget; and what administrators do for them.

use super::name_of;
use crate::domain::security_events::SecurityEvent;
use crate::domain::{Auth, Subject};
use crate::error::AuthError;
use crate::store::{accounts, devices, sessions};
use chrono::{DateTime, Utc};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{Device, DeviceList, DeviceStatus};
use orion_contracts::events::SessionEnd;
use orion_contracts::{DeviceId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use uuid::Uuid;

/// What is done with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceOrder {
    /// It is signed out, and signs in no more.
    Block,
    /// It may sign in again.
    Unblock,
    /// It is asked for the second factor again.
    Distrust,
    /// It is signed out, and is a stranger from then on.
    Forget,
}

/// Who orders it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OrderedBy {
    /// Whose device it is.
    Owner,
    /// An administrator, for its owner or against whoever has the device.
    Administrator,
}

impl OrderedBy {
    /// Nobody is the administrator of their own devices, or a block by another one would bind no administrator.
    fn of(subject: Subject<'_>) -> Self {
        match subject.is_own() {
            true => Self::Owner,
            false => Self::Administrator,
        }
    }
}

impl DeviceOrder {
    /// What it makes of a device; `None` where it is so already. What an administrator has blocked stays so, whatever its owner
    /// orders: forgotten, it could sign in as a new one.
    fn outcome(
        self,
        device: &devices::Model,
        by: OrderedBy,
        now: DateTime<Utc>,
    ) -> Result<Option<DeviceStatus>, AuthError> {
        if device.is_held() && by == OrderedBy::Owner && matches!(self, Self::Unblock | Self::Forget) {
            return Err(AuthError::DeviceHeld);
        }
        // A block of its owner's becomes one of the administrator's.
        if self == Self::Block && by == OrderedBy::Administrator && !device.is_held() {
            return Ok(Some(DeviceStatus::Blocked));
        }
        Ok(self.makes_of(device.status(now)))
    }

    fn makes_of(self, status: DeviceStatus) -> Option<DeviceStatus> {
        match (self, status) {
            (Self::Block, DeviceStatus::Blocked) => None,
            (Self::Block, _) => Some(DeviceStatus::Blocked),
            (Self::Unblock, DeviceStatus::Blocked) | (Self::Distrust, DeviceStatus::Trusted) => {
                Some(DeviceStatus::Untrusted)
            }
            (Self::Unblock | Self::Distrust, _) => None,
            (Self::Forget, status) => Some(status),
        }
    }

    const fn ends_sessions(self) -> bool {
        matches!(self, Self::Block | Self::Forget)
    }

    const fn words(self) -> (AuditAction, &'static str) {
        match self {
            Self::Block => (AuditAction::Update, "Blocked a device; its sessions ended"),
            Self::Unblock => (AuditAction::Update, "Let a device that was blocked sign in again"),
            Self::Distrust => (AuditAction::Update, "Stopped trusting a device"),
            Self::Forget => (AuditAction::Delete, "Forgot a device; its sessions ended"),
        }
    }
}

impl Auth {
    /// The devices of a person, as the caller sees them.
    pub(crate) async fn devices_of(&self, user_id: UserId, caller: &Caller) -> Result<DeviceList, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        accounts::find(db, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
        let found = devices::of(db, user_id.0).await?;
        let alive = sessions::alive_of(db, user_id.0, now).await?;
        let current = alive.iter().find(|session| Some(session.id) == caller.session_id().map(|sid| sid.0));
        let current = current.and_then(|session| session.device_id);
        let used_at =
            |id: Uuid| alive.iter().filter(|session| session.device_id == Some(id)).map(sessions::Model::used_at).max();
        let mut items: Vec<Device> = found
            .into_iter()
            .filter(|device| device.is_known(now))
            .map(|device| Device { is_current: current == Some(device.id), ..shown(&device, used_at(device.id), now) })
            .collect();
        items.sort_by_key(|device| std::cmp::Reverse(device.last_seen_at));
        Ok(DeviceList { items })
    }

    /// Gives one's own device another name.
    pub(crate) async fn rename_device(&self, caller: &Caller, id: DeviceId, name: &str) -> Result<(), AuthError> {
        let user_id = caller.user_id().0;
        self.infra
            .write(caller, async |change| {
                accounts::lock(change, user_id).await?.ok_or(AuthError::UserNotFound)?;
                devices::find(change, user_id, id.0).await?.ok_or(AuthError::DeviceNotFound)?;
                devices::rename(change, id.0, name.trim()).await?;
                change.audit(AuditRecord::new(AuditAction::Update, "device", "Renamed a device").on(id));
                Ok(())
            })
            .await
    }

    /// Does something with a person's device. What is so already is no error.
    pub(crate) async fn order_device(
        &self,
        subject: Subject<'_>,
        id: DeviceId,
        order: DeviceOrder,
    ) -> Result<(), AuthError> {
        let (user_id, by) = (subject.user_id(), OrderedBy::of(subject));
        self.infra
            .write(subject.caller(), async |change| {
                accounts::lock(change, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
                let device = devices::find(change, user_id.0, id.0).await?.ok_or(AuthError::DeviceNotFound)?;
                let Some(status) = order.outcome(&device, by, change.now())? else {
                    change.unaudited("the device is so already");
                    return Ok(());
                };
                match order {
                    DeviceOrder::Forget => devices::delete(change, device.id).await?,
                    _ => devices::distrust(change, device.id, status, by == OrderedBy::Administrator).await?,
                }
                if order.ends_sessions() {
                    self.end_sessions_on(change, user_id, device.id).await?;
                }
                if order == DeviceOrder::Block && !device.is_blocked() {
                    self.note(change, SecurityEvent::DeviceBlocked, Some(user_id.0), None).await?;
                }
                let (action, description) = order.words();
                change.audit(AuditRecord::new(action, "device", description).on(id));
                Ok(())
            })
            .await
    }

    async fn end_sessions_on(&self, change: &mut Change, user_id: UserId, device: Uuid) -> Result<(), AuthError> {
        for session in self.lock_open(change, user_id).await?.iter().filter(|one| one.device_id == Some(device)) {
            self.end_session(change, session, SessionEnd::Revoked).await?;
        }
        Ok(())
    }
}

/// A device as people see it; `used_at` says when a session of it was used last.
fn shown(device: &devices::Model, used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Device {
    let (called, kind) = name_of(device.user_agent.as_deref());
    let status = device.status(now);
    Device {
        id: DeviceId(device.id),
        name: device.name.clone().unwrap_or(called),
        kind,
        status,
        is_blocked_by_administrator: device.is_held(),
        trusted_until: device.trusted_until.filter(|_| status == DeviceStatus::Trusted),
        ip_address: device.place.clone(),
        login_count: device.login_count,
        first_seen_at: device.first_seen_at,
        last_seen_at: used_at.unwrap_or(device.signed_in_at).max(device.signed_in_at),
        is_current: false,
    }
}
