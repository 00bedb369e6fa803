//! What happened, told between services: a struct per event, in the file of the service that tells it.
//!
//! An event is written to its service's outbox in the transaction of the change that it tells of. It is delivered at
//! least once and perhaps out of order; each consumer takes it once, and ignores versions older than it knows.

mod auth;
mod batch;
mod gateway;
mod kind;
mod notifications;
mod users;

pub use auth::{
    EmailChangeBarred, EmailChangeRequested, ImpersonationNoted, InvitationRequested, LoginFailed,
    PasswordResetRequested, RegistrationRepeated, Sealed, SecondFactorChanged, SecurityNoted, SessionEnd, SessionEnded,
    SessionStarted, VerificationRequested, Warned,
};
pub use batch::{ArrivedBatch, BatchAnswer, EventBatch, MAX_EVENT_BYTES, RefusedEvent};
pub use gateway::GatewayChanged;
pub use kind::{EventKind, EventPayload, HEARS_EVERYTHING, find_kind, kinds};
pub use notifications::{NotificationDelivered, NotificationFailed, NotificationSent};
pub use users::{
    ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated, ApiKeyTold, ApiKeyUpdated, EmailChangeAsked, InvitationWithdrawn,
    OrganisationCreated, OrganisationDeleted, OrganisationInvited, OrganisationMemberAdded, OrganisationMemberRemoved,
    OrganisationUpdated, ServiceAccountCreated, ServiceAccountDeleted, ServiceAccountUpdated, TellsOfUser, UserCreated,
    UserDeleted, UserEmailChanged, UserFacts, UserInvited, UserRoleChanged, UserStatusChanged, UserUpdated,
    UserVerified,
};

use crate::{EventId, ServiceName};
use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The longest name of a kind.
const MAX_KIND: usize = 100;

/// An event with its envelope. A kind that is not known is carried and logged as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Event, example = json!({
    "id": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "source": "auth",
    "aggregate_id": "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10", "aggregate_version": 3, "occurred_at": "2026-05-21T09:30:00Z",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "type": "auth.login_failed",
    "data": { "user_id": "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10", "ip_address": "192.0.2.7" },
}))]
pub struct Event<D = Value> {
    /// Unique; what consumers remember in their inbox.
    pub id: EventId,
    /// The service that wrote it.
    pub source: ServiceName,
    /// The thing that changed.
    pub aggregate_id: Uuid,
    /// Its version after the change; projections ignore older ones.
    #[schema(example = 3)]
    pub aggregate_version: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// W3C trace context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    pub traceparent: Option<String>,
    /// What kind of thing happened.
    #[serde(rename = "type", deserialize_with = "bounded_kind")]
    #[schema(example = "auth.login_failed")]
    pub kind: String,
    /// What happened; its fields are those of the kind.
    #[serde(default)]
    #[schema(value_type = Object, required)]
    pub data: D,
}

impl Event {
    /// An event that tells of this, as it arrives.
    pub fn of<P: EventPayload>(
        id: EventId,
        source: ServiceName,
        (aggregate_id, aggregate_version): (Uuid, i64),
        occurred_at: DateTime<Utc>,
        payload: &P,
    ) -> serde_json::Result<Self> {
        let (kind, data) = (P::KIND.to_owned(), serde_json::to_value(payload)?);
        Ok(Self { id, source, aggregate_id, aggregate_version, occurred_at, traceparent: None, kind, data })
    }

    /// What it tells, when it is of this kind.
    pub fn payload<P: EventPayload>(&self) -> serde_json::Result<Option<P>> {
        (self.kind == P::KIND).then(|| P::deserialize(&self.data)).transpose()
    }
}

fn bounded_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let kind = String::deserialize(deserializer)?;
    if kind.len() > MAX_KIND { Err(D::Error::custom("the event's type is too long")) } else { Ok(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(kind: &str, data: Value) -> Value {
        json!({
            "id": Uuid::nil(), "source": "users", "aggregate_id": Uuid::nil(), "aggregate_version": 1,
            "occurred_at": "2030-01-01T00:00:00Z", "type": kind, "data": data,
        })
    }

    fn read(json: &Value) -> serde_json::Result<Event> {
        serde_json::from_value(json.clone())
    }

    #[test]
    fn a_kind_that_is_not_known_is_carried_as_it_is() {
        let future = with("user.future", json!({ "planet": "Mars" }));
        let event = read(&future).expect("an event");
        assert_eq!((event.kind.as_str(), &event.data), ("user.future", &json!({ "planet": "Mars" })));
        assert_eq!(event.payload::<LoginFailed>().expect("not looked at"), None);
        assert_eq!(serde_json::to_value(&event).expect("JSON"), future);
        assert!(read(&with(&"x".repeat(101), json!({}))).is_err());
    }

    #[test]
    fn a_payload_is_read_with_what_a_newer_version_adds_and_not_in_another_shape() {
        let event = read(&with("auth.login_failed", json!({ "user_id": null, "ip_address": "::1", "newer": 1 })));
        let told = event.expect("an event").payload::<LoginFailed>().expect("readable");
        assert_eq!(told, Some(LoginFailed { user_id: None, ip_address: Some("::1".to_owned()) }));
        let event = read(&with("user.created", json!({ "user": 1 }))).expect("an event, whatever it tells");
        assert!(event.payload::<UserCreated>().is_err());
    }

    #[test]
    fn an_event_is_written_as_it_is_read() {
        let told = LoginFailed { user_id: None, ip_address: None };
        let event = Event::of(EventId(Uuid::nil()), ServiceName::Auth, (Uuid::nil(), 1), DateTime::UNIX_EPOCH, &told);
        let event = event.expect("JSON");
        let text = serde_json::to_string(&event).expect("JSON");
        assert!(text.ends_with(r#""type":"auth.login_failed","data":{"ip_address":null,"user_id":null}}"#), "{text}");
        assert_eq!(serde_json::from_str::<Event>(&text).expect("an event"), event);
    }

    #[test]
    fn each_kind_has_its_own_name_and_is_not_listed_for_who_hears_everything() {
        let mut names: Vec<_> = kinds().map(|kind| kind.name).collect();
        assert!(names.iter().all(|name| name.len() <= MAX_KIND && name.contains('.')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), kinds().count());
        assert!(kinds().all(|kind| !kind.named.contains(&HEARS_EVERYTHING)));
    }
}
