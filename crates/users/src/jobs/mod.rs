//! Background work.

pub(crate) mod audit_chain;
mod remove_unverified;
