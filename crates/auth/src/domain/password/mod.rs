//! Passwords: which are accepted, how they are hashed, and how much hashing happens at once.

mod blocklist;
mod hasher;
mod policy;
mod pool;

pub(crate) use hasher::{Parameters, StoredHash};
pub(crate) use policy::{Person, check};
pub(crate) use pool::HashingPool;
