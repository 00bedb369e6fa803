//! What ORION's services say to each other: ids, claims, permissions, pages, problems, events and the DTOs of each
//! owner. Data only, and the one spelling of what people type; whoever depends on this crate gets no other behaviour.

pub mod admin;
pub mod audit;
pub mod auth;
pub mod bus;
pub mod claims;
pub mod email;
pub mod events;
pub mod fault;
pub mod gateway;
pub mod health;
pub mod ids;
pub mod internal;
pub mod invitations;
pub mod jobs;
pub mod live;
pub mod notifications;
pub mod page;
pub mod password;
pub mod paths;
pub mod permissions;
pub mod principal;
pub mod problem;
pub mod preferences;
pub mod profile;
pub mod roles;
pub mod secret;
pub mod service;
pub mod settings;
pub mod text;
mod unseen;
pub mod user_list;
pub mod users;
mod vocabulary;

pub use claims::AccessClaims;
pub use email::Email;
pub use fault::FieldFault;
pub use ids::*;
pub use page::{Page, PageQuery};
pub use password::Password;
pub use permissions::Permission;
pub use principal::{Author, Principal};
pub use problem::{FieldCode, FieldError, Problem};
pub use secret::Secret;
pub use service::ServiceName;
