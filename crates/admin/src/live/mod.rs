//! Live data over WebSocket. A topic is a file in `topics/`; sockets merge the streams that topics open for them. One
//! frame per topic and moment is serialised once and shared by all sockets.

mod flood;
mod following;
mod frame;
mod hub;
mod socket;
mod subscriptions;
mod topic;
pub(crate) mod topics;
mod watchers;

pub(crate) use hub::{Hub, tasks};
pub(crate) use socket::{Socket, accept};
