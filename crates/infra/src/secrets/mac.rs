//! MACs that outlive a change of keys: `key id.HMAC-SHA256`, both in hex. The id says which key made a MAC, as it does in a
//! sealed value: new ones are made with the current key, and those of before are checked as long as their key is kept.

use super::sealing::{KeyChain, RootKey};
use super::{derive_from, hex, same};
use aws_lc_rs::hmac;

impl KeyChain {
    /// The MAC that the current key makes.
    pub(super) fn mac(&self, purpose: &[&str], text: &[u8]) -> String {
        sign(self.current(), purpose, text)
    }

    /// Those that all keys make, the current one's first.
    pub(super) fn macs(&self, purpose: &[&str], text: &[u8]) -> Vec<String> {
        self.all().map(|root| sign(root, purpose, text)).collect()
    }

    /// Whether the key that a MAC names has made it.
    pub(super) fn verify(&self, purpose: &[&str], text: &[u8], mac: &str) -> bool {
        let id = mac.split_once('.').map_or("", |(id, _)| id);
        let root = self.all().find(|root| hex(root.id()) == id);
        root.is_some_and(|root| same(sign(root, purpose, text).as_bytes(), mac.as_bytes()))
    }
}

fn sign(root: &RootKey, purpose: &[&str], text: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, derive_from(root.key(), purpose).as_slice());
    format!("{}.{}", hex(root.id()), hex(hmac::sign(&key, text).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_change_of_keys_older_macs_hold_and_new_ones_need_the_new_key() {
        let before = KeyChain::new([1; 32], []);
        let after = KeyChain::new([2; 32], [[1; 32]]);
        let (old, new) = (before.mac(&["test"], b"text"), after.mac(&["test"], b"text"));
        assert!(after.verify(&["test"], b"text", &old) && after.verify(&["test"], b"text", &new));
        assert!(before.verify(&["test"], b"text", &old) && !before.verify(&["test"], b"text", &new));
        assert!(!KeyChain::new([2; 32], []).verify(&["test"], b"text", &old), "no longer kept");
        assert_eq!(after.macs(&["test"], b"text"), [new, old]);
    }

    #[test]
    fn a_mac_holds_for_its_purpose_text_and_key_alone() {
        let chain = KeyChain::new([2; 32], [[1; 32]]);
        let mac = chain.mac(&["test"], b"text");
        assert_eq!(mac.len(), 73);
        assert!(!chain.verify(&["other"], b"text", &mac));
        assert!(!chain.verify(&["test"], b"other", &mac));
        let (id, digest) = mac.split_once('.').expect("two parts");
        let (other, _) = chain.macs(&["test"], b"text")[1]
            .split_once('.')
            .map(|(id, rest)| (id.to_owned(), rest.len()))
            .expect("two parts");
        for broken in [
            String::new(),
            ".".to_owned(),
            digest.to_owned(),
            format!("{id}."),
            format!("{other}.{digest}"),
            format!("{mac}0"),
        ] {
            assert!(!chain.verify(&["test"], b"text", &broken), "{broken}");
        }
    }
}
