//! Who calls: verified tokens, the keys that verify them, and what has been revoked.

pub mod keys;
pub mod revocations;
pub mod token_cache;
pub mod verifier;

pub use keys::Keys;
pub use revocations::Revocations;
pub use token_cache::{Authenticator, Rejected};
pub use verifier::{Identity, TokenPolicy};
