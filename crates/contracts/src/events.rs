//! What happened, told between services: the one list of all events and of who listens to what.
//!
//! An event is written to its service's outbox in the transaction of the change that it tells of. It is delivered at
//! least once and perhaps out of order; consumers are idempotent by `id` and ignore versions older than they know.

use crate::{Email, EventId, NotificationId, ServiceName, SessionId, UserId};
use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The longest name of an event.
const MAX_NAME: usize = 100;

/// An event with its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Unique; what consumers remember in their inbox.
    pub id: EventId,
    /// The service that wrote it.
    pub source: ServiceName,
    /// The thing that changed.
    pub aggregate_id: Uuid,
    /// Its version after the change; projections ignore older ones.
    pub aggregate_version: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// W3C trace context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// A secret inside an event: AES-256-GCM, base64url, opened only by the worker that sends it (`infra::secrets`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// What a user is to others, carried by user events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserFacts {
    /// The user.
    pub user_id: UserId,
    /// E-mail address.
    pub email: Email,
    /// Whether it was proven to be the user's.
    pub is_verified: bool,
    /// Name to show.
    pub display_name: Option<String>,
    /// BCP 47 language tag.
    pub locale: String,
    /// Life-cycle status.
    pub status: crate::users::UserStatus,
    /// Names of the roles held.
    pub roles: Vec<String>,
}

impl From<&crate::users::User> for UserFacts {
    fn from(user: &crate::users::User) -> Self {
        Self {
            user_id: user.id,
            email: user.email.clone(),
            is_verified: user.is_verified,
            display_name: user.display_name.clone(),
            locale: user.locale.clone(),
            status: user.status,
            roles: user.roles.clone(),
        }
    }
}

