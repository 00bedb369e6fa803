//! What every process knows of API keys: a bounded cache by the hash of the secret. A key is as old as what is known of its owner: each
//! change of a key is told as one of its owner's grants, and what drops these drops the key.

use super::grants::{Age, GrantCache};
use chrono::{DateTime, Utc};
use moka::future::Cache;
use orion_contracts::api_keys::{ApiKeyFacts, is_well_formed};
use orion_contracts::internal::{FindApiKey, Nothing};
use orion_contracts::{AccessClaims, Problem, TokenId};
use orion_infra::peers::{PeerError, Peers};
use orion_infra::secrets::sha256_hex;
use std::sync::Arc;
use std::time::Duration;

/// How many keys are kept.
const CAPACITY: u64 = 50_000;
/// A bound on how long a lost invalidation can matter.
const LIFETIME: Duration = Duration::from_secs(300);
/// How many secrets are kept that belong to no key, and for how long.
const UNKNOWN: (u64, Duration) = (10_000, Duration::from_secs(10));
/// The `client_id` and the method (`amr`) of whoever calls with a key.
const API_KEY: &str = "api_key";

/// Why a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefused {
    /// It is not written as a key is.
    Malformed,
    /// It is nobody's.
    Unknown,
    /// It, or the secret from before its rotation, has run out.
    Expired,
    /// It was revoked.
    Revoked,
    /// Its owner may not do anything.
    OwnerInactive,
    /// It is not known here, and whoever sent it may not have more of them looked up now.
    TooMany,
    /// It is not known here, and users cannot be asked.
    Unavailable,
}

impl From<KeyRefused> for Problem {
    fn from(refused: KeyRefused) -> Self {
        match refused {
            KeyRefused::Malformed | KeyRefused::Unknown => Self::invalid_api_key(),
            KeyRefused::Expired => Self::api_key_expired(),
            KeyRefused::Revoked => Self::api_key_revoked(),
            KeyRefused::OwnerInactive => Self::api_key_suspended(),
            KeyRefused::TooMany => Self::rate_limited().retry_after(1),
            KeyRefused::Unavailable => {
                Self::unavailable().detail("API keys cannot be checked at the moment.").retry_after(1)
            }
        }
    }
}

/// A key that was looked up, and who calls with it.
#[derive(Debug)]
pub struct KnownKey {
    /// What decides about its requests.
    pub facts: ApiKeyFacts,
    /// What a token of its owner would say that is limited as it is, and was never signed in for.
    pub claims: Arc<AccessClaims>,
    hash: String,
    age: Age,
}

impl KnownKey {
    fn new(facts: ApiKeyFacts, hash: &str, age: Age, party: (&str, &str)) -> Self {
        let claims = AccessClaims {
            iss: party.0.to_owned(),
            sub: facts.user_id,
            aud: party.1.to_owned(),
            exp: facts.expires_at.map_or(i64::MAX, |end| end.timestamp()),
            // Sessions end without their owner's keys: those are revoked by themselves.
            iat: i64::MAX,
            nbf: None,
            jti: TokenId(facts.id.0),
            client_id: API_KEY.to_owned(),
            scope: Some(facts.scopes.join(" ")),
            sid: None,
            roles: Vec::new(),
            roles_truncated: false,
            org: facts.organisation_id,
            act: None,
            amr: vec![API_KEY.to_owned()],
            acr: None,
            // Nobody has proven who they are, ever: it is fresh for nothing.
            auth_time: 0,
        };
        Self { facts, claims: Arc::new(claims), hash: hash.to_owned(), age }
    }

    fn refused(&self, now: DateTime<Utc>) -> Option<KeyRefused> {
        match &self.facts {
            facts if facts.is_revoked => Some(KeyRefused::Revoked),
            facts if facts.expires_at.is_some_and(|end| end <= now) => Some(KeyRefused::Expired),
            facts if !facts.is_owner_active => Some(KeyRefused::OwnerInactive),
            _ => None,
        }
    }
}

