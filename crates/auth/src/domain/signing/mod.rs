//! Signing keys: ES256, published before they sign, retired after their last token has died.

mod key;
mod key_ring;
mod list;
mod rotation;

pub(crate) use key_ring::{KeyRing, reload};
pub(crate) use rotation::{make_first, rotate};