/// How a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person signed out.
    LoggedOut,
    /// Somebody ended it.
    Revoked,
    /// A used refresh token was used again.
    RefreshReused,
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        /// All events. A new field must have a default; a changed meaning is a new event.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(tag = "type", content = "data")]
        pub enum EventBody {
            $(
                $(#[$doc])*
                #[serde(rename = $name)]
                $variant { $($(#[$field_doc])* $field: $type),* },
            )*
            /// An event of a newer version of ORION: it is carried and logged as it is.
            #[serde(untagged)]
            Unknown {
                /// Its name.
                #[serde(rename = "type")]
                name: String,
                /// What it tells.
                data: Value,
            },
        }

        impl EventBody {
            /// The event's name, which is also its routing key.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant { .. } => $name,)*
                    Self::Unknown { name, .. } => name,
                }
            }

            fn read(name: String, data: Value) -> serde_json::Result<Self> {
                match name.as_str() {
                    $($name => {
                        #[derive(Deserialize)]
                        struct Data { $($(#[$field_doc])* $field: $type),* }
                        let Data { $($field),* } = serde_json::from_value(data)?;
                        Ok(Self::$variant { $($field),* })
                    })*
                    unknown if unknown.len() > MAX_NAME => Err(Error::custom("the event's name is too long")),
                    _ => Ok(Self::Unknown { name, data }),
                }
            }
        }

        /// The names of all events.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

events! {
    /// A user exists now, verified or not.
    UserCreated = "user.created" {
        /// The user as created.
        user: UserFacts,
    }
    /// A profile changed.
    UserUpdated = "user.updated" {
        /// The user after the change.
        user: UserFacts,
    }
    /// The e-mail address was verified.
    UserVerified = "user.verified" {
        /// The user after the change.
        user: UserFacts,
    }
    /// Roles were given or taken.
    UserRoleChanged = "user.role_changed" {
        /// The user after the change.
        user: UserFacts,
    }
    /// Somebody signed in.
    SessionStarted = "auth.session_started" {
        /// Who.
        user_id: UserId,
        /// The new session.
        session_id: SessionId,
        /// From where.
        ip_address: Option<String>,
        /// With what.
        user_agent: Option<String>,
    }
    /// A session ended.
    SessionEnded = "auth.session_ended" {
        /// Whose.
        user_id: UserId,
        /// Which.
        session_id: SessionId,
        /// Why.
        reason: SessionEnd,
    }
    /// A sign-in failed. The address typed in is not told: it may be a password typed into the wrong field.
    LoginFailed = "auth.login_failed" {
        /// Whose account, when it exists.
        user_id: Option<UserId>,
        /// From where.
        ip_address: Option<String>,
    }
    /// A new account waits for its e-mail address to be verified.
    VerificationRequested = "auth.verification_requested" {
        /// Who.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Name to greet.
        display_name: Option<String>,
        /// Language of the mail.
        locale: String,
        /// The verification link.
        link: Sealed,
    }
    /// Somebody tried to register an address that has an account: its owner is told, the caller is not.
    RegistrationRepeated = "auth.registration_repeated" {
        /// Whose address it is.
        user_id: UserId,
        /// Where the mail goes.
        email: Email,
        /// Language of the mail.
        locale: String,
    }
    /// A provider has taken a notification; whether it arrived is not known yet.
    NotificationSent = "notification.sent" {
        /// Which.
        notification_id: NotificationId,
        /// To whom, when it is a user.
        user_id: Option<UserId>,
        /// Its kind.
        kind: String,
        /// The way out.
        channel: crate::notifications::Channel,
    }
    /// A notification reached its recipient on one channel.
    NotificationDelivered = "notification.delivered" {
        /// Which.
        notification_id: NotificationId,
        /// To whom, when it is a user.
        user_id: Option<UserId>,
        /// Its kind.
        kind: String,
        /// The way out.
        channel: crate::notifications::Channel,
    }
    /// A notification could not be delivered on one channel.
    NotificationFailed = "notification.failed" {
        /// Which.
        notification_id: NotificationId,
        /// To whom, when it is a user.
        user_id: Option<UserId>,
        /// Its kind.
        kind: String,
        /// The way out.
        channel: crate::notifications::Channel,
        /// Why, without secrets.
        reason: String,
    }
}

/// Written by hand, so that an unknown event can be read and a known one of the wrong shape cannot.
impl<'de> Deserialize<'de> for EventBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Tagged {
            #[serde(rename = "type")]
            name: String,
            #[serde(default)]
            data: Value,
        }
        let Tagged { name, data } = Tagged::deserialize(deserializer)?;
        Self::read(name, data).map_err(Error::custom)
    }
}

/// Who listens to what: names, or `*` for everything, also for what is not known yet. Peer delivery and the broker's bindings are made from this table.
pub const SUBSCRIPTIONS: &[(ServiceName, &[&str])] = &[
    (ServiceName::Auth, &["user.created", "user.updated", "user.verified", "user.role_changed"]),
    (ServiceName::Notifications, &["user.created", "auth.verification_requested", "auth.registration_repeated"]),
    (ServiceName::Users, &["auth.session_started"]),
    (ServiceName::Admin, &["*"]),
];

/// The services that listen to the event of this name.
pub fn listeners(name: &str) -> impl Iterator<Item = ServiceName> {
    SUBSCRIPTIONS
        .iter()
        .filter(move |(_, patterns)| patterns.iter().any(|pattern| *pattern == "*" || *pattern == name))
        .map(|(service, _)| *service)
}

/// The body of `POST /internal/v1/events`.
#[derive(Debug, Clone, Serialize)]
pub struct EventBatch<'a> {
    /// The events, in the order of their outbox.
    pub events: &'a [Event],
}

/// The same body as it arrives: an event that cannot be read must not keep the others out.
#[derive(Debug, Clone, Deserialize)]
pub struct ArrivedBatch {
    /// The events, each read on its own.
    pub events: Vec<Value>,
}

/// The answer to a batch: what was not taken. All else was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// The events to be sent again later.
    pub refused: Vec<RefusedEvent>,
}

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEvent {
    /// Its place in the batch, from 0.
    pub position: usize,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::{Event, EventBody, NAMES, SUBSCRIPTIONS};
    use serde_json::json;

    #[test]
    fn subscriptions_name_events_that_exist() {
        for (service, patterns) in SUBSCRIPTIONS {
            for pattern in *patterns {
                assert!(*pattern == "*" || NAMES.contains(pattern), "{service} listens to unknown {pattern}");
            }
        }
    }

    #[test]
    fn unknown_events_are_carried_as_they_are_and_known_ones_must_have_their_shape() {
        let with = |name: &str, data: serde_json::Value| {
            json!({
                "id": uuid::Uuid::nil(), "source": "users", "aggregate_id": uuid::Uuid::nil(), "aggregate_version": 1,
                "occurred_at": "2030-01-01T00:00:00Z", "type": name, "data": data,
            })
        };
        let read = |json: &serde_json::Value| serde_json::from_value::<Event>(json.clone());
        let future = with("user.future", json!({ "planet": "Mars" }));
        let event = read(&future).expect("an event");
        assert_eq!(
            event.body,
            EventBody::Unknown { name: "user.future".to_owned(), data: json!({ "planet": "Mars" }) }
        );
        assert_eq!(serde_json::to_value(&event).expect("JSON"), future);
        let known = with("auth.login_failed", json!({ "user_id": null, "ip_address": "::1", "newer": 1 }));
        let event = read(&known).expect("an event");
        let body = EventBody::LoginFailed { user_id: None, ip_address: Some("::1".to_owned()) };
        assert_eq!((event.body.name(), &event.body), ("auth.login_failed", &body));
        assert!(read(&with("user.created", json!({ "user": 1 }))).is_err());
        assert!(read(&with(&"x".repeat(101), json!({}))).is_err());
    }
}
