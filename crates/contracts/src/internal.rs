//! The endpoints that services have for each other, each declared once: method, path, who answers, who may call, what is taken
//! and what is given. The caller (`infra::peers`) and the router (`http::peer`) both go by what stands here.

use crate::api_keys::{ApiKeyFound, ApiKeyUses};
use crate::audit::{AuditAppended, AuditBatch, MAX_ENTRY_BYTES};
use crate::auth::{CreateAdministrator, FlowProviderVisit, ProviderVisit};
use crate::bus::{RevocationList, RevocationQuery};
use crate::email_changes::{AnswerEmailChange, EmailChangeFound, EmailChangeToken};
use crate::events::{ArrivedBatch, BatchAnswer, EventBatch, MAX_EVENT_BYTES};
use crate::jobs::{JobInfo, JobOrder, JobQuery};
use crate::organisations::{AnswerOrganisationInvitation, OrganisationInvitationFound};
use crate::settings::SettingSnapshot;
use crate::users::{ConsumeVerification, Grants, PutUser, RoleCatalogue, Standing, User, UserPut};
use crate::{FlowId, JobId, OrganisationInvitationId, Page, ServiceName, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::fmt::Display;

/// How an internal endpoint is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads; the input is the query string.
    Get,
    /// Puts what the path names in its place; the input is a JSON body.
    Put,
    /// Has something done; the input is a JSON body.
    Post,
}

/// An internal endpoint. A value of it is one call's path parameters.
pub trait Endpoint: DeserializeOwned + Send {
    /// How it is called.
    const METHOD: Method;
    /// Its path, parameters as `{id}`.
    const PATH: &'static str;
    /// The services that answer it.
    const OWNERS: &'static [ServiceName];
    /// The services that may call it; all others get 403.
    const CALLERS: &'static [ServiceName];
    /// How many bytes its body may have, where the service's own limit does not count: what is refused for its size is sent
    /// again and again.
    const MAX_BYTES: Option<usize>;
    /// The input as it arrives.
    type Input: DeserializeOwned + Send;
    /// The input as it is sent; the same on the wire.
    type Sent<'a>: Serialize + Sync;
    /// The answer.
    type Output: Serialize + DeserializeOwned + Send;

    /// The path of this call, its parameters encoded (RFC 3986).
    fn path(&self) -> String;
}

/// What is declared of one endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// How it is called.
    pub method: Method,
    /// Its path, parameters as `{id}`.
    pub path: &'static str,
    /// The services that answer it.
    pub owners: &'static [ServiceName],
    /// The services that may call it.
    pub callers: &'static [ServiceName],
}

impl Declared {
    const fn of<E: Endpoint>() -> Self {
        Self { method: E::METHOD, path: E::PATH, owners: E::OWNERS, callers: E::CALLERS }
    }
}

/// No input.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What a segment of a path may hold as it is (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(value: &impl Display) -> String {
    utf8_percent_encode(&value.to_string(), SEGMENT).to_string()
}

