//! From a request to its answer: checks, then the upstream.

#![allow(clippy::result_large_err, reason = "a problem is made once per failed request, and then written out")]

mod answer;
mod body;
mod exchange;
mod forward;
mod headers;
mod ids;
mod upstream;

pub use answer::answer;
pub use body::{AnswerBody, RequestBody};
pub(crate) use headers::Outgoing;
pub use ids::Ids;
pub use upstream::Pool;
