//! The keys as this process knows them: it signs and answers the key set without asking the database.

use super::key;
use crate::error::AuthError;
use crate::store::signing_keys;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use orion_contracts::AccessClaims;
use orion_contracts::claims::ACCESS_TOKEN_TYPE;
use orion_infra::Infra;
use std::sync::{Arc, PoisonError, RwLock};

/// All keys that are not retired. Cloning shares them.
#[derive(Clone)]
pub(crate) struct KeyRing(Arc<RwLock<Arc<Keys>>>);

struct Keys {
    /// Oldest first.
    signers: Vec<Signer>,
    published: JwkSet,
}

struct Signer {
    header: Header,
    signs_from: DateTime<Utc>,
    key: EncodingKey,
}

impl Default for KeyRing {
    /// Knows no key yet.
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Arc::new(Keys::new()))))
    }
}

impl Keys {
    fn new() -> Self {
        Self { signers: Vec::new(), published: JwkSet { keys: Vec::new() } }
    }
}

impl KeyRing {
    fn keys(&self) -> Arc<Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The public keys (RFC 7517).
    pub(crate) fn published(&self) -> JwkSet {
        self.keys().published.clone()
    }

    /// Signs an access token (RFC 9068) with the key that is in force.
    pub(crate) fn sign(&self, claims: &AccessClaims, now: DateTime<Utc>) -> Result<String, AuthError> {
        let keys = self.keys();
        // A clock that was ahead may have left only keys for later: they are published as well.
        let in_force = keys.signers.iter().rev().find(|signer| signer.signs_from <= now).or(keys.signers.first());
        let Signer { header, key, .. } = in_force.ok_or(AuthError::NoSigningKey)?;
        jsonwebtoken::encode(header, claims, key).map_err(|error| AuthError::Defect(format!("signing: {error}")))
    }
}

/// Reads the keys again.
pub(crate) async fn reload(infra: &Infra, ring: &KeyRing) -> Result<(), AuthError> {
    let mut keys = Keys::new();
    for row in signing_keys::current(infra.db.read()).await? {
        let (signer, jwk) = key::open(&infra.secrets, &row)?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(ACCESS_TOKEN_TYPE.to_owned());
        header.kid = Some(row.kid);
        keys.signers.push(Signer { header, signs_from: row.signs_from, key: signer });
        keys.published.keys.push(jwk);
    }
    *ring.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    Ok(())
}
