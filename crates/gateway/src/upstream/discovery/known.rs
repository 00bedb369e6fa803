//! What is known of one name, and for how long it counts.

use super::names::{Answer, Found};
use crate::upstream::config::DnsConfig;
use std::time::Duration;

/// Between two looks at least.
const LEAST: Duration = Duration::from_secs(1);

/// The endpoints of a name.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Those that count now.
    pub(super) found: Vec<Found>,
    /// When all of them were last confirmed, by an answer that said something and was whole.
    confirmed: Duration,
}

impl Known {
    /// Takes an answer down. Whether other endpoints count now.
    pub(super) fn take(&mut self, answer: Result<&Answer, ()>, config: &DnsConfig, now: Duration) -> bool {
        let age = now.saturating_sub(self.confirmed);
        let (keep, keep_empty) = (Duration::from_millis(config.keep_ms), Duration::from_millis(config.keep_empty_ms));
        let next = match answer {
            Ok(answer) if answer.is_whole && !answer.found.is_empty() => {
                self.confirmed = now;
                sorted(answer.found.clone())
            }
            // There is nothing: believed when it has been said for a while.
            Ok(answer) if answer.is_whole && age >= keep_empty => Vec::new(),
            Ok(answer) if answer.is_whole => return false,
            // A part of it: whoever is not in it may be in the other part.
            Ok(answer) if age < keep => sorted([answer.found.clone(), self.found.clone()].concat()),
            Ok(answer) => sorted(answer.found.clone()),
            Err(()) if age < keep => return false,
            Err(()) => Vec::new(),
        };
        let is_other = next != self.found;
        self.found = next;
        is_other
    }
}

/// Once each, in one order; of two weights of one address the first counts.
fn sorted(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| one.address);
    found.dedup_by_key(|one| one.address);
    found
}

/// When a name is looked up again.
pub(super) fn pause(answer: Result<&Answer, ()>, config: &DnsConfig) -> Duration {
    let refresh = Duration::from_millis(config.refresh_ms);
    let lasts = answer.ok().and_then(|answer| answer.lasts).unwrap_or(refresh);
    lasts.clamp(LEAST, refresh.max(LEAST))
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
