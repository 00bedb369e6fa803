//! What the service does without being asked over HTTP.

mod deliver;
mod event_intake;

pub(crate) use deliver::Deliver;
pub(crate) use event_intake::EventIntake;
