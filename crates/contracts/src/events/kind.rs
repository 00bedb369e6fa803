//! Kinds of events: the name of each, and who listens to it.

use super::{auth, gateway, notifications, users};
use crate::ServiceName;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Who listens to every event, also to kinds that are not known yet.
pub const HEARS_EVERYTHING: ServiceName = ServiceName::Admin;

/// What an event tells: a struct made by `events!`. A new field must have a default; a changed meaning is a new event.
pub trait EventPayload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind's name, which is also its routing key.
    const KIND: &'static str;
    /// The services that have a consumer of it, beside the one that hears everything. The broker's bindings and the lanes
    /// of the outbox are made from it.
    const LISTENERS: &'static [ServiceName];
}

/// One kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    /// Its name.
    pub name: &'static str,
    /// Who listens to it by name.
    pub named: &'static [ServiceName],
}

/// All kinds.
pub fn kinds() -> impl Iterator<Item = &'static EventKind> {
    [users::KINDS, auth::KINDS, notifications::KINDS, gateway::KINDS].into_iter().flatten()
}

/// The kind of this name, when it is known.
pub fn find_kind(name: &str) -> Option<&'static EventKind> {
    kinds().find(|kind| kind.name == name)
}

/// Declares a service's events: `Name = "kind.name" for [Listener, …] { fields }`.
macro_rules! events {
    ($($(#[$doc:meta])* $event:ident = $kind:literal for [$($listener:ident),*] {
        $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)?
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
            pub struct $event {
                $($(#[$field_doc])* pub $field: $type),*
            }

            impl $crate::events::EventPayload for $event {
                const KIND: &'static str = $kind;
                const LISTENERS: &'static [$crate::ServiceName] = &[$($crate::ServiceName::$listener),*];
            }
        )*

        pub(super) const KINDS: &[$crate::events::EventKind] = &[
            $($crate::events::EventKind {
                name: $kind,
                named: <$event as $crate::events::EventPayload>::LISTENERS,
            }),*
        ];
    };
}
pub(super) use events;
