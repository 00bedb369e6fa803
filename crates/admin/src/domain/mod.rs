//! Rules of the admin service.

mod acting;
mod acting_for;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod instances;
pub(crate) mod jobs;
mod one_time_links;
pub(crate) mod origin;
mod outlive;
pub(crate) mod ownership;
pub(crate) mod reset;
pub(crate) mod searches;
mod session_tokens;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod shares;
pub(crate) mod sign_in;
pub(crate) mod turn;
pub(crate) mod upstream;
