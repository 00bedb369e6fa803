//! What auth does without being asked.

pub(crate) mod active_sessions;
mod carry_out_registration;
pub(crate) mod key_rotation;
mod send_password_reset;
