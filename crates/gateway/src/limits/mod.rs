//! Rate limits.

pub mod gcra;

pub use gcra::{Decision, Limiter, Quota};
