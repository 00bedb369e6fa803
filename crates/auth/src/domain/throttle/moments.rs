//! What is counted for a minute, or for the time of one flow, link or enrolment: in the cache, not in rows.
//!
//! A sign-in waits for no disk before its password was looked at, and a row that all sign-ins of a place write would make them
//! wait for one another. What is lost with the cache is a minute of one limit: the failures themselves are counted in rows, by
//! bucket, and those delay after a restart as before it. Administrators are not shown it either, for a minute is over before
//! anybody has looked.

use crate::domain::Auth;
use crate::domain::places::place_of;
use crate::error::AuthError;
use orion_infra::request::RequestContext;
use std::time::Duration;
use uuid::Uuid;

/// The window of the counters per client address and device.
const ADDRESS_WINDOW: Duration = Duration::from_secs(60);

impl Auth {
    /// Lets something be tried by whoever is at this address, however many accounts they try.
    pub(in crate::domain) async fn admit_stranger(&self) -> Result<(), AuthError> {
        self.admit_minute(RequestContext::current().ip_address.as_deref().map(place_of).as_deref(), None).await
    }

    /// Lets a sign-in by a passkey begin. It is counted apart from tries: a page that offers passkeys begins one for everybody
    /// who looks at it, also for those who then type a password.
    pub(in crate::domain) async fn admit_beginning(&self, named: Option<Uuid>) -> Result<(), AuthError> {
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        self.admit_one_of_minute("passkey-beginning", place.as_deref(), named).await
    }

    /// Counts tries per place, or per device where that is known: strangers at the same address take nothing from it, and
    /// whoever has one tries no more by it than others. With a cache that is away the buckets still hold.
    pub(super) async fn admit_minute(&self, place: Option<&str>, device: Option<Uuid>) -> Result<(), AuthError> {
        self.admit_one_of_minute("login", place, device).await
    }

    async fn admit_one_of_minute(
        &self,
        what: &str,
        place: Option<&str>,
        device: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let limit = u64::from(self.config.get().login_attempts_per_address_per_minute);
        let key = match (device, place) {
            (Some(device), _) => format!("{what}-device:{}", device.simple()),
            (None, Some(place)) => format!("{what}-address:{place}"),
            (None, None) => return Ok(()),
        };
        match limit == 0 || self.is_within(&key, ADDRESS_WINDOW, limit).await {
            true => Ok(()),
            false => Err(AuthError::Throttled(ADDRESS_WINDOW.as_secs())),
        }
    }

    /// Counts one more; whether there were not too many. A cache that is away lets everybody pass.
    pub(in crate::domain) async fn is_within(&self, key: &str, window: Duration, limit: u64) -> bool {
        match self.infra.cache.increment(key, window).await {
            Ok(count) => count <= limit,
            Err(error) => {
                tracing::debug!(%error, key, "what is limited is not counted");
                true
            }
        }
    }
}
