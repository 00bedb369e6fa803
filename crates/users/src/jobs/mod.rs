//! Background work.

pub(crate) mod audit_chain;
mod erase_deleted;
mod remove_unverified;
