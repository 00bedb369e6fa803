//! Background work of the admin service.

mod log_events;

pub(crate) use log_events::LogEvents;
