//! Which instances are there: those that announced themselves over the bus in the last seconds.

use orion_contracts::bus::{Announcement, BusMessage};
use orion_contracts::{InstanceId, ServiceName};
use orion_infra::Infra;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// An instance that was not heard of for this long is gone; each announces itself every second.
const GONE: Duration = Duration::from_secs(5);

/// Instances by id, with the monotonic time at which they were last heard of.
#[derive(Default)]
pub(crate) struct Instances(Mutex<HashMap<InstanceId, (Announcement, Duration)>>);

impl Instances {
    /// Listens until told to stop.
    pub(crate) async fn follow(&self, infra: &Infra, stop: CancellationToken) {
        let mut messages = infra.bus.subscribe();
        loop {
            match stop.run_until_cancelled(messages.recv()).await {
                Some(Ok(BusMessage::Announced(announcement))) => self.heard(announcement, infra.clock.monotonic()),
                // Each announces itself again in a second.
                Some(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Some(Err(RecvError::Closed)) | None => return,
            }
        }
    }

    /// Takes an announcement.
    pub(crate) fn heard(&self, announcement: Announcement, now: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, heard)| now.saturating_sub(*heard) < GONE);
        known.insert(announcement.instance, (announcement, now));
    }

    /// The instances of a service, oldest first.
    pub(crate) fn of(&self, service: ServiceName, now: Duration) -> Vec<Announcement> {
        self.all(now).into_iter().filter(|announcement| announcement.service == service).collect()
    }

    /// The instances of all services, oldest first.
    pub(crate) fn all(&self, now: Duration) -> Vec<Announcement> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let there = known.values().filter(|(_, heard)| now.saturating_sub(*heard) < GONE);
        let mut found: Vec<_> = there.map(|(announcement, _)| announcement.clone()).collect();
        found.sort_by_key(|announcement| announcement.instance);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_gone_when_it_was_not_heard_of_for_five_seconds() {
        let instances = Instances::default();
        let announcement = Announcement {
            instance: InstanceId(uuid::Uuid::nil()),
            service: ServiceName::Auth,
            url: "http://127.0.0.1:3001".to_owned(),
            version: "0.1.0".to_owned(),
            settings_version: None,
            settings_refused: Vec::new(),
            started_at: chrono::DateTime::UNIX_EPOCH,
        };
        instances.heard(announcement, Duration::from_secs(10));
        assert_eq!(instances.of(ServiceName::Auth, Duration::from_secs(14)).len(), 1);
        assert!(instances.of(ServiceName::Users, Duration::from_secs(14)).is_empty());
        assert!(instances.of(ServiceName::Auth, Duration::from_secs(15)).is_empty());
    }
}
