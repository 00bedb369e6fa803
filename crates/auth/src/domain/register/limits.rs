//! How often anybody may register, asked before anything dear is done: so many registrations from one place, and so many
//! of one address. Both are told to the caller, for they say nothing of whether the address is taken.
//!
//! Nobody is locked out by it: whoever registers a foreign address too often only fills its mailbox with links, and each
//! of them verifies the account with the password that its owner chooses (`verify_email.rs`). How many mails they are at
//! most is decided by the notifications service.

use crate::domain::Auth;
use crate::domain::places::place_of;
use crate::error::AuthError;
use orion_infra::request::RequestContext;
use std::time::Duration;

/// The window of the counter of a place.
const MINUTE: Duration = Duration::from_secs(60);
/// The window of the counter of an address.
const HOUR: Duration = Duration::from_secs(3600);
/// How often an address may be registered in that time.
const OF_ONE_ADDRESS: u64 = 10;

impl Auth {
    /// Lets a registration of the address with this MAC pass, or says after how many seconds to come again.
    pub(super) async fn admit_registration(&self, address_mac: &str) -> Result<(), AuthError> {
        let of_place = async {
            let limit = u64::from(self.config.registrations_per_address_per_minute);
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
        match self.is_within(&key, HOUR, OF_ONE_ADDRESS).await {
            true => Ok(()),
            false => Err(AuthError::RegisteredTooOften(HOUR.as_secs())),
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
