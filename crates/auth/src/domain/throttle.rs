//! How sign-ins are slowed down after failures, without giving anybody the power to lock somebody else out.
//!
//! Failures of an address typed in, whether or not it has an account, are counted by where they come from, in a bucket for
//! each device that its owner has signed in from ([`super::devices`]); for each place (client address, or the /64 of an
//! IPv6 one) from which the account has signed in within 90 days, or where a session of it was used last that is not over
//! for more than 30; and for each
//! network (/24, or /48) where nobody is known. Once a bucket has seen `login_failures_before_delay` failures in a row, each
//! further try there has to wait: a second, then twice as long each time, up to 15 minutes; from the hundredth failure on, a
//! day. A success, or a day of quiet, empties the bucket.
//!
//! Failures in networks where nobody is known are counted together as well. From the hundredth on a try there waits 15
//! minutes after the first failure already. So an attacker has a hundred guesses a day, and one more for each network; and
//! the owner signs in wherever the attacker is not, and with a device that is known, everywhere.

use super::Auth;
use super::attempts::Attempted;
use super::flights::Flight;
use super::places::{network_of, place_of};
use super::throttle_policy::Policy;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{credentials, login_attempts, rate_limits, sessions};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::{Author, Email};
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use orion_infra::{Change, DbError};
use std::time::Duration;
use uuid::Uuid;

/// The longest wait, in seconds.
const LONGEST: i64 = 15 * 60;
/// From this many failures in a row on, the wait is a day (ASVS 5.0: at most 100 in a row).
const MANY: i64 = 100;
/// After this long without a failure, counting starts anew.
const QUIET: TimeDelta = TimeDelta::days(1);
/// How far the clocks of two processes may be apart.
const ASTRAY: TimeDelta = TimeDelta::minutes(5);
/// What ends the key by which the failures of all networks together are counted.
pub(super) const ELSEWHERE: &str = "elsewhere";
/// The window of the counter per client address.
const ADDRESS_WINDOW: Duration = Duration::from_secs(60);

/// How long to wait after so many failures in a row; `pressed` says that there were many elsewhere.
fn delay(failures: i64, threshold: u32, pressed: bool) -> TimeDelta {
    let over = failures.saturating_sub(threshold.into());
    match failures {
        MANY.. => QUIET,
        1.. if pressed => TimeDelta::seconds(LONGEST),
        _ if over < 0 => TimeDelta::zero(),
        _ => TimeDelta::seconds(2_i64.saturating_pow(u32::try_from(over).unwrap_or(u32::MAX)).min(LONGEST)),
    }
}

/// A sign-in that may be tried, and where its failure is counted.
pub(super) struct Bucket {
    pub(super) policy: Policy,
    /// Whose account, when it exists.
    user_id: Option<Uuid>,
    key: String,
    /// Where it is counted with those of all other networks in which nobody is known.
    elsewhere: Option<String>,
    /// A MAC of the address typed in, by the key of now.
    pub(super) identifier_mac: String,
    /// The block that the try has moved on.
    claimed: Option<Claim>,
    /// As long as it is under way.
    flight: Flight,
}

impl Bucket {
    /// Where its failures are counted.
    fn keys(&self) -> impl Iterator<Item = &str> {
        self.elsewhere.iter().chain([&self.key]).map(String::as_str)
    }
}

/// What is known of who signs in, before their password was looked at.
pub(super) struct Known {
    /// Whose address it is.
    pub(super) owner: Option<Uuid>,
    /// When they chose the password in force: who was known before that is known no more.
    pub(super) password_since: DateTime<Utc>,
    /// The device of theirs that it comes from.
    pub(super) device: Option<Uuid>,
}

/// A block that was over, and until when the try that it left free has moved it on.
struct Claim {
    before: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
}

impl Auth {
    /// Lets a sign-in pass, or says after how many seconds to come again.
    pub(super) async fn admit(&self, email: &Email, known: &Known) -> Result<Bucket, AuthError> {
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        // A device that is known has a bucket of its own: strangers at the same address take nothing from it.
        if known.device.is_none() {
            self.admit_place(place.as_deref()).await?;
        }
        let bucket = self.bucket(email, known, place).await?;
        self.pass(bucket).await
    }

