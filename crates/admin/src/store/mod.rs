//! Queries. The only place that knows the tables.

pub(crate) mod console_sessions;
pub(crate) mod event_log;
pub(crate) mod setup_links;
