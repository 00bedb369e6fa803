//! Who calls: verified tokens, remembered per core. Keys and revocations are the process's own (`orion_http::identity`).

pub mod token_cache;
pub mod verified;

pub use orion_http::identity::{Keys, Revocations};
pub use token_cache::{Authenticator, Rejected};
pub use verified::{TokenPolicy, Verified};