    /// Lets the step of a sign-in that follows the first one pass, counted apart from those: whoever gets that far knows the
    /// password.
    pub(super) async fn admit_code(&self, user_id: Uuid, device: Option<Uuid>) -> Result<Bucket, AuthError> {
        self.admit_step(Policy::Code, user_id, device).await
    }

    /// Lets a password be tried at a step, counted apart from codes: whoever knows it must not empty their bucket by it.
    pub(super) async fn admit_flow_password(&self, user_id: Uuid, device: Option<Uuid>) -> Result<Bucket, AuthError> {
        self.admit_step(Policy::FlowPassword, user_id, device).await
    }

    /// Lets a passkey be tried, counted apart from codes: whoever sends a wrong one need not know the password.
    pub(super) async fn admit_passkey(&self, user_id: Uuid, device: Option<Uuid>) -> Result<Bucket, AuthError> {
        self.admit_step(Policy::Passkey, user_id, device).await
    }

    /// Lets a code of a visit at a provider be tried.
    pub(super) async fn admit_provider(&self, user_id: Uuid, device: Option<Uuid>) -> Result<Bucket, AuthError> {
        self.admit_step(Policy::Provider, user_id, device).await
    }

    /// Lets the password of now be tried by who is signed in.
    pub(super) async fn admit_password_change(&self, user_id: Uuid) -> Result<Bucket, AuthError> {
        self.admit_step(Policy::PasswordChange, user_id, None).await
    }

    /// Lets something be tried by whoever is at this address, however many accounts they try.
    pub(super) async fn admit_stranger(&self) -> Result<(), AuthError> {
        self.admit_place(RequestContext::current().ip_address.as_deref().map(place_of).as_deref()).await
    }

    /// Lets a sign-in by a passkey begin. It is counted apart from tries: a page that offers passkeys begins one for everybody
    /// who looks at it, also for those who then type a password.
    pub(super) async fn admit_beginning(&self) -> Result<(), AuthError> {
        let limit = u64::from(self.config.get().login_attempts_per_address_per_minute);
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        let (Some(place), true) = (place, limit > 0) else { return Ok(()) };
        match self.is_within(&format!("passkey-beginning:{place}"), ADDRESS_WINDOW, limit).await {
            true => Ok(()),
            false => Err(AuthError::Throttled(ADDRESS_WINDOW.as_secs())),
        }
    }

