//! One core's memory of tokens that it has verified, so that the second request of a token costs a hash look-up.
//!
//! Bounded by two generations: when the young one is full, the old one is forgotten. The whole token is compared, so
//! two tokens never share an entry. Revocations and expiry are looked at on every request; new keys empty the cache.

use super::verified::verify;
use super::{Keys, Revocations, TokenPolicy, Verified};
use ahash::AHashMap;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use orion_http::identity::InvalidToken;
use orion_http::snapshot::{Snapshot, SnapshotReader};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// Why a credential is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// There are several credentials.
    Ambiguous,
    /// The token is not ORION's: of another kind, or another issuer's.
    Foreign,
    /// The token says that it is ORION's, and is expired, revoked, or of a key that is not known.
    Ended,
    /// The token is forged, or not for here; finding that out cost a look at its signature.
    Unverified,
    /// The token is not known, and whoever sent it may not have more of them verified now.
    TooMany,
    /// No keys are known yet to verify tokens with.
    NoKeys,
}

impl From<InvalidToken> for Rejected {
    fn from(reason: InvalidToken) -> Self {
        match reason {
            InvalidToken::Malformed | InvalidToken::Foreign => Self::Foreign,
            InvalidToken::NoKeys => Self::NoKeys,
            InvalidToken::UnknownKey | InvalidToken::Expired | InvalidToken::Revoked => Self::Ended,
            InvalidToken::NotGenuine => Self::Unverified,
        }
    }
}

type Generation = AHashMap<Box<[u8]>, Rc<Verified>>;

#[derive(Default)]
struct Cache {
    keys_version: u64,
    young: Generation,
    old: Generation,
}

/// Tells one core who calls.
pub struct Authenticator {
    policy: TokenPolicy,
    keys: SnapshotReader<Keys>,
    revocations: SnapshotReader<Revocations>,
    capacity: usize,
    cache: RefCell<Cache>,
    /// Tokens that were found and that were not, since these were last taken.
    look_ups: Cell<(u64, u64)>,
}

impl Authenticator {
    /// An authenticator that remembers at most `capacity` tokens; with zero it remembers none.
    pub fn new(
        policy: TokenPolicy,
        keys: &Arc<Snapshot<Keys>>,
        revocations: &Arc<Snapshot<Revocations>>,
        capacity: usize,
    ) -> Self {
        let (keys, revocations) = (keys.reader(), revocations.reader());
        Self { policy, keys, revocations, capacity, cache: RefCell::default(), look_ups: Cell::default() }
    }

    /// Who sent a request, at a time in seconds since 1970. `None` when it carries no bearer token. `may_verify` is
    /// asked before a token's signature is looked at, which costs much more than the rest of the request.
    pub fn authenticate(
        &self,
        headers: &HeaderMap,
        now: i64,
        may_verify: impl FnOnce() -> bool,
    ) -> Result<Option<Rc<Verified>>, Rejected> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Rejected::Ambiguous);
        }
        let Some(token) = bearer(value.as_bytes()) else { return Ok(None) };
        let identity = self.identity(token, now, may_verify)?;
        if identity.expires_at <= now || self.revocations.get().refuse(&identity.claims) {
            return Err(Rejected::Ended);
        }
        Ok(Some(identity))
    }

    /// How many tokens were found in memory and how many were not, since the last call.
    pub fn take_look_ups(&self) -> (u64, u64) {
        self.look_ups.take()
    }

    fn looked_up(&self, found: bool) {
        let (hits, misses) = self.look_ups.get();
        self.look_ups.set((hits + u64::from(found), misses + u64::from(!found)));
    }

    fn identity(&self, token: &[u8], now: i64, may_verify: impl FnOnce() -> bool) -> Result<Rc<Verified>, Rejected> {
        let keys = self.keys.get();
        let mut cache = self.cache.borrow_mut();
        if cache.keys_version != self.keys.version() {
            *cache = Cache { keys_version: self.keys.version(), ..Cache::default() };
        }
        if let Some(identity) = cache.young.get(token) {
            self.looked_up(true);
            return Ok(identity.clone());
        }
        let known = cache.old.remove_entry(token);
        self.looked_up(known.is_some());
        let (token, identity) = match known {
            Some(entry) => entry,
            None => {
                let identity = verify(token, &keys, &self.policy, now, may_verify)?;
                (Box::from(token), Rc::new(identity))
            }
        };
        if self.capacity > 0 {
            cache.remember(token, identity.clone(), self.capacity.div_ceil(2));
        }
        Ok(identity)
    }
}

impl Cache {
    fn remember(&mut self, token: Box<[u8]>, identity: Rc<Verified>, generation: usize) {
        if self.young.len() >= generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(token, identity);
    }
}

/// The token of a `Bearer` credential (RFC 6750); `None` for other schemes.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| rest.trim_ascii())
}

#[cfg(test)]
#[path = "token_cache_tests.rs"]
mod tests;
