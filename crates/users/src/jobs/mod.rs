//! Background work.

pub(crate) mod audit_chain;
