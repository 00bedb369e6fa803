//! How often anybody may register, asked before anything dear is done: so many registrations from one place, so many of
//! one address, and so many of one mailbox by tagged addresses. All are told to the caller, for they say nothing of whether the address is taken.
//!
//! Nobody is locked out by it: whoever registers a foreign address too often only fills its mailbox with links, and each
//! of them verifies the account with the password that its owner chooses (`verify_email.rs`). How many mails they are at
//! most is decided by the notifications service.

use crate::domain::Auth;
use crate::domain::places::place_of;
use crate::error::AuthError;
use orion_contracts::Email;
use orion_infra::request::RequestContext;
use orion_infra::secrets::Scope;
use std::time::Duration;

/// The window of the counter of a place.
const MINUTE: Duration = Duration::from_secs(60);
/// The window of the counter of an address.
const HOUR: Duration = Duration::from_secs(3600);
/// How often an address may be registered in that time.
const OF_ONE_ADDRESS: u64 = 10;
/// The window of the counter of a mailbox.
const DAY: Duration = Duration::from_secs(86_400);
/// How often the tagged addresses of a mailbox may be registered in that time: `ada+1@example.com`, `ada+2@example.com`.
/// Whoever tries a product out has many. The mailbox's own address is not counted, or strangers would shut it.
const OF_ONE_MAILBOX: u64 = 50;

impl Auth {
    /// Lets a registration of the address with this MAC pass, or says after how many seconds to come again.
    pub(super) async fn admit_registration(&self, email: &Email, address_mac: &str) -> Result<(), AuthError> {
        let of_place = async {
            let limit = u64::from(self.config.get().registrations_per_address_per_minute);
            let told = RequestContext::current();
            let place = told.ip_address.as_deref().filter(|_| limit > 0).map(place_of);
            match place {
                Some(place) => self.is_within(&format!("registration-place:{place}"), MINUTE, limit).await,
                None => true,
            }
        };
        let key = format!("registration-address:{address_mac}");
        if !of_place.await {
            return Err(AuthError::TriedTooOften(MINUTE.as_secs()));
        }
        // Whoever is refused for their place uses nothing of the address up.
        if !self.is_within(&key, HOUR, OF_ONE_ADDRESS).await {
            return Err(AuthError::RegisteredTooOften(HOUR.as_secs()));
        }
        let untagged = email.untagged();
        if untagged == email.as_str() {
            return Ok(());
        }
        let mailbox = self.infra.secrets.mac(Scope::AtRest, &["registration-mailbox"], untagged.as_bytes());
        match self.is_within(&format!("registration-mailbox:{mailbox}"), DAY, OF_ONE_MAILBOX).await {
            true => Ok(()),
            false => Err(AuthError::RegisteredTooOften(DAY.as_secs())),
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
