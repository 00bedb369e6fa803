//! ORION as a relying party of WebAuthn (level 3): what browsers are asked for, and whether what they answer holds.
//!
//! Attestation is not asked for: which makes of authenticators there are is nobody's business here. Counters and flags that
//! changed since the last use are told and stored, and lock nobody out; so the library is given credentials with whatever the
//! authenticator says now, and the comparing is ours.

use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::passkeys::Model;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion_contracts::{FieldCode, FieldFault};
use serde::de::DeserializeOwned;
use serde_cbor_2::Value as Cbor;
use serde_json::Value;
use std::time::Duration;
use url::Url;
use uuid::Uuid;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::proto::{
    AllowCredentials, AuthenticationState, AuthenticatorTransport, COSEKey, CollectedClientData, Credential,
    CredentialV3, PublicKeyCredential, RegisterPublicKeyCredential, UserVerificationPolicy,
};

/// How long a browser waits for somebody to touch their authenticator.
const TIMEOUT: Duration = Duration::from_secs(300);
/// The longest credential ID, in bytes (WebAuthn, section 4).
const LONGEST_ID: usize = 1023;
/// How many ways to reach an authenticator are kept.
const MOST_TRANSPORTS: usize = 8;
/// Where the flags stand in what an authenticator says, after the hash of the domain (WebAuthn, section 6.1).
const FLAGS: usize = 32;
/// The flag of a key that may be copied to other devices.
const BACKUP_ELIGIBLE: u8 = 0x08;
/// Where the model stands: after hash, flags and counter.
const AAGUID: std::ops::Range<usize> = 37..53;

/// What an authenticator said with an assertion that holds.
pub(in crate::domain) struct Said {
    pub(in crate::domain) is_user_verified: bool,
    pub(in crate::domain) backup_eligible: bool,
    pub(in crate::domain) backup_state: bool,
    pub(in crate::domain) sign_count: i64,
}

impl Auth {
    /// Whose passkeys these are: the domain that they are bound to, and the origins whose pages may use them. On `localhost`
    /// that is every port, as the console and a product's development server have their own.
    pub(in crate::domain) fn relying_party(&self) -> Result<WebauthnCore, AuthError> {
        let config = self.config.get();
        let issuer = Url::parse(self.identity.issuer()).map_err(|error| defect("the public URL", error))?;
        let host = issuer.host_str().unwrap_or_default().to_owned();
        let domain = if config.passkey_domain.is_empty() { host } else { config.passkey_domain.clone() };
        let more = config.passkey_origins().filter_map(|origin| Url::parse(origin).ok());
        let origins = std::iter::once(issuer).chain(more).collect();
        let any_port = domain == "localhost";
        let name = &self.product_name;
        Ok(WebauthnCore::new_unsafe_experts_only(name, &domain, origins, TIMEOUT, Some(false), Some(any_port)))
    }

    /// Whether an assertion of this passkey holds, and what came with it.
    pub(in crate::domain) fn verify_assertion(
        &self,
        passkey: &Model,
        state: &AuthenticationState,
        assertion: &PublicKeyCredential,
    ) -> Result<Option<Said>, AuthError> {
        if is_from_a_frame(&assertion.response.client_data_json) {
            return Ok(None);
        }
        let flags = assertion.response.authenticator_data.get(FLAGS).copied().unwrap_or(0);
        let key = key_of(&passkey.public_key)?;
        let plain = CredentialV3 {
            cred_id: assertion.raw_id.clone(),
            cred: key,
            counter: 0,
            verified: false,
            registration_policy: UserVerificationPolicy::Discouraged_DO_NOT_USE,
        };
        let credential = Credential { backup_eligible: flags & BACKUP_ELIGIBLE != 0, ..Credential::from(plain) };
        match self.relying_party()?.authenticate_single_credential(assertion, state, &credential) {
            Ok(result) => Ok(Some(Said {
                is_user_verified: result.user_verified(),
                backup_eligible: result.backup_eligible(),
                backup_state: result.backup_state(),
                sign_count: result.counter().into(),
            })),
            Err(reason) => {
                tracing::debug!(passkey = %passkey.id, %reason, "an assertion does not hold");
                Ok(None)
            }
        }
    }
}

/// Reads a stored key.
fn key_of(stored: &str) -> Result<COSEKey, AuthError> {
    serde_json::from_str(stored).map_err(|error| defect("the key of a passkey", error))
}

/// Whether a page of ours was used inside of another site's, which shows people something else. The library looks at it when a
/// passkey is made, but not when it is used.
fn is_from_a_frame(client_data: &[u8]) -> bool {
    let read = serde_json::from_slice::<CollectedClientData>(client_data);
    read.is_ok_and(|data| data.cross_origin == Some(true))
}

/// How a browser is told of a passkey that may be used.
pub(in crate::domain) fn allowed(passkey: &Model) -> Option<AllowCredentials> {
    Some(AllowCredentials {
        type_: "public-key".to_owned(),
        id: bytes_of(&passkey.credential_id)?,
        transports: serde_json::from_str::<Vec<AuthenticatorTransport>>(&passkey.transports).ok(),
    })
}

