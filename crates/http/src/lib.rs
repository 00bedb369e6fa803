//! What all endpoints share: who calls and what they may do, validation, problems, health, metrics, OpenAPI, and the
//! server that runs a service.

pub mod body;
pub mod caller;
pub mod credential;
pub mod etag;
pub mod headers;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod openapi;
pub mod page;
pub mod peer;
pub mod problem;
pub mod server;
pub mod service;
pub mod snapshot;
pub mod telemetry;
pub mod valid;
mod words;

pub use caller::{
    Caller, FRESH_SECONDS, Fresh, FreshOrKey, Freshness, InPerson, Leaving, Permitted, Require, RequireOf, RequireOwn,
    RequireOwnOrOf, RequireSomewhere,
};
pub use identity::Identity;
pub use peer::{FromPeer, Serve};
pub use problem::ApiProblem;
pub use service::{BuildError, Context, OwnCheck, ProcessState, Service};
pub use valid::{Valid, ValidPath, ValidQuery};
