//! Background work and event handlers.

pub(crate) mod audit_chain;
pub(crate) mod session_started;
