//! DTOs of the admin service: the console's session, overview and event log.

use crate::auth::{BackupCodes, FlowMethod, FlowStep, Provider};
use crate::bus::Announcement;
use crate::events::Event;
use crate::health::DependencyCheck;
use crate::text;
use crate::{Email, OrganisationId, Password, Secret, ServiceName, UserId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST /console/reset`: gives the administrator of a one-time link a new password and signs them in.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// The token of the one-time link.
    #[garde(skip)]
    pub token: Secret,
    /// At least 15 characters.
    #[garde(skip)]
    pub password: Password,
}

/// `POST /console/setup`: makes the first administrator and signs them in.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// The token of the one-time link.
    #[garde(skip)]
    pub token: Secret,
    /// The administrator's address.
    #[garde(skip)]
    pub email: Email,
    /// At least 15 characters.
    #[garde(skip)]
    pub password: Password,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 200), inner(custom(text::name)))]
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
}

/// `POST /console/setup/check` and `/console/reset/check`: whether a one-time link is good, before somebody fills in a form.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkCheck {
    /// The token of the one-time link.
    #[garde(skip)]
    pub token: Secret,
}

/// A sign-in to the console that needs another step. What belongs to it is in a cookie that no script can read.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleFlow {
    /// Seconds until it is over.
    #[schema(example = 600)]
    pub expires_in: u64,
    /// What is needed next.
    pub next: FlowStep,
    /// By which of these.
    pub methods: Vec<FlowMethod>,
    /// At which providers, where one of the methods is `provider`; absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<Provider>,
    /// For how many days the browser can be trusted with this step; absent where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 30)]
    pub trust_days: Option<u32>,
    /// For `keep_backup_codes`: what stands in for the second factor that was set up. Shown here alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_codes: Option<BackupCodes>,
}

/// `POST /console/session/steps/{step}`: what the step asks for, and nothing else.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsoleStep {
    /// For `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub password: Option<Password>,
    /// For `totp` and `backup-code`, and for `provider` what came back from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(crate::auth::bounded)))]
    #[schema(example = "492039")]
    pub code: Option<Secret>,
    /// For steps that prove or set up a second factor: trusts this browser, whose next sign-ins need the password alone for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub trust_device: bool,
    /// For `new-password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub new_password: Option<Password>,
    /// For `passkey` and `passkey-enrolment`: the credential that the browser gave, by its `toJSON()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<Object>, example = json!({ "id": "cGFzc2tleQ", "type": "public-key" }))]
    pub credential: Option<Value>,
}

/// `POST /console/session/provider-visit`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsoleProviderVisit {
    /// One of the step-up's `providers`, by its name.
    #[garde(length(bytes, max = 32))]
    #[schema(example = "google")]
    pub provider: String,
    /// Comes back beside the code; by it the page knows its own visit.
    #[garde(length(bytes, max = 100))]
    #[schema(example = "af0ifjsldkj")]
    pub state: String,
}

/// The console's session, `GET /console/session`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleSession {
    /// Who is signed in; while they act as somebody else, as whom. The rest is theirs as well.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Name to show.
    #[schema(required, example = "Ada")]
    pub display_name: Option<String>,
    /// Role names.
    #[schema(example = json!(["super_admin"]))]
    pub roles: Vec<String>,
    /// Names of the permissions held: what is not among them is not offered. While somebody acts as somebody else, those of both.
    #[schema(example = json!(["console.use", "users.read", "users.write"]))]
    pub permissions: Vec<String>,
    /// When the session ends without use.
    #[schema(example = "2026-05-21T10:00:00Z")]
    pub idle_expires_at: DateTime<Utc>,
    /// When it ends in any case.
    #[schema(example = "2026-05-21T21:30:00Z")]
    pub expires_at: DateTime<Utc>,
    /// The organisation for which the session acts; none while it acts for none, and once its user belongs to it no more.
    #[serde(default)]
    #[schema(required)]
    pub organisation: Option<ConsoleOrganisation>,
    /// Who it really is, while they act as somebody else; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<ConsoleActing>,
}

/// The organisation for which a session of the console acts.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleOrganisation {
    /// Which.
    pub id: OrganisationId,
    /// What it is called; null while nobody can say.
    #[schema(required, example = "Analytical Engines")]
    pub name: Option<String>,
    /// Names of the permissions that hold for what belongs to it: those held inside, and those held for the whole platform.
    #[schema(example = json!(["members.write", "organisations.read"]))]
    pub permissions: Vec<String>,
}

/// Who really is at the console while they act as somebody else.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleActing {
    /// Who is signed in.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Name to show.
    #[schema(required, example = "Grace")]
    pub display_name: Option<String>,
    /// Why, in their words.
    #[schema(example = "Ticket 4711: the order list is empty")]
    pub reason: String,
    /// When it is over; the session goes on as their own then.
    #[schema(example = "2026-05-21T10:00:00Z")]
    pub expires_at: DateTime<Utc>,
}

/// What the console may know before anybody has signed in, `GET /console/state`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsoleState {
    /// Whether there is no administrator yet.
    pub needs_setup: bool,
    /// ORION's version.
    #[schema(example = "0.1.0")]
    pub version: String,
}

/// One service's health as the console shows it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceHealth {
    /// Which service.
    pub service: ServiceName,
    /// The verdict.
    pub status: ServiceStatus,
    /// What was looked at, when it answered.
    pub checks: Vec<DependencyCheck>,
    /// How long the answer took.
    #[schema(required, example = 3)]
    pub latency_ms: Option<u64>,
    /// Instances that announced themselves in the last seconds.
    pub instances: Vec<Announcement>,
    /// When this was found.
    pub checked_at: DateTime<Utc>,
}

/// A service as seen from the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// Ready.
    Up,
    /// Answers, but is not ready.
    Degraded,
    /// Does not answer.
    Down,
}

/// `GET /console/overview`
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overview {
    /// All services.
    pub services: Vec<ServiceHealth>,
}

/// The query of `GET /api/v1/events`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only events of which this condition holds, in CEL over `event`: `event.type.startsWith("user.")`. An event of which it
    /// cannot be asked, for it has no such field, is none. A page may then have fewer events than `limit`, also none, and a
    /// `next_cursor` all the same: `looked_at` says how many were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A page of `GET /api/v1/events`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventPage {
    /// The events, newest first; sealed secrets stay sealed.
    pub items: Vec<Event>,
    /// Pass it as `cursor` to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2230313965346333612d376631302d376335352d396432622d33613666306338653162343222")]
    pub next_cursor: Option<String>,
    /// How many events were looked at for this page: as many as there are in it, or more with a filter.
    #[schema(example = 1)]
    pub looked_at: u32,
}
