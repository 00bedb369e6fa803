//! The public keys that verify access tokens, by key id.

use ahash::AHashMap;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet, KeyAlgorithm, PublicKeyUse};

/// A set of ES256 keys. Keys of other algorithms are left out, whatever the set says of them.
#[derive(Default)]
pub struct Keys(AHashMap<String, DecodingKey>);

impl Keys {
    /// The ES256 signing keys of a JWKS document (RFC 7517) that have a key id.
    pub fn of_jwks(set: &JwkSet) -> Self {
        let keys = set.keys.iter().filter_map(|key| {
            let curve = match &key.algorithm {
                AlgorithmParameters::EllipticCurve(parameters) => &parameters.curve,
                _ => return None,
            };
            let common = &key.common;
            let es256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::ES256));
            let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
            if *curve != EllipticCurve::P256 || !es256 || !signs {
                return None;
            }
            Some((common.key_id.clone()?, DecodingKey::from_jwk(key).ok()?))
        });
        Self(keys.collect())
    }

    /// The key of that id.
    pub fn get(&self, id: &str) -> Option<&DecodingKey> {
        self.0.get(id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none: every token is refused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
