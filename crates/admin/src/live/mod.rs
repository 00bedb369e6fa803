//! Live data over WebSocket: one frame per topic and moment, serialised once and shared by all sockets.

mod feed;
mod flood;
mod frame;
mod hub;
mod socket;
mod subscriptions;
mod watchers;

pub(crate) use frame::Frame;
pub(crate) use hub::{Hub, tasks};
pub(crate) use socket::{Socket, accept};
pub(crate) use watchers::Watchers;
