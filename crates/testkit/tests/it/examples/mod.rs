//! What `examples/` shows, run as it is.

mod service;
mod verify_token;
