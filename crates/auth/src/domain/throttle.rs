//! How sign-ins are slowed down after failures, without giving anybody the power to lock somebody else out.
//!
//! Failures are counted in two buckets per address typed in, whether or not it has an account: one for each place (client
//! address, or the /64 of an IPv6 one) from which that account has signed in within the last 30 days, and one for all
//! other places together. Once
//! a bucket has seen `login_failures_before_delay` failures in a row, each further try has to wait: a second, then
//! twice as long each time, up to 15 minutes; from the hundredth failure on, a day. An attacker elsewhere therefore
//! cannot slow down the owner at home, and gets about a hundred guesses a day. A success, or a day of quiet, empties
//! the bucket.

use super::Auth;
use crate::error::AuthError;
use crate::store::{login_attempts, rate_limits};
use chrono::TimeDelta;
use orion_contracts::{Author, Email};
use orion_http::server::client_network;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use std::net::IpAddr;
use std::time::Duration;

/// The longest wait, in seconds.
const LONGEST: i64 = 15 * 60;
/// From this many failures in a row on, the wait is a day (ASVS 5.0: at most 100 in a row).
const MANY: i64 = 100;
/// After this long without a failure, counting starts anew.
const QUIET: TimeDelta = TimeDelta::days(1);
/// How far the clocks of two processes may be apart.
const ASTRAY: TimeDelta = TimeDelta::minutes(5);
/// The window of the counter per client address.
const ADDRESS_WINDOW: Duration = Duration::from_secs(60);

/// How long to wait after so many failures in a row.
fn delay(failures: i64, threshold: u32) -> TimeDelta {
    let threshold = i64::from(threshold);
    if failures >= MANY {
        return QUIET;
    }
    match failures.saturating_sub(threshold) {
        over if over < 0 => TimeDelta::zero(),
        over => TimeDelta::seconds(2_i64.saturating_pow(u32::try_from(over).unwrap_or(u32::MAX)).min(LONGEST)),
    }
}

/// Where failures of one sign-in are counted.
pub(super) struct Bucket {
    key: String,
    /// A MAC of the address typed in, by the key of now.
    pub(super) identifier_mac: String,
    /// Where the try comes from.
    pub(super) place: Option<String>,
}

/// The place that an address belongs to.
fn place_of(ip_address: &str) -> String {
    ip_address.parse::<IpAddr>().map_or_else(|_| ip_address.to_owned(), |address| client_network(address).to_string())
}

impl Auth {
    /// Lets a sign-in pass, or says after how many seconds to come again.
    pub(super) async fn admit(&self, email: &Email, ip_address: Option<&str>) -> Result<Bucket, AuthError> {
        let place = ip_address.map(place_of);
        self.admit_place(place.as_deref()).await?;
        let now = self.infra.clock.now();
        let mut macs = self.infra.secrets.macs(Scope::AtRest, &["login-identifier"], email.as_str().as_bytes());
        let known = match &place {
            Some(place) => login_attempts::is_known_place(self.infra.db.read(), &macs, place, now).await?,
            None => false,
        };
        let counted = place.as_deref().filter(|_| known).unwrap_or("elsewhere");
        let identifier_mac = macs.swap_remove(0);
        let bucket = Bucket { key: format!("login:{identifier_mac}:{counted}"), identifier_mac, place };
        let row = rate_limits::find(self.infra.db.read(), &bucket.key, now).await?;
        // One that holds for longer than any does was counted by a clock that was ahead.
        let row = row.filter(|row| row.reset_at <= now + QUIET + ASTRAY);
        let Some(row) = row else { return Ok(bucket) };
        let wait = delay(row.count, self.config.login_failures_before_delay);
        if wait.is_zero() {
            return Ok(bucket);
        }
        match row.blocked_until {
            Some(until) if until > now => Err(AuthError::Throttled(seconds(until - now))),
            _ => {
                let claim = async |change: &mut Change| {
                    change.unaudited("a throttle; what comes of the try is audited");
                    rate_limits::claim(change, &bucket.key, now + wait, now).await
                };
                let claimed = self.infra.write(Author::ANONYMOUS, claim).await?;
                if claimed { Ok(bucket) } else { Err(AuthError::Throttled(seconds(wait))) }
            }
        }
    }

    /// Counts tries per place. A cache that is away lets everybody pass: the buckets still hold.
    async fn admit_place(&self, place: Option<&str>) -> Result<(), AuthError> {
        let limit = u64::from(self.config.login_attempts_per_address_per_minute);
        let (Some(place), true) = (place, limit > 0) else { return Ok(()) };
        match self.infra.cache.increment(&format!("login-address:{place}"), ADDRESS_WINDOW).await {
            Ok(count) if count > limit => Err(AuthError::Throttled(ADDRESS_WINDOW.as_secs())),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::debug!(%error, "sign-ins per address are not counted");
                Ok(())
            }
        }
    }

    /// Counts a failure; whether the bucket has just begun to delay.
    pub(super) async fn count_failure(&self, change: &Change, bucket: &Bucket) -> Result<bool, DbError> {
        let now = change.now();
        let threshold = self.config.login_failures_before_delay;
        let first = rate_limits::Model {
            key: bucket.key.clone(),
            key_type: "login".to_owned(),
            endpoint: "/api/v1/auth/login".to_owned(),
            count: 1,
            blocked_until: None,
            reset_at: now + QUIET,
            created_at: now,
            updated_at: now,
        };
        let count = rate_limits::count(change, first).await?;
        let wait = delay(count, threshold);
        // The row is held since it was counted: nobody else's wait comes between.
        rate_limits::block(change, &bucket.key, (!wait.is_zero()).then(|| now + wait)).await?;
        Ok(delay(count - 1, threshold).is_zero() && !wait.is_zero())
    }

    /// A success empties the bucket.
    pub(super) async fn forget_failures(&self, change: &Change, bucket: &Bucket) -> Result<(), DbError> {
        rate_limits::delete(change, &bucket.key).await
    }
}

fn seconds(wait: TimeDelta) -> u64 {
    u64::try_from(wait.num_seconds()).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_fifteen_minutes_and_a_day_after_a_hundred() {
        let waits: Vec<_> =
            [0, 4, 5, 6, 7, 14, 15, 99, 100, i64::MAX].map(|failures| delay(failures, 5).num_seconds()).into();
        assert_eq!(waits, [0, 0, 1, 2, 4, 512, 900, 900, 86_400, 86_400]);
    }

    #[test]
    fn callers_are_told_to_come_when_the_block_is_over() {
        assert_eq!(seconds(TimeDelta::milliseconds(1)), 1);
        assert_eq!(seconds(TimeDelta::seconds(900)), 901);
    }

    proptest::proptest! {
        #[test]
        fn waits_never_shrink_while_failures_grow(failures in 0..i64::MAX - 1, threshold in 1_u32..1000) {
            proptest::prop_assert!(delay(failures, threshold) <= delay(failures + 1, threshold));
        }
    }
}
