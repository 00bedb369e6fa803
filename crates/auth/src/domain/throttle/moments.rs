//! What is counted for a minute, or for the time of one flow, link or enrolment: in the cache, not in rows.
//!
//! A sign-in waits for no disk before its password was looked at, and a row that all sign-ins of a place write would make them
//! wait for one another. What is lost with the cache is a minute of one limit: the failures themselves are counted in rows, by
//! bucket, and those delay after a restart as before it. Administrators are not shown it either, for a minute is over before
//! anybody has looked.

use super::Key;
use crate::domain::Auth;
use crate::domain::places::place_of;
use crate::error::AuthError;
use orion_contracts::{FlowId, UserId};
use orion_infra::request::RequestContext;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;
use uuid::Uuid;

/// What is counted for a while. Its [`Display`] is the key in the cache.
pub(in crate::domain) enum Moment<'a> {
    /// What a place, or a device that is known, tries at sign-in.
    Try(Who<'a>),
    /// How often a sign-in by a passkey begins there.
    PasskeyBeginning(Who<'a>),
    /// Tries that a bucket refuses.
    Blocked(&'a Key),
    /// Wrong secrets of services, from a network.
    ServiceSecret(&'a str),
    /// Options of a passkey, in a flow.
    PasskeyOptions(FlowId),
    /// Passwords tried where an account needs another one.
    NewPassword(Uuid),
    /// Passwords tried with a link that verifies an address.
    Verification(Uuid),
    /// Passkeys that somebody begins to set up.
    PasskeyEnrolment(UserId),
    /// Codes tried to set an authenticator app up.
    TotpEnrolment(UserId),
    /// Backup codes that are made.
    BackupCodes(UserId),
}

/// Who tries something.
#[derive(Clone, Copy)]
pub(in crate::domain) enum Who<'a> {
    /// Whoever has a device that is known.
    Device(Uuid),
    /// All others at a place.
    Place(&'a str),
}

impl Display for Moment<'_> {
    fn fmt(&self, text: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Try(who) => write!(text, "login-{who}"),
            Self::PasskeyBeginning(who) => write!(text, "passkey-beginning-{who}"),
            Self::Blocked(bucket) => write!(text, "blocked-attempt:{bucket}"),
            Self::ServiceSecret(network) => write!(text, "service-secret:{network}"),
            Self::PasskeyOptions(flow) => write!(text, "passkey-options:{flow}"),
            Self::NewPassword(user_id) => write!(text, "new-password:{user_id}"),
            Self::Verification(link) => write!(text, "verification:{link}"),
            Self::PasskeyEnrolment(user_id) => write!(text, "passkey-enrolment:{user_id}"),
            Self::TotpEnrolment(user_id) => write!(text, "totp-enrolment:{user_id}"),
            Self::BackupCodes(user_id) => write!(text, "backup-codes:{user_id}"),
        }
    }
}

impl Display for Who<'_> {
    fn fmt(&self, text: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(device) => write!(text, "device:{}", device.simple()),
            Self::Place(place) => write!(text, "address:{place}"),
        }
    }
}

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
        self.admit_one_of_minute(Moment::PasskeyBeginning, place.as_deref(), named).await
    }

    /// Counts tries per place, or per device where that is known: strangers at the same address take nothing from it, and
    /// whoever has one tries no more by it than others. With a cache that is away the buckets still hold.
    pub(super) async fn admit_minute(&self, place: Option<&str>, device: Option<Uuid>) -> Result<(), AuthError> {
        self.admit_one_of_minute(Moment::Try, place, device).await
    }

    async fn admit_one_of_minute<'a>(
        &self,
        what: fn(Who<'a>) -> Moment<'a>,
        place: Option<&'a str>,
        device: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let limit = u64::from(self.config.get().login_attempts_per_address_per_minute);
        let Some(who) = device.map(Who::Device).or(place.map(Who::Place)) else { return Ok(()) };
        match limit == 0 || self.is_within(what(who), ADDRESS_WINDOW, limit).await {
            true => Ok(()),
            false => Err(AuthError::Throttled(ADDRESS_WINDOW.as_secs())),
        }
    }

    /// Counts one more of what somebody does at one thing of theirs, or says after how many seconds to come again.
    pub(in crate::domain) async fn admit_moment(
        &self,
        moment: Moment<'_>,
        window: Duration,
        limit: u64,
    ) -> Result<(), AuthError> {
        match self.is_within(moment, window, limit).await {
            true => Ok(()),
            false => Err(AuthError::TriedTooOften(window.as_secs())),
        }
    }

    /// Counts one more; whether there were not too many. A cache that is away lets everybody pass.
    async fn is_within(&self, moment: Moment<'_>, window: Duration, limit: u64) -> bool {
        let key = moment.to_string();
        match self.infra.cache.increment(&key, window).await {
            Ok(count) => count <= limit,
            Err(error) => {
                tracing::debug!(%error, key, "what is limited is not counted");
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Failing, Key, key::At};
    use super::*;

    #[test]
    fn each_kind_stands_under_a_key_of_its_own() {
        let id = Uuid::from_u128(0xaa);
        let bucket = Key::Failed(Failing::Login("7f3a.c0ffee".to_owned()), At::Elsewhere);
        for (moment, key) in [
            (Moment::Try(Who::Device(id)), "login-device:000000000000000000000000000000aa"),
            (Moment::Try(Who::Place("192.0.2.77")), "login-address:192.0.2.77"),
            (Moment::PasskeyBeginning(Who::Device(id)), "passkey-beginning-device:000000000000000000000000000000aa"),
            (Moment::PasskeyBeginning(Who::Place("192.0.2.77")), "passkey-beginning-address:192.0.2.77"),
            (Moment::Blocked(&bucket), "blocked-attempt:login:7f3a.c0ffee:elsewhere"),
            (Moment::ServiceSecret("192.0.2.0/24"), "service-secret:192.0.2.0/24"),
            (Moment::PasskeyOptions(FlowId(id)), "passkey-options:00000000-0000-0000-0000-0000000000aa"),
            (Moment::NewPassword(id), "new-password:00000000-0000-0000-0000-0000000000aa"),
            (Moment::Verification(id), "verification:00000000-0000-0000-0000-0000000000aa"),
            (Moment::PasskeyEnrolment(UserId(id)), "passkey-enrolment:00000000-0000-0000-0000-0000000000aa"),
            (Moment::TotpEnrolment(UserId(id)), "totp-enrolment:00000000-0000-0000-0000-0000000000aa"),
            (Moment::BackupCodes(UserId(id)), "backup-codes:00000000-0000-0000-0000-0000000000aa"),
        ] {
            assert_eq!(moment.to_string(), key);
        }
    }
}
