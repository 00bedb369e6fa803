//! What the gateway's processes have applied: each says it over the bus, every second.

use orion_contracts::InstanceId;
use orion_contracts::gateway_changes::GatewayApplied;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A process that was not heard of for this long is gone.
const GONE: Duration = Duration::from_secs(5);
/// How many are remembered: whoever can speak on the bus cannot fill the memory.
const MOST: usize = 10_000;

/// Processes by id, with the monotonic time at which they were last heard of.
#[derive(Default)]
pub(crate) struct Instances(Mutex<HashMap<InstanceId, (GatewayApplied, Duration)>>);

impl Instances {
    /// Takes what one says.
    pub(crate) fn heard(&self, applied: GatewayApplied, now: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, heard)| now.saturating_sub(*heard) < GONE);
        if known.len() < MOST || known.contains_key(&applied.instance) {
            known.insert(applied.instance, (applied, now));
        }
    }

    /// Those that are there, oldest first.
    pub(crate) fn all(&self, now: Duration) -> Vec<GatewayApplied> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let there = known.values().filter(|(_, heard)| now.saturating_sub(*heard) < GONE);
        let mut found: Vec<_> = there.map(|(applied, _)| applied.clone()).collect();
        found.sort_by_key(|applied| applied.instance);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn applied(instance: u128, version: i64) -> GatewayApplied {
        let instance = InstanceId(Uuid::from_u128(instance));
        GatewayApplied {
            instance,
            version: Some(version),
            refused: Vec::new(),
            file_refused: Vec::new(),
            applied_at: None,
        }
    }

    #[test]
    fn a_process_says_the_newest_and_is_gone_when_it_was_not_heard_of_for_five_seconds() {
        let instances = Instances::default();
        instances.heard(applied(1, 3), Duration::from_secs(10));
        instances.heard(applied(1, 4), Duration::from_secs(11));
        instances.heard(applied(0, 4), Duration::from_secs(14));
        let found: Vec<_> = instances.all(Duration::from_secs(15)).into_iter().map(|one| one.version).collect();
        assert_eq!(found, [Some(4), Some(4)]);
        assert_eq!(instances.all(Duration::from_secs(16)).len(), 1);
    }
}
