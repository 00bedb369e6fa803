//! What is spoken over the console's WebSocket, `/console/live`: requests, topics, and what each topic tells.

use crate::admin::ServiceHealth;
use crate::events::Event;
use serde::{Deserialize, Serialize};

/// The WebSocket is closed with this code when its session has ended.
pub const CLOSE_SESSION_ENDED: u16 = 4401;

/// The WebSocket is closed with this code when its user may no longer use the console.
pub const CLOSE_FORBIDDEN: u16 = 4403;

/// What the console sends over its WebSocket.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum LiveRequest {
    /// Starts a subscription.
    Subscribe {
        /// Chosen by the client; every answer carries it.
        id: u32,
        /// What to watch.
        topic: LiveTopic,
        /// Only what this condition holds of, in CEL, for a topic that takes one: `event.type.startsWith("user.")` for
        /// `events`, as in `GET /api/v1/events`. A message may then tell nothing but how far was looked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filter: Option<String>,
        /// Resume after this sequence number, when it is still kept.
        #[serde(default)]
        resume_after: Option<u64>,
    },
    /// Ends a subscription.
    Unsubscribe {
        /// Which.
        id: u32,
    },
}

/// Topics and what they tell. A new one is a line here and a struct below.
macro_rules! topics {
    ($($(#[doc = $doc:literal])+ $topic:ident => $told:ty,)+) => {
        /// What can be watched.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum LiveTopic {
            $($(#[doc = $doc])+ $topic,)+
        }

        impl LiveTopic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$topic),+];
        }

        /// What the console receives over its WebSocket.
        #[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum LiveMessage {
            $($(#[doc = $doc])+ $topic {
                /// The subscription.
                id: u32,
                /// Counts up per topic; where to resume after this message.
                sequence: u64,
                /// What the topic tells.
                #[serde(flatten)]
                told: $told,
            },)+
            /// The socket, or its filter, was too slow: so many items were left out.
            Lagged {
                /// The subscription.
                id: u32,
                /// How many; with a filter, how many were not looked at.
                missed: u64,
            },
            /// The request could not be followed, or no longer.
            Error {
                /// The subscription, when there is one.
                #[schema(required)]
                id: Option<u32>,
                /// Why.
                detail: String,
                /// The field of the request that is wrong, when it is one of them.
                #[schema(required)]
                field: Option<String>,
            },
        }
    };
}

topics! {
    /// Every service's health, whenever it was asked for and at subscription.
    Health => HealthTold,
    /// Events since the last message; takes a filter over `event`.
    Events => EventsTold,
}

/// What `health` tells.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HealthTold {
    /// All services.
    pub services: Vec<ServiceHealth>,
}

/// What `events` tells.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventsTold {
    /// The events, oldest first; sealed secrets stay sealed.
    pub events: Vec<Event>,
}
