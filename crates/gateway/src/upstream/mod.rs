//! The servers behind the gateway, and the connections to them.

pub mod http1;
mod pool;

pub use pool::{FRESH, Pool};
