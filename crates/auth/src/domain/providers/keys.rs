//! The keys by which a provider signs, as it tells them (RFC 7517).

use super::Discovered;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use orion_contracts::Secret;
use serde::de::DeserializeOwned;

/// What a token says that one of these keys has signed. Keys of different types or uses may go by the same id (RFC 7517, section 4.5):
/// each that fits is tried.
pub(super) fn verified<T: DeserializeOwned>(
    discovered: &Discovered,
    header: &Header,
    token: &Secret,
) -> Result<T, &'static str> {
    let mut validation = Validation::new(header.alg);
    // Looked at by the caller, by the platform's clock.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    let mut outcome = Err("its ID token's key is unknown");
    for key in discovered.keys.keys.iter().filter(|key| is_meant(key, header)) {
        outcome = match DecodingKey::from_jwk(key) {
            Ok(key) => {
                let token = jsonwebtoken::decode(token.expose(), &key, &validation);
                token.map(|token| token.claims).map_err(|_| "its ID token is not genuine")
            }
            Err(_) => Err("its key cannot be used"),
        };
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Whether a key may be the one that a token names; a token that names none may be signed by any that fits its algorithm.
fn is_meant(key: &Jwk, header: &Header) -> bool {
    let is_named = header.kid.is_none() || key.common.key_id == header.kid;
    let is_of_type = match (&key.algorithm, header.alg) {
        (
            AlgorithmParameters::RSA(_),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES384) => key.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    // An algorithm of another name may be this one under a newer name (RFC 9864).
    let is_of_algorithm = key
        .common
        .key_algorithm
        .is_none_or(|told| told == KeyAlgorithm::UNKNOWN_ALGORITHM || told == KeyAlgorithm::from(header.alg));
    is_named && is_of_type && is_of_algorithm && key.common.public_key_use != Some(PublicKeyUse::Encryption)
}