    async fn admit_step(&self, policy: Policy, user_id: Uuid, named: Option<Uuid>) -> Result<Bucket, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        self.admit_place(place.as_deref()).await?;
        let email = identifiers::find_of(db, user_id, EMAIL).await?.and_then(|email| email.value.parse().ok());
        let since = credentials::find(db, user_id).await?.map_or(now, |credential| credential.changed_at).min(now);
        let device = self.known_device(db, Some(user_id), named, since).await?.map(|device| device.id);
        let known = match &place {
            Some(place) if device.is_none() => sessions::is_place_of(db, user_id, place, now, since).await?,
            _ => false,
        };
        let identifier_mac = email.map(|email: Email| self.identifier_mac(&email)).unwrap_or_default();
        let subject = format!("{}:{}", policy.name(), user_id.simple());
        let whose = (policy, Some(user_id));
        self.pass(self.bucket_of(whose, &subject, identifier_mac, (place, device, known))).await
    }

    /// Lets a try pass by what was counted in its bucket, or records that one was refused.
    async fn pass(&self, mut bucket: Bucket) -> Result<Bucket, AuthError> {
        let passed = self.look_at(&mut bucket).await;
        if matches!(passed, Err(AuthError::Throttled(_))) {
            self.record_blocked_by(&bucket).await;
        }
        passed.map(|()| bucket)
    }

    async fn record_blocked_by(&self, bucket: &Bucket) {
        let Some(method) = bucket.policy.method() else { return };
        let attempted = Attempted {
            user_id: bucket.user_id,
            method: method.to_owned(),
            reason: Some("too many failures before; nobody looked at it"),
        };
        self.record_blocked(&bucket.key, &bucket.identifier_mac, &attempted).await;
    }

    async fn look_at(&self, bucket: &mut Bucket) -> Result<(), AuthError> {
        let threshold = self.config.get().login_failures_before_delay;
        let now = self.infra.clock.now();
        let (mut row, mut pressed) = (None, false);
        for counted in rate_limits::find(self.infra.db.read(), bucket.keys(), now).await? {
            // What holds for longer than anything does was counted by a clock that was ahead.
            match counted.reset_at <= now + QUIET + ASTRAY {
                true if counted.key == bucket.key => row = Some(counted),
                true => pressed = is_pressed(counted.count),
                false => {}
            }
        }
        let failures = row.as_ref().map_or(0, |row| row.count);
        let wait = delay(failures, threshold, pressed);
        let blocked_until = row.and_then(|row| row.blocked_until);
        if wait.is_zero() {
            // Those under way may all fail.
            let soon = delay(failures.saturating_add(bucket.flight.before), threshold, pressed);
            return if soon.is_zero() { Ok(()) } else { Err(AuthError::Throttled(1)) };
        }
        if let Some(until) = blocked_until.filter(|until| *until > now) {
            return Err(AuthError::Throttled(seconds(until - now)));
        }
        let until = now + wait;
        let claim = async |change: &mut Change| {
            change.unaudited("a throttle; what comes of the try is audited");
            rate_limits::claim(change, &bucket.key, until, now).await
        };
        if !self.infra.write(Author::ANONYMOUS, claim).await? {
            return Err(AuthError::Throttled(seconds(wait)));
        }
        bucket.claimed = Some(Claim { before: blocked_until, until });
        Ok(())
    }

    /// Where failures are counted: with the device's, the place's, or the network's.
    async fn bucket(
        &self,
        email: &Email,
        &Known { owner, password_since, device }: &Known,
        place: Option<String>,
    ) -> Result<Bucket, AuthError> {
        let mut macs = self.infra.secrets.macs(Scope::AtRest, &["login-identifier"], email.as_str().as_bytes());
        let known = match &place {
            Some(place) if device.is_none() => self.is_known_place(&macs, (owner, password_since), place).await?,
            _ => false,
        };
        let identifier_mac = macs.swap_remove(0);
        let subject = format!("{}:{identifier_mac}", Policy::Login.name());
        let whose = (Policy::Login, owner);
        Ok(self.bucket_of(whose, &subject, identifier_mac, (place, device, known)))
    }

    fn bucket_of(
        &self,
        (policy, user_id): (Policy, Option<Uuid>),
        subject: &str,
        identifier_mac: String,
        (place, device, known): (Option<String>, Option<Uuid>, bool),
    ) -> Bucket {
        let at = |place: &str| format!("{subject}:{place}");
        let (key, elsewhere) = match (device, &place) {
            (Some(device), _) => (at(&format!("device {}", device.simple())), None),
            (None, Some(place)) if known => (at(place), None),
            (None, place) => (at(&network_of(place.as_deref().unwrap_or("nowhere"))), Some(at(ELSEWHERE))),
        };
        let flight = self.signing_in.begin(&key);
        Bucket { policy, user_id, key, elsewhere, identifier_mac, claimed: None, flight }
    }

    /// The look-ups are made for unknown addresses too, so that they cost the same.
    async fn is_known_place(
        &self,
        macs: &[String],
        (owner, password_since): (Option<Uuid>, DateTime<Utc>),
        place: &str,
    ) -> Result<bool, DbError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        // One that was chosen while the clock was ahead is from now.
        let password_since = password_since.min(now);
        let signed_in = login_attempts::is_known_place(db, macs, place, now, password_since).await?;
        Ok(sessions::is_place_of(db, owner.unwrap_or(Uuid::nil()), place, now, password_since).await? || signed_in)
    }

    /// Counts tries per place. With a cache that is away the buckets still hold.
    async fn admit_place(&self, place: Option<&str>) -> Result<(), AuthError> {
        let limit = u64::from(self.config.get().login_attempts_per_address_per_minute);
        let (Some(place), true) = (place, limit > 0) else { return Ok(()) };
        match self.is_within(&format!("login-address:{place}"), ADDRESS_WINDOW, limit).await {
            true => Ok(()),
            false => Err(AuthError::Throttled(ADDRESS_WINDOW.as_secs())),
        }
    }

    /// Gives back a try whose password was not looked at. Best effort: without it the block stands as it was moved.
    pub(super) async fn give_back(&self, bucket: &Bucket) {
        let Some(Claim { before, until }) = bucket.claimed else { return };
        let give_back = async |change: &mut Change| {
            change.unaudited("a throttle; nothing came of the try");
            rate_limits::give_back(change, &bucket.key, until, before).await
        };
        if let Err(error) = self.infra.write(Author::ANONYMOUS, give_back).await {
            tracing::warn!(%error, "a sign-in that nobody looked at has to wait as if it had failed");
        }
    }

    /// Counts a failure; whether the bucket, or all networks together, have just begun to delay.
    pub(super) async fn count_failure(&self, change: &Change, bucket: &Bucket) -> Result<bool, DbError> {
        let now = change.now();
        let threshold = self.config.get().login_failures_before_delay;
        let elsewhere = match &bucket.elsewhere {
            Some(key) => rate_limits::count(change, first_failure(bucket, key, now)).await?,
            None => 0,
        };
        let pressed = is_pressed(elsewhere);
        let count = rate_limits::count(change, first_failure(bucket, &bucket.key, now)).await?;
        let wait = delay(count, threshold, pressed);
        // The row is held since it was counted: nobody else's wait comes between.
        rate_limits::block(change, &bucket.key, (!wait.is_zero()).then(|| now + wait), change.id()).await?;
        Ok(elsewhere == MANY || (delay(count - 1, threshold, pressed).is_zero() && !wait.is_zero() && !pressed))
    }

    /// A success empties the bucket.
    pub(super) async fn forget_failures(&self, change: &Change, bucket: &Bucket) -> Result<(), DbError> {
        rate_limits::delete(change, bucket.keys()).await
    }
}

