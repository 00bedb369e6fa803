//! Where the failures of a sign-in are counted.

use super::key::At;
use super::{Failing, Guarded, Key};
use crate::domain::Auth;
use crate::domain::flights::Flight;
use crate::domain::places::{NOWHERE, network_of};
use crate::error::AuthError;
use crate::store::{login_attempts, sessions};
use chrono::{DateTime, Utc};
use orion_contracts::Email;
use orion_infra::DbError;
use uuid::Uuid;

/// A sign-in that may be tried, and where its failure is counted.
pub(in crate::domain) struct Bucket {
    pub(in crate::domain) guarded: Guarded,
    /// Whose account, when it exists.
    pub(super) user_id: Option<Uuid>,
    pub(super) key: Key,
    /// Where it is counted with those of all other networks in which nobody is known.
    pub(super) elsewhere: Option<Key>,
    /// A MAC of the address typed in, by the key of now.
    pub(in crate::domain) identifier_mac: String,
    /// The block that the try has moved on.
    pub(super) claimed: Option<Claim>,
    /// As long as it is under way.
    pub(super) flight: Flight,
}

impl Bucket {
    /// Where its failures are counted, in the order in which they are.
    pub(super) fn keys(&self) -> Vec<String> {
        self.elsewhere.iter().chain([&self.key]).map(Key::to_string).collect()
    }
}

/// What is known of who signs in, before their password was looked at.
pub(in crate::domain) struct Known {
    /// Whose address it is.
    pub(in crate::domain) owner: Option<Uuid>,
    /// When they chose the password in force: who was known before that is known no more.
    pub(in crate::domain) password_since: DateTime<Utc>,
    /// The device of theirs that it comes from.
    pub(in crate::domain) device: Option<Uuid>,
}

/// A block that was over, and until when the try that it left free has moved it on.
pub(super) struct Claim {
    pub(super) before: Option<DateTime<Utc>>,
    pub(super) until: DateTime<Utc>,
}

impl Auth {
    /// Where failures are counted: with the device's, the place's, or the network's.
    pub(super) async fn bucket(
        &self,
        email: &Email,
        &Known { owner, password_since, device }: &Known,
        place: Option<String>,
    ) -> Result<Bucket, AuthError> {
        let mut macs = self.identifier_macs(email.as_str());
        let known = match &place {
            Some(place) if device.is_none() => self.is_known_place(&macs, (owner, password_since), place).await?,
            _ => false,
        };
        let identifier_mac = macs.swap_remove(0);
        let failing = Failing::Login(identifier_mac.clone());
        Ok(self.bucket_of((failing, owner), identifier_mac, (place, device, known)))
    }

    pub(super) fn bucket_of(
        &self,
        (failing, user_id): (Failing, Option<Uuid>),
        identifier_mac: String,
        (place, device, known): (Option<String>, Option<Uuid>, bool),
    ) -> Bucket {
        let guarded = failing.guarded();
        let at = match (device, place) {
            (Some(device), _) => At::Device(device),
            (None, Some(place)) if known => At::Place(place),
            (None, place) => At::Network(network_of(place.as_deref().unwrap_or(NOWHERE))),
        };
        let key = Key::Failed(failing, at);
        let (elsewhere, flight) = (key.elsewhere(), self.signing_in.begin(&key.to_string()));
        Bucket { guarded, user_id, key, elsewhere, identifier_mac, claimed: None, flight }
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
}
