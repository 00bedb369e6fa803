//! What auth does without being asked.

pub(crate) mod active_sessions;
pub(crate) mod key_rotation;
