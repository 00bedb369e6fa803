//! Background work.

pub(crate) mod audit_chain;
mod audit_proof;
mod erase_deleted;
mod remove_unverified;
