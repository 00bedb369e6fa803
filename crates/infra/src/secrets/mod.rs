//! Keys, and what is made from them: sealing at rest and in messages, MACs, derived keys, token hashes.

mod load;

pub(crate) use load::parse_key;
pub use load::{SecretsError, from_configuration, from_files};

use crate::Random;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A platform's two keys. Cloning shares them.
#[derive(Clone)]
pub struct Secrets {
    master: Arc<Zeroizing<[u8; 32]>>,
    internal: Arc<Zeroizing<[u8; 32]>>,
    random: Random,
}

/// Something sealed cannot be opened: another key, other associated data, or a changed text.
#[derive(Debug, thiserror::Error)]
#[error("the sealed value cannot be opened with this key")]
pub struct UnsealError;

/// Which key seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// At rest in one service's database: the master key.
    AtRest,
    /// Inside messages between services: the internal secret.
    InMessages,
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

impl Secrets {
    /// From the two keys.
    pub fn new(master: [u8; 32], internal: [u8; 32], random: Random) -> Self {
        Self { master: Arc::new(Zeroizing::new(master)), internal: Arc::new(Zeroizing::new(internal)), random }
    }

    /// A key for one purpose: HKDF-SHA256 (RFC 5869) of the scope's key.
    pub fn derive(&self, scope: Scope, purpose: &[&str]) -> Zeroizing<[u8; 32]> {
        let key = match scope {
            Scope::AtRest => &self.master,
            Scope::InMessages => &self.internal,
        };
        // Lengths keep ["ab", "c"] apart from ["a", "bc"].
        let info: Vec<u8> =
            purpose.iter().flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.bytes())).collect();
        let mut derived = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, b"orion v1")
            .extract(key.as_slice())
            .expand(&[&info], KeyLength)
            .and_then(|key| key.fill(derived.as_mut_slice()))
            // HKDF fails only for outputs longer than 8,160 bytes.
            .unwrap_or_else(|_| std::process::abort());
        derived
    }

    /// Seals a text for a purpose, bound to a context such as a row id (AES-256-GCM, random nonce, base64url).
    pub fn seal(&self, scope: Scope, purpose: &str, context: &str, plain: &[u8]) -> String {
        let nonce = self.random.bytes::<NONCE_LEN>();
        let mut text = plain.to_vec();
        seal_with(&self.derive(scope, &["seal", purpose]), nonce, context, &mut text);
        let sealed: Vec<u8> = nonce.into_iter().chain(text).collect();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens what [`Secrets::seal`] made with the same purpose and context.
    pub fn unseal(
        &self,
        scope: Scope,
        purpose: &str,
        context: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| UnsealError)?;
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or(UnsealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| UnsealError)?;
        let key = gcm(&self.derive(scope, &["seal", purpose]));
        let mut text = Zeroizing::new(text.to_vec());
        let length = key.open_in_place(nonce, Aad::from(context.as_bytes()), &mut text).map_err(|_| UnsealError)?.len();
        text.truncate(length);
        Ok(text)
    }

    /// HMAC-SHA256 of a text for a purpose, in hex.
    pub fn mac(&self, scope: Scope, purpose: &[&str], text: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.derive(scope, purpose).as_slice());
        hex(hmac::sign(&key, text).as_ref())
    }
}

fn gcm(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).unwrap_or_else(|_| std::process::abort());
    LessSafeKey::new(key)
}

fn seal_with(key: &[u8; 32], nonce: [u8; NONCE_LEN], context: &str, text: &mut Vec<u8>) {
    gcm(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), text)
        // AES-GCM fails only for texts over 64 GiB.
        .unwrap_or_else(|_| std::process::abort());
}

/// SHA-256 in hex: how tokens of 256 random bits are stored (a slow hash would add nothing).
pub fn token_hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

/// SHA-256 in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

/// Compares two secrets in a time that does not tell where they differ.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::new([1; 32], [2; 32], Random::system())
    }

    #[test]
    fn what_is_sealed_opens_only_with_the_same_key_purpose_and_context() {
        let sealed = secrets().seal(Scope::AtRest, "signing-key", "row-1", b"secret");
        let open = |scope, purpose, context| secrets().unseal(scope, purpose, context, &sealed).ok();
        assert_eq!(open(Scope::AtRest, "signing-key", "row-1").as_deref().map(Vec::as_slice), Some(&b"secret"[..]));
        assert!(open(Scope::InMessages, "signing-key", "row-1").is_none());
        assert!(open(Scope::AtRest, "other", "row-1").is_none());
        assert!(open(Scope::AtRest, "signing-key", "row-2").is_none());
    }

    #[test]
    fn derived_keys_depend_on_how_the_purpose_is_divided() {
        let secrets = secrets();
        assert_ne!(*secrets.derive(Scope::AtRest, &["ab", "c"]), *secrets.derive(Scope::AtRest, &["a", "bc"]));
    }
}
