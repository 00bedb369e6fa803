//! What a sealed value looks like, and the keys that open it.
//!
//! `version (1 byte) | key id (4 bytes) | nonce (12 bytes) | AES-256-GCM ciphertext and tag`, in base64url. Version and
//! key id are covered by the tag. The id says which key sealed a value, so that keys can be rotated: new values are
//! sealed with the current key, and those of before open as long as their key is kept.

use super::{UnsealError, derive_from};
use crate::Random;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// The only version so far.
const VERSION: u8 = 1;
/// Length of a key id, in bytes.
const ID: usize = 4;
/// Length of what stands before the nonce.
const HEADER: usize = 1 + ID;

/// A root key with its id.
pub(super) struct RootKey {
    /// Derived from the key; tells keys apart and nothing about them.
    id: [u8; ID],
    key: Zeroizing<[u8; 32]>,
}

impl RootKey {
    fn new(key: [u8; 32]) -> Self {
        let key = Zeroizing::new(key);
        let derived = derive_from(&key, &["key-id"]);
        let mut id = [0; ID];
        id.copy_from_slice(&derived[..ID]);
        Self { id, key }
    }

    pub(super) fn id(&self) -> &[u8] {
        &self.id
    }

    pub(super) fn key(&self) -> &[u8; 32] {
        &self.key
    }
}

/// The key that is in force, and those that were before it.
pub(super) struct KeyChain {
    current: RootKey,
    older: Vec<RootKey>,
}

impl KeyChain {
    /// The current key, and older ones that still open what they sealed.
    pub(super) fn new(current: [u8; 32], older: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self { current: RootKey::new(current), older: older.into_iter().map(RootKey::new).collect() }
    }

    /// The key that new things are made with.
    pub(super) fn current(&self) -> &RootKey {
        &self.current
    }

    /// All keys, the current one first.
    pub(super) fn all(&self) -> impl Iterator<Item = &RootKey> {
        std::iter::once(&self.current).chain(&self.older)
    }

    /// Seals with the current key.
    pub(super) fn seal(&self, random: &Random, purpose: &str, context: &str, plain: &[u8]) -> String {
        let mut header = [VERSION; HEADER];
        header[1..].copy_from_slice(&self.current.id);
        let nonce = random.bytes::<NONCE_LEN>();
        let mut text = plain.to_vec();
        gcm(&self.current, purpose)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated(&header, context), &mut text)
            // AES-GCM fails only for texts over 64 GiB.
            .unwrap_or_else(|_| std::process::abort());
        let sealed: Vec<u8> = header.into_iter().chain(nonce).chain(text).collect();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens with the key that the value names.
    pub(super) fn unseal(&self, purpose: &str, context: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let damaged = |_| UnsealError::Damaged;
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(damaged)?;
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(UnsealError::Version(version)),
            None => return Err(UnsealError::Damaged),
        }
        let (header, rest) = bytes.split_at_checked(HEADER).ok_or(UnsealError::Damaged)?;
        let root = self.all().find(|root| root.id == header[1..]).ok_or(UnsealError::Key)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(UnsealError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| UnsealError::Damaged)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = gcm(root, purpose)
            .open_in_place(nonce, associated(header, context), &mut text)
            .map_err(|_| UnsealError::Damaged)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

fn gcm(root: &RootKey, purpose: &str) -> LessSafeKey {
    let key = derive_from(&root.key, &["seal", purpose]);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).unwrap_or_else(|_| std::process::abort()))
}

/// The header has one length, so no context can pass for a part of it.
fn associated(header: &[u8], context: &str) -> Aad<Vec<u8>> {
    Aad::from([header, context.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(chain: &KeyChain) -> String {
        chain.seal(&Random::seeded(1), "token", "row-1", b"secret")
    }

    fn open(chain: &KeyChain, sealed: &str) -> Result<Vec<u8>, UnsealError> {
        chain.unseal("token", "row-1", sealed).map(|plain| plain.to_vec())
    }

    /// The value with a byte changed.
    fn with(sealed: &str, position: usize, change: u8) -> String {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).expect("base64url");
        bytes[position] ^= change;
        URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn after_a_change_of_keys_older_values_open_and_new_ones_need_the_new_key() {
        let before = KeyChain::new([1; 32], []);
        let after = KeyChain::new([2; 32], [[1; 32]]);
        assert_eq!(open(&after, &seal(&before)), Ok(b"secret".to_vec()));
        assert_eq!(open(&after, &seal(&after)), Ok(b"secret".to_vec()));
        assert_eq!(open(&before, &seal(&after)), Err(UnsealError::Key));
        assert_eq!(open(&KeyChain::new([2; 32], []), &seal(&before)), Err(UnsealError::Key), "no longer kept");
    }

    #[test]
    fn why_a_value_does_not_open_is_told_apart() {
        let chain = KeyChain::new([1; 32], []);
        let sealed = seal(&chain);
        assert_eq!(open(&chain, &with(&sealed, 0, 3)), Err(UnsealError::Version(2)));
        assert_eq!(open(&chain, &with(&sealed, 1, 1)), Err(UnsealError::Key));
        assert_eq!(open(&chain, &with(&sealed, HEADER, 1)), Err(UnsealError::Damaged), "the nonce");
        assert_eq!(open(&chain, &with(&sealed, HEADER + NONCE_LEN, 1)), Err(UnsealError::Damaged), "the text");
        for broken in ["", "AQ", "AQID", "not base64url!", &sealed[..20]] {
            assert!(open(&chain, broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn the_header_is_sealed_as_well() {
        // The same root key under two ids: a value that names the other one must not open.
        let mut chain = KeyChain::new([1; 32], [[1; 32]]);
        chain.older[0].id[0] ^= 1;
        assert_eq!(open(&chain, &with(&seal(&chain), 1, 1)), Err(UnsealError::Damaged));
    }
}