/// Keys that were looked up.
pub(super) struct KeyCache {
    known: Cache<String, Arc<KnownKey>>,
    unknown: Cache<String, ()>,
    issuer: String,
    audience: String,
}

/// What a look-up needs beside the cache.
pub(super) struct Asking<'a> {
    pub(super) grants: &'a GrantCache,
    pub(super) peers: &'a Peers,
    pub(super) now: DateTime<Utc>,
}

enum Missed {
    Unknown,
    Away(PeerError),
}

impl KeyCache {
    pub(super) fn new(issuer: String, audience: String) -> Self {
        Self {
            known: Cache::builder().max_capacity(CAPACITY).time_to_live(LIFETIME).build(),
            unknown: Cache::builder().max_capacity(UNKNOWN.0).time_to_live(UNKNOWN.1).build(),
            issuer,
            audience,
        }
    }

    /// The key with this secret. `may_ask` is asked before users are, which costs much more than the rest of a request.
    pub(super) async fn find(
        &self,
        text: &str,
        asking: &Asking<'_>,
        may_ask: impl FnOnce() -> bool,
    ) -> Result<Arc<KnownKey>, KeyRefused> {
        if !is_well_formed(text) {
            return Err(KeyRefused::Malformed);
        }
        self.of_hash(&sha256_hex(text.as_bytes()), asking, may_ask).await
    }

    /// The same key as it is now.
    pub(super) async fn again(&self, key: &KnownKey, asking: &Asking<'_>) -> Result<Arc<KnownKey>, KeyRefused> {
        self.of_hash(&key.hash, asking, || true).await
    }

    async fn of_hash(
        &self,
        hash: &str,
        asking: &Asking<'_>,
        may_ask: impl FnOnce() -> bool,
    ) -> Result<Arc<KnownKey>, KeyRefused> {
        let is_new = |key: &Arc<KnownKey>| key.age == asking.grants.age(key.facts.user_id);
        let known = match self.known.get(hash).await.filter(is_new) {
            Some(known) => known,
            None if self.unknown.get(hash).await.is_some() => return Err(KeyRefused::Unknown),
            None if !may_ask() => return Err(KeyRefused::TooMany),
            None => {
                let read = self.read(hash, asking).await?;
                match is_new(&read) {
                    true => read,
                    // It was in the cache from before a change, or its reading began before one. What is read now begins after
                    // the question was asked: new enough.
                    false => {
                        self.known.invalidate(hash).await;
                        self.read(hash, asking).await?
                    }
                }
            }
        };
        known.refused(asking.now).map_or(Ok(known), Err)
    }

    /// Reads a key, once for all who ask at the same time.
    async fn read(&self, hash: &str, asking: &Asking<'_>) -> Result<Arc<KnownKey>, KeyRefused> {
        let load = self.known.try_get_with_by_ref(hash, self.ask(hash, asking));
        match load.await {
            Ok(known) => Ok(known),
            Err(missed) => match &*missed {
                Missed::Unknown => {
                    self.unknown.insert(hash.to_owned(), ()).await;
                    Err(KeyRefused::Unknown)
                }
                Missed::Away(error) => {
                    tracing::warn!(%error, "an API key cannot be looked up");
                    Err(KeyRefused::Unavailable)
                }
            },
        }
    }

    async fn ask(&self, hash: &str, asking: &Asking<'_>) -> Result<Arc<KnownKey>, Missed> {
        let ask = async || {
            let found = asking.peers.call(&FindApiKey { hash: hash.to_owned() }, &Nothing {}).await;
            found.map_err(Missed::Away)?.key.ok_or(Missed::Unknown)
        };
        let heard = asking.grants.heard();
        let mut facts = ask().await?;
        // Whose it is was not known before. Where something was heard of meanwhile, it may have been of them.
        let age = asking.grants.age(facts.user_id);
        if asking.grants.heard() != heard {
            facts = ask().await?;
        }
        Ok(Arc::new(KnownKey::new(facts, hash, age, (&self.issuer, &self.audience))))
    }
}
