//! Background work.

pub(crate) mod audit_chain;
mod audit_proof;
mod empty_organisation;
mod erase_deleted;
mod remove_unverified;