macro_rules! endpoints {
    ($(
        $(#[$words:meta])*
        $name:ident { $($field:ident: $type:ty),* }
        $method:ident $path:literal, at $owners:tt, from $callers:tt $(, at most $bytes:literal * $unit:ident)?:
        $input:ty $(, sent $life:lifetime $sent:ty)? => $output:ty;
    )*) => {
        $(
            $(#[$words])*
            #[derive(Debug, Clone, Deserialize)]
            pub struct $name {
                $(#[doc = concat!("`{", stringify!($field), "}` of the path.")] pub $field: $type,)*
            }

            impl Endpoint for $name {
                const METHOD: Method = Method::$method;
                const PATH: &'static str = $path;
                const OWNERS: &'static [ServiceName] = &$owners;
                const CALLERS: &'static [ServiceName] = &$callers;
                const MAX_BYTES: Option<usize> = endpoints!(@bytes $($bytes * $unit)?);
                type Input = $input;
                endpoints!(@sent $input $(, $life $sent)?);
                type Output = $output;

                fn path(&self) -> String {
                    let path = Self::PATH.to_owned();
                    $(let path = path.replace(concat!("{", stringify!($field), "}"), &encoded(&self.$field));)*
                    path
                }
            }
        )*

        /// Every internal endpoint of ORION.
        pub const ALL: &[Declared] = &[$(Declared::of::<$name>()),*];
    };
    (@bytes) => { None };
    (@bytes $bytes:literal * $unit:ident) => { Some($bytes * $unit) };
    (@sent $input:ty) => { type Sent<'a> = $input; };
    (@sent $input:ty, $life:lifetime $sent:ty) => { type Sent<$life> = $sent; };
}

use ServiceName::{Admin, Auth, Notifications, Users};
/// All services.
const EVERY: [ServiceName; 5] = ServiceName::ALL;

// Name and parameters, method and path, who answers, who may call, what is taken, what is given.
endpoints! {
    /// Creates a user, or finds the one who has the address.
    CreateUser { id: UserId } Put "/internal/v1/users/{id}", at [Users], from [Auth]: PutUser => UserPut;
    /// Verifies the address that a token was sent to.
    ConsumeEmailVerification {} Post "/internal/v1/email-verifications/consume", at [Users], from [Auth]:
        ConsumeVerification => User;
    /// The change of an address that a link belongs to. Changes nothing: mail programs open links by themselves.
    FindEmailChange {} Post "/internal/v1/email-changes/find", at [Users], from [Auth]:
        EmailChangeToken => EmailChangeFound;
    /// Confirms or refuses the change of an address by the token of a link.
    ConsumeEmailChange {} Post "/internal/v1/email-changes/consume", at [Users], from [Auth]:
        AnswerEmailChange => EmailChangeFound;
    /// An invitation to an organisation, to whom it was sent and nobody else.
    FindOrganisationInvitation { user: UserId, id: OrganisationInvitationId }
        Get "/internal/v1/users/{user}/organisation-invitations/{id}", at [Users], from [Auth]:
        Nothing => OrganisationInvitationFound;
    /// Their answer to it. The same answer again finds it given.
    GiveInvitationAnswer { user: UserId, id: OrganisationInvitationId }
        Post "/internal/v1/users/{user}/organisation-invitations/{id}", at [Users], from [Auth]:
        AnswerOrganisationInvitation => OrganisationInvitationFound;
    /// What a subject holds.
    FindGrants { sub: UserId } Get "/internal/v1/grants/{sub}", at [Users], from EVERY: Nothing => Grants;
    /// Who stands above whom.
    FindStanding { subject: UserId, actor: UserId } Get "/internal/v1/users/{subject}/standing/{actor}", at [Users],
        from [Auth]: Nothing => Standing;
    /// All roles, for every process to hold.
    ListRoles {} Get "/internal/v1/roles", at [Users], from EVERY: Nothing => RoleCatalogue;
    /// The API key that a secret belongs to, by its SHA-256 in hex.
    FindApiKey { hash: String } Get "/internal/v1/api-keys/{hash}", at [Users], from EVERY: Nothing => ApiKeyFound;
    /// Takes down how often API keys were used.
    NoteApiKeyUses {} Post "/internal/v1/api-key-uses", at [Users], from EVERY: ApiKeyUses => Nothing;
    /// Appends a service's own entries to the audit log. Entries have a bound of their own, and twice as many bytes where they
    /// stand as texts in JSON.
    AppendAuditEntries {} Post "/internal/v1/audit-entries", at [Users], from EVERY, at most 4 * MAX_ENTRY_BYTES:
        AuditBatch => AuditAppended;
    /// What was revoked, for those who missed it on the bus.
    ListRevocations {} Get "/internal/v1/revocations", at [Auth], from EVERY: RevocationQuery => RevocationList;
    /// Makes an administrator with a password, by order of a one-time link.
    MakeAdministrator { id: UserId } Put "/internal/v1/administrators/{id}", at [Auth], from [Admin]:
        CreateAdministrator => User;
    /// Where a step-up sends a browser, to prove at a provider who somebody is; the console is returned to without being registered.
    BeginProviderVisit { id: FlowId } Post "/internal/v1/flows/{id}/provider-visit", at [Auth], from [Admin]:
        FlowProviderVisit => ProviderVisit;
    /// What every process applies over its configuration.
    FindSettings {} Get "/internal/v1/settings", at [Admin], from EVERY: Nothing => SettingSnapshot;
    /// Takes the sender's own events, where there is no broker. The gateway listens to none.
    TakeEvents {} Post "/internal/v1/events", at [Admin, Auth, Notifications, Users], from EVERY, at most 2 * MAX_EVENT_BYTES:
        ArrivedBatch, sent 'a EventBatch<&'a RawValue> => BatchAnswer;
    /// A service's own jobs, newest first.
    ListJobs {} Get "/internal/v1/jobs", at EVERY, from [Admin]: JobQuery => Page<JobInfo>;
    /// One of them.
    FindJob { id: JobId } Get "/internal/v1/jobs/{id}", at EVERY, from [Admin]: Nothing => JobInfo;
    /// Has a job not be done.
    CancelJob { id: JobId } Post "/internal/v1/jobs/{id}/cancel", at EVERY, from [Admin]: JobOrder => JobInfo;
    /// Has a dead job be done again.
    ReplayJob { id: JobId } Post "/internal/v1/jobs/{id}/replay", at EVERY, from [Admin]: JobOrder => JobInfo;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_call_has_a_path_of_its_own_below_the_internal_ones() {
        let calls: BTreeSet<_> = ALL.iter().map(|one| (format!("{:?}", one.method), one.path)).collect();
        assert_eq!(calls.len(), ALL.len());
        for declared in ALL {
            assert!(declared.path.starts_with("/internal/v1/"), "{declared:?}");
            assert!(!declared.owners.is_empty() && !declared.callers.is_empty(), "{declared:?}");
        }
    }

    #[test]
    fn parameters_stand_in_the_path_and_no_value_changes_its_segments() {
        let id = UserId(uuid::Uuid::nil());
        assert_eq!(CreateUser { id }.path(), format!("/internal/v1/users/{id}"));
        assert_eq!(FindGrants { sub: id }.path(), format!("/internal/v1/grants/{id}"));
        assert_eq!(encoded(&"a/../b?c#d%{id}"), "a%2F..%2Fb%3Fc%23d%25%7Bid%7D");
    }
}
