//! Keys, and what is made from them: sealing at rest and in messages, MACs, derived keys, token hashes.

mod load;
mod mac;
mod sealing;

pub(crate) use load::parse_key;
pub use load::{SecretsError, from_configuration, from_files, master_to_look};

use crate::Random;
use aws_lc_rs::digest;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use sealing::KeyChain;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A platform's two keys, and older ones of each. Cloning shares them.
#[derive(Clone)]
pub struct Secrets {
    master: Arc<KeyChain>,
    internal: Arc<KeyChain>,
    random: Random,
}

/// Why something sealed cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It has a form that this program does not know.
    #[error("the sealed value has the unknown version {0}")]
    Version(u8),
    /// It was sealed with a key that is not here.
    #[error("the sealed value needs another key")]
    Key,
    /// It was changed, or has another purpose or context.
    #[error("the sealed value is damaged, or is not meant for this")]
    Damaged,
}

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
        let chain = |key| Arc::new(KeyChain::new(key, []));
        Self { master: chain(master), internal: chain(internal), random }
    }

    /// Keeps keys that were in force before, newest first: they open what they sealed and check the MACs that they made, and
    /// make nothing new.
    #[must_use]
    pub fn with_older(mut self, scope: Scope, older: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let chain = match scope {
            Scope::AtRest => &mut self.master,
            Scope::InMessages => &mut self.internal,
        };
        *chain = Arc::new(KeyChain::new(*chain.current().key(), older));
        self
    }

    fn chain(&self, scope: Scope) -> &KeyChain {
        match scope {
            Scope::AtRest => &self.master,
            Scope::InMessages => &self.internal,
        }
    }

    /// A key for one purpose: HKDF-SHA256 (RFC 5869) of the scope's current key.
    pub fn derive(&self, scope: Scope, purpose: &[&str]) -> Zeroizing<[u8; 32]> {
        derive_from(self.chain(scope).current().key(), purpose)
    }

    /// The keys that [`Secrets::derive`] gives by the scope's keys, that of now first: for what outlives a change of keys.
    pub fn derive_all(&self, scope: Scope, purpose: &[&str]) -> Vec<Zeroizing<[u8; 32]>> {
        self.chain(scope).all().map(|root| derive_from(root.key(), purpose)).collect()
    }

    /// Seals a text for a purpose, bound to a context such as a row id, with the scope's current key.
    pub fn seal(&self, scope: Scope, purpose: &str, context: &str, plain: &[u8]) -> String {
        self.chain(scope).seal(&self.random, purpose, context, plain)
    }

    /// Opens what [`Secrets::seal`] made with the same purpose and context, by this key or one that was before it.
    pub fn unseal(
        &self,
        scope: Scope,
        purpose: &str,
        context: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        self.chain(scope).unseal(purpose, context, sealed)
    }

    /// A MAC of a text for a purpose, of 73 characters: the id of the scope's current key, a dot, and HMAC-SHA256 in hex.
    pub fn mac(&self, scope: Scope, purpose: &[&str], text: &[u8]) -> String {
        self.chain(scope).mac(purpose, text)
    }

    /// Whether a MAC is that of the text for the purpose, by the key of now or by one that was before it.
    pub fn verify(&self, scope: Scope, purpose: &[&str], text: &[u8], mac: &str) -> bool {
        self.chain(scope).verify(purpose, text, mac)
    }

    /// The MACs that a text for a purpose may have been given until now, that of the current key first: what a row is looked
    /// up by that may be older than the key.
    pub fn macs(&self, scope: Scope, purpose: &[&str], text: &[u8]) -> Vec<String> {
        self.chain(scope).macs(purpose, text)
    }
}

/// A key for one purpose, from a root key.
fn derive_from(root: &[u8; 32], purpose: &[&str]) -> Zeroizing<[u8; 32]> {
    // Lengths keep ["ab", "c"] apart from ["a", "bc"].
    let info: Vec<u8> =
        purpose.iter().flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.bytes())).collect();
    let mut derived = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, b"orion v1")
        .extract(root)
        .expand(&[&info], KeyLength)
        .and_then(|key| key.fill(derived.as_mut_slice()))
        // HKDF fails only for outputs longer than 8,160 bytes.
        .unwrap_or_else(|_| std::process::abort());
    derived
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
    ::hex::encode(bytes)
}

/// The bytes of a text in hex, in either case and nothing beside it.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    ::hex::decode(text).ok()
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
    fn an_older_key_opens_in_its_own_scope_only() {
        let sealed = secrets().seal(Scope::AtRest, "signing-key", "row-1", b"secret");
        let rotated = || Secrets::new([3; 32], [2; 32], Random::system());
        let open = |secrets: Secrets| secrets.unseal(Scope::AtRest, "signing-key", "row-1", &sealed).map(|_| ());
        assert_eq!(open(rotated()), Err(UnsealError::Key));
        assert_eq!(open(rotated().with_older(Scope::AtRest, [[1; 32]])), Ok(()));
        assert_eq!(open(rotated().with_older(Scope::InMessages, [[1; 32]])), Err(UnsealError::Key));
    }

    #[test]
    fn a_key_is_hex_or_base64_and_nothing_that_a_parser_of_numbers_takes_as_well() {
        let hex = hex(&[0xfa; 32]);
        assert_eq!(parse_key(&hex), Some([0xfa; 32]));
        assert_eq!(parse_key(&hex.to_uppercase()), Some([0xfa; 32]));
        assert_eq!(parse_key(&format!("\u{feff}{hex}\n")), Some([0xfa; 32]), "as some editors save it");
        for broken in ["+f".repeat(32), "-0".repeat(32), format!("{}é", &hex[2..]), format!("{hex}0"), String::new()] {
            assert_eq!(parse_key(&broken), None, "{broken}");
        }
    }

    #[test]
    fn derived_keys_depend_on_how_the_purpose_is_divided() {
        let secrets = secrets();
        assert_ne!(*secrets.derive(Scope::AtRest, &["ab", "c"]), *secrets.derive(Scope::AtRest, &["a", "bc"]));
    }
}
