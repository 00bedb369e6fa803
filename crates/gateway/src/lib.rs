//! The gateway: everything that a client sends passes here.

pub mod edge;
pub mod identity;
pub mod limits;
pub mod observe;
pub mod proxy;
pub mod routing;
pub mod snapshot;
