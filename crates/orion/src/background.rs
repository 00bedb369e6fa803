//! What runs once for all services of a process, and what the process says of itself.

use crate::running::RunningService;
use crate::settings::ProcessSettings;
use crate::topology::url_of;
use orion_contracts::ServiceName;
use orion_contracts::bus::{Announcement, BusMessage};
use orion_http::Identity;
use orion_infra::bus::Bus;
use orion_infra::settings::Applied;
use orion_infra::tasks::Task;
use orion_infra::{Clock, Infra};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often instances announce themselves.
const ANNOUNCE: Duration = Duration::from_secs(1);

/// What each service of this process says of itself.
pub(crate) fn announcements(services: &BTreeMap<ServiceName, RunningService>, clock: &Clock) -> Vec<Announcement> {
    let announce = |(name, service): (&ServiceName, &RunningService)| Announcement {
        instance: service.running.context.infra.instance,
        service: *name,
        url: url_of(service.address),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_version: None,
        settings_refused: Vec::new(),
        started_at: clock.now(),
    };
    services.iter().map(announce).collect()
}

/// The tasks.
pub(crate) fn tasks(
    infra: &Infra,
    identity: &Identity,
    announcements: Vec<Announcement>,
    settings: &Arc<ProcessSettings>,
) -> [Task; 4] {
    let (hearing, telling, knowing) = (infra.bus.clone(), infra.bus.clone(), identity.clone());
    let (following, told, asking) = (settings.clone(), settings.clone(), infra.clone());
    let announcements = Arc::new(announcements);
    [
        Task::new("bus", move |stop| {
            let bus = hearing.clone();
            async move { bus.run(stop).await }
        }),
        Task::new("identity", move |stop| {
            let identity = knowing.clone();
            async move { identity.run(stop).await }
        }),
        Task::new("settings", move |stop| {
            let (settings, infra) = (following.clone(), asking.clone());
            async move { settings.run(&infra, stop).await }
        }),
        Task::now_and_every("announcements", &infra.clock, ANNOUNCE, move || {
            announce(announcements.clone(), told.applied(), telling.clone())
        }),
    ]
}

async fn announce(announcements: Arc<Vec<Announcement>>, settings: Applied, bus: Bus) {
    for announcement in announcements.iter() {
        bus.publish(BusMessage::Announced(with(announcement, &settings))).await;
    }
}

/// An announcement with what has become of the settings.
fn with(announcement: &Announcement, Applied { version, refused, .. }: &Applied) -> Announcement {
    Announcement { settings_version: *version, settings_refused: refused.clone(), ..announcement.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_has_not_heard_the_settings_says_so_and_names_no_version() {
        let written = json!({
            "instance": "00000000-0000-0000-0000-000000000000", "service": "auth", "url": "", "version": "", "started_at": "2026-01-01T00:00:00Z",
        });
        let announcement: Announcement = serde_json::from_value(written).expect("an announcement");
        assert_eq!(announcement.settings_version, None, "of a version that tells nothing of settings");
        assert_eq!(with(&announcement, &Applied::default()).settings_version, None);
        let applied = Applied { version: Some(0), refused: vec!["so".to_owned()], ..Applied::default() };
        let told = with(&announcement, &applied);
        assert_eq!((told.settings_version, told.settings_refused), (Some(0), applied.refused));
    }
}
