//! What the service does without being asked over HTTP.

mod deliver;

pub(crate) use deliver::Deliver;
