//! One signing key: made, sealed, opened.

use crate::error::AuthError;
use crate::store::signing_keys::Model;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey};
use orion_infra::secrets::{Scope, Secrets};
use zeroize::Zeroizing;

const PURPOSE: &str = "signing-key";

/// A new key that signs from the given moment on.
pub(super) fn make(
    secrets: &Secrets,
    generation: i64,
    published_at: DateTime<Utc>,
    signs_from: DateTime<Utc>,
) -> Result<Model, AuthError> {
    let failed = |_| AuthError::Defect("no signing key could be made".to_owned());
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
    let private = Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec());
    let mut jwk = Jwk::from_encoding_key(&EncodingKey::from_ec_der(&private), Algorithm::ES256).map_err(defect)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(defect)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(Model {
        private_key_sealed: secrets.seal(Scope::AtRest, PURPOSE, &kid, &private),
        public_jwk: serde_json::to_string(&jwk).map_err(defect)?,
        kid,
        generation,
        published_at,
        signs_from,
        retired_at: None,
    })
}

/// The key that signs, and its public half.
pub(super) fn open(secrets: &Secrets, row: &Model) -> Result<(EncodingKey, Jwk), AuthError> {
    let private = secrets.unseal(Scope::AtRest, PURPOSE, &row.kid, &row.private_key_sealed).map_err(|error| {
        AuthError::Defect(format!(
            "signing key {} cannot be opened ({error}); is this the master key it was sealed with?",
            row.kid
        ))
    })?;
    Ok((EncodingKey::from_ec_der(&private), serde_json::from_str(&row.public_jwk).map_err(defect)?))
}

fn defect(error: impl std::fmt::Display) -> AuthError {
    AuthError::Defect(format!("signing key: {error}"))
}
