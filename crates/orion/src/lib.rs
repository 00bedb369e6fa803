//! ORION as one program: configuration, topology, and the life of a process. `main.rs` is its command line; tests start
//! the same [`Platform`].

mod background;
pub mod cli;
pub mod config;
mod databases;
mod file_watch;
mod holder;
mod last_console;
mod lock;
#[cfg_attr(not(target_os = "linux"), path = "memory_elsewhere.rs")]
mod memory;
mod openapi;
pub mod platform;
mod ports;
mod private;
mod running;
mod settings;
pub mod topology;
mod wiring;

pub use config::{Config, Sources};
pub use platform::{Platform, Schema, StartError};
pub use topology::Topology;