/// The bytes of a stored credential ID.
pub(super) fn bytes_of(credential_id: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(credential_id).ok()
}

/// A credential ID as it is stored.
pub(in crate::domain) fn text_of(credential_id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(credential_id)
}

/// Reads what `navigator.credentials.get()` gave.
pub(in crate::domain) fn read_assertion(given: &Value) -> Result<PublicKeyCredential, AuthError> {
    let mut given = without_extensions(given);
    if let Some(response) = given.get_mut("response").and_then(Value::as_object_mut) {
        response.entry("userHandle").or_insert(Value::Null);
    }
    let read: PublicKeyCredential = read(given)?;
    if read.raw_id.is_empty() || read.raw_id.len() > LONGEST_ID {
        Err(wrong("has no ID, or one that is too long"))
    } else {
        Ok(read)
    }
}

/// Reads what `navigator.credentials.create()` gave.
pub(super) fn read_enrolment(given: &Value) -> Result<RegisterPublicKeyCredential, AuthError> {
    let mut read: RegisterPublicKeyCredential = read(without_extensions(given))?;
    if let Some(transports) = &mut read.response.transports {
        transports.retain(|transport| *transport != AuthenticatorTransport::Unknown);
        transports.truncate(MOST_TRANSPORTS);
    }
    Ok(read)
}

/// What extensions answered is not signed, and none is asked for.
fn without_extensions(given: &Value) -> Value {
    let mut given = given.clone();
    if let Some(members) = given.as_object_mut() {
        members.remove("clientExtensionResults");
        members.remove("extensions");
    }
    given
}

fn read<T: DeserializeOwned>(given: Value) -> Result<T, AuthError> {
    serde_json::from_value(given).map_err(|reason| {
        tracing::debug!(%reason, "what a browser gave cannot be read");
        wrong("must be a PublicKeyCredential as its toJSON() writes it")
    })
}

/// Whether a credential ID can be stored.
pub(super) fn is_fit(credential_id: &[u8]) -> bool {
    !credential_id.is_empty() && credential_id.len() <= LONGEST_ID
}

/// The authenticator's model, as it says itself; nil when it does not.
pub(super) fn aaguid_of(attestation_object: &[u8]) -> Uuid {
    let object = match serde_cbor_2::from_slice(attestation_object) {
        Ok(Cbor::Map(object)) => object,
        _ => return Uuid::nil(),
    };
    match object.get(&Cbor::Text("authData".to_owned())) {
        Some(Cbor::Bytes(said)) => said.get(AAGUID).and_then(|id| Uuid::from_slice(id).ok()).unwrap_or_default(),
        _ => Uuid::nil(),
    }
}

/// What is wrong with a credential that was given.
pub(super) fn wrong(message: &'static str) -> AuthError {
    AuthError::Wrong("credential", FieldFault::new(FieldCode::Invalid, message))
}

pub(in crate::domain) fn defect(what: &str, error: impl std::fmt::Display) -> AuthError {
    AuthError::Defect(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeSet;
    use webauthn_rs_core::proto::COSEAlgorithm;

    /// A key as a row has it, and what its authenticator has signed. Nobody has these keys any more; rows like them are in every
    /// database, so a text here never changes. What a later version of the library writes otherwise comes beside it.
    #[derive(Deserialize)]
    struct Stored {
        algorithm: String,
        public_key: String,
        signed: String,
        signature: String,
    }

    fn stored() -> Vec<Stored> {
        serde_json::from_str(include_str!("stored-keys.json")).expect("the keys")
    }

    #[test]
    fn a_key_that_was_stored_by_any_version_is_read_and_knows_its_signatures() {
        for Stored { algorithm, public_key, signed, signature } in stored() {
            let key = key_of(&public_key).unwrap_or_else(|error| panic!("{algorithm}: {error:?}"));
            assert_eq!(format!("{:?}", key.type_), algorithm);
            let (signed, signature) = (bytes_of(&signed).expect("bytes"), bytes_of(&signature).expect("bytes"));
            assert!(key.verify_signature(&signature, &signed).expect("a key of a known kind"), "{algorithm}");
            let other = [&signed[..], b"!"].concat();
            assert!(!key.verify_signature(&signature, &other).expect("a key of a known kind"), "{algorithm}");
        }
    }

    #[test]
    fn there_is_a_stored_key_of_every_kind_as_it_is_written_today() {
        let written = stored().into_iter().filter_map(|stored| {
            let key = key_of(&stored.public_key).ok()?;
            (serde_json::to_string(&key).ok()? == stored.public_key).then_some(stored.algorithm)
        });
        let offered = COSEAlgorithm::secure_algs().into_iter().map(|algorithm| format!("{algorithm:?}"));
        assert_eq!(written.collect::<BTreeSet<_>>(), offered.collect());
    }
}
