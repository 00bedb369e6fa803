//! Background work.

pub(crate) mod audit_chain;
mod audit_proof;
mod drop_avatars;
mod empty_organisation;
mod erase_deleted;
mod remove_unverified;
mod respell;
pub(crate) mod role_ends;
