//! From a request to its answer: checks, then the upstream.

#![allow(clippy::result_large_err, reason = "a problem is made once per failed request, and then written out")]

mod answer;
mod attempt;
mod bodies;
mod body;
mod core;
mod exchange;
mod forward;
mod headers;
mod ids;
mod policy;
pub mod settings;
mod who;

pub use body::AnswerBody;
pub use core::{Proxies, Proxy};
pub use policy::SentBody;
pub use settings::{ProxySettings, ProxyShared};
