//! Passwords: which are accepted, how they are hashed, and how much hashing happens at once.

mod blocklist;
mod breaches;
mod hasher;
mod policy;
mod pool;

pub(crate) use breaches::Breaches;
pub(crate) use hasher::{Parameters, StoredHash};
pub(crate) use policy::{Beside, Person, check};
pub(crate) use pool::HashingPool;
