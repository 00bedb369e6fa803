//! Finds out where upstreams are: one task for all that have `dns`, on the main runtime.

mod dns;
mod known;
mod names;

pub use dns::DnsLookups;
pub use names::{Answer, Discovery, Found};