/// Whether there were so many failures where nobody is known that the next ones wait for longer.
fn is_pressed(failures_elsewhere: i64) -> bool {
    failures_elsewhere >= MANY
}

fn first_failure(bucket: &Bucket, key: &str, now: DateTime<Utc>) -> rate_limits::Model {
    rate_limits::Model {
        key: key.to_owned(),
        key_type: bucket.policy.name().to_owned(),
        endpoint: bucket.policy.endpoint().to_owned(),
        count: 1,
        blocked_until: None,
        reset_at: now + QUIET,
        created_at: now,
        updated_at: now,
        id: None,
        user_id: bucket.user_id,
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
            [0, 4, 5, 6, 7, 14, 15, 99, 100, i64::MAX].map(|failures| delay(failures, 5, false).num_seconds()).into();
        assert_eq!(waits, [0, 0, 1, 2, 4, 512, 900, 900, 86_400, 86_400]);
        let pressed: Vec<_> = [0, 1, 5, 99, 100].map(|failures| delay(failures, 5, true).num_seconds()).into();
        assert_eq!(pressed, [0, 900, 900, 900, 86_400], "the first try is free also then");
    }

    #[test]
    fn callers_are_told_to_come_when_the_block_is_over() {
        assert_eq!(seconds(TimeDelta::milliseconds(1)), 1);
        assert_eq!(seconds(TimeDelta::seconds(900)), 901);
    }

    proptest::proptest! {
        #[test]
        fn waits_never_shrink_while_failures_grow(failures in 0..i64::MAX - 1, threshold in 1_u32..1000, pressed: bool) {
            proptest::prop_assert!(delay(failures, threshold, pressed) <= delay(failures + 1, threshold, pressed));
            proptest::prop_assert!(delay(failures, threshold, false) <= delay(failures, threshold, true));
        }
    }
}
