//! Compression of answers (RFC 9110, section 8.4): which ones, by which coding, and the bodies themselves.

mod accept;
mod body;
mod coding;
mod config;
mod encoder;
mod media;
mod plan;

pub use body::Compressed;
pub use coding::Coding;
pub use config::CompressionConfig;
pub use encoder::{CodecFailed, Encoder};
pub use plan::{Compression, Wanted};

#[cfg(test)]
mod tests;
