//! How often anybody may register, asked before anything dear is done: so many registrations from one place, so many of
//! one address, and so many of one mailbox by tagged addresses. All are told to the caller, for they say nothing of whether the address is taken.
//!
//! Nobody is locked out by it: an address and a mailbox are counted for each network that they are registered from, and whoever registers a
//! foreign address too often only fills its mailbox with links, and each of them verifies the account with the password that
//! its owner chooses (`verify_email.rs`). How many mails they are at most is decided by the notifications service.

use crate::domain::Auth;
use crate::domain::throttle::{AddressLimit, Counted, Limit, PlaceLimit};
use crate::error::AuthError;
use orion_contracts::Email;
use orion_infra::secrets::Scope;

/// How often an address may be registered in an hour, from one network.
const OF_ONE_ADDRESS: i64 = 10;
/// How often the tagged addresses of a mailbox may be registered in a day, from one network: `ada+1@example.com`,
/// `ada+2@example.com`. Whoever tries a product out has many. The mailbox's own address is not counted.
const OF_ONE_MAILBOX: i64 = 50;
/// The same from everywhere: what is limited by address alone would bring one mailbox as many mails as there are tags and
/// networks. A single stranger does not come near it.
const OF_ONE_MAILBOX_EVERYWHERE: i64 = 500;

impl Auth {
    /// What the registrations of an address are counted by.
    pub(in crate::domain) fn registration_mac(&self, email: &Email) -> String {
        self.infra.secrets.mac(Scope::AtRest, &["registration-address"], email.as_str().as_bytes())
    }

    /// Lets a registration of the address with this MAC pass, or says after how many seconds to come again. Whoever is refused
    /// for their place uses nothing of the address up.
    pub(in crate::domain) async fn admit_registration(
        &self,
        email: &Email,
        address_mac: &str,
    ) -> Result<Vec<Counted>, AuthError> {
        let of_one_place = i64::from(self.config.get().registrations_per_address_per_minute);
        let mut limits = Vec::with_capacity(4);
        limits.extend(Limit::of_place(PlaceLimit::Registration, of_one_place));
        limits.push(Limit::of_address(AddressLimit::Registration, OF_ONE_ADDRESS, email.as_str(), address_mac));
        let untagged = email.untagged();
        if untagged != email.as_str() {
            let mac = self.infra.secrets.mac(Scope::AtRest, &["registration-mailbox"], untagged.as_bytes());
            let of_mailbox = AddressLimit::Mailbox;
            limits.push(Limit::of_address(of_mailbox, OF_ONE_MAILBOX, &untagged, &mac));
            limits.push(Limit::of_address_everywhere(of_mailbox, OF_ONE_MAILBOX_EVERYWHERE, untagged, &mac));
        }
        self.admit_within(&limits).await
    }
}
