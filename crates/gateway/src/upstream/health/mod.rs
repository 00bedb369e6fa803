//! Asks endpoints whether they are well, before requests find out: one task for all upstreams, on the main runtime.

mod probe;
mod prober;

pub use prober::Prober;

#[cfg(test)]
mod tests;
