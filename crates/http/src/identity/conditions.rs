//! Conditions under which something is given or denied: compiled once for what a process keeps of a subject, and asked of the
//! circumstances of one request. Without an answer a grant is none, and a denial denies.

use super::decision::Object;
use chrono::{DateTime, Utc};
use orion_conditions::{Condition, Given, NoAnswer, NoCondition, Values, Variables};
use orion_contracts::claims::TRUSTED_DEVICE;
use orion_contracts::users::{Grants, PermissionGrant};
use orion_contracts::{AccessClaims, OrganisationId, UserId};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;

/// What a condition may name.
static VARIABLES: LazyLock<Variables> = LazyLock::new(|| {
    Variables::default()
        .with_anything(NOW)
        .with::<RequestFacts>(REQUEST)
        .with::<SubjectFacts>(SUBJECT)
        .with::<ObjectFacts>(OBJECT)
});
const NOW: &str = "now";
const REQUEST: &str = "request";
const SUBJECT: &str = "subject";
const OBJECT: &str = "object";

/// Reads a condition of a grant or a denial, over `now`, `request`, `subject` and `object`.
pub fn grant_condition(text: &str) -> Result<Condition, NoCondition> {
    Condition::compile(text, &VARIABLES)
}

/// What a condition knows of the request. What is not known is left out: `null` would be compared with a text, and be another one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
struct RequestFacts {
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// How sure the sign-in makes: `aal1` or `aal2`. No API key has signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// Whether a second factor was proven, and not a trusted device in its place.
    mfa: bool,
    /// How many seconds ago the person proved who they are.
    auth_age: i64,
}

#[derive(Serialize, ToSchema)]
struct SubjectFacts {
    id: UserId,
    organisation: Option<OrganisationId>,
    roles: Vec<String>,
}

/// `null` for the organisation is known, as of the subject: it belongs to none. Whose something is may not be known.
#[derive(Serialize, ToSchema)]
struct ObjectFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<UserId>,
    organisation_id: Option<OrganisationId>,
}

/// What is known of the request for which somebody decides: nothing, where they decide for another person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Circumstances(Option<RequestFacts>);

impl Circumstances {
    /// Those of a request with these claims, from this address.
    pub fn of(claims: &AccessClaims, ip: Option<&str>, now: DateTime<Utc>) -> Self {
        let is_trusted_device = claims.amr.iter().any(|method| method == TRUSTED_DEVICE);
        let mfa = claims.acr.as_deref() == Some("aal2") && !is_trusted_device;
        let auth_age = now.timestamp().saturating_sub(claims.auth_time);
        Self(Some(RequestFacts { ip: ip.map(str::to_owned), acr: claims.acr.clone(), mfa, auth_age }))
    }
}

/// What a subject holds, with its conditions ready to be asked.
pub struct Held {
    pub(super) grants: Arc<Grants>,
    conditions: HashMap<String, Compiled>,
}

/// A condition, or why there is none. What is decided from grants that were read again shares it.
pub(super) type Compiled = Arc<Result<Condition, String>>;

impl Held {
    /// Compiles the conditions, if there are any. It takes some tenths of a millisecond for each: on a task, [`Held::ready`].
    pub fn new(grants: Arc<Grants>) -> Self {
        let texts: Vec<_> = texts(&grants).collect();
        let compiled = Condition::compile_all(&texts, &VARIABLES);
        let known = |(text, compiled): (&&str, Result<Condition, NoCondition>)| {
            ((*text).to_owned(), Arc::new(compiled.map_err(|error| error.to_string())))
        };
        let conditions = texts.iter().zip(compiled).map(known).collect();
        Self { grants, conditions }
    }

    /// The same beside the tasks, so that nobody else waits.
    pub async fn ready(grants: Arc<Grants>) -> Self {
        if texts(&grants).next().is_none() {
            return Self::certain(grants);
        }
        let apart = Arc::clone(&grants);
        let compiled = tokio::task::spawn_blocking(move || Self::new(apart)).await;
        // What was not compiled has no answer.
        compiled.unwrap_or_else(|_| Self::certain(grants))
    }

    /// For who asks no condition, as without circumstances: what has one is not certain.
    pub fn certain(grants: Arc<Grants>) -> Self {
        Self { grants, conditions: HashMap::new() }
    }

    /// Whose it is.
    pub fn user_id(&self) -> UserId {
        self.grants.user_id
    }

    /// What the same subject holds by now, with the conditions that were compiled before. One that came since has no answer.
    pub(super) fn again(&self, grants: Arc<Grants>) -> Self {
        Self { grants, conditions: self.conditions.clone() }
    }
}

#[cfg(test)]
impl Held {
    /// The only condition that there is.
    pub(super) fn only(&self) -> Compiled {
        Arc::clone(self.conditions.values().next().expect("a condition"))
    }

    pub(super) fn is_uncompiled(&self) -> bool {
        self.conditions.is_empty()
    }
}

/// The conditions of what is held and denied.
fn texts(grants: &Grants) -> impl Iterator<Item = &str> {
    grants.conditional.iter().chain(&grants.denials).filter_map(|held| held.condition.as_deref())
}

/// Who is asked about, for what and when.
pub(super) struct Asking<'a> {
    pub(super) circumstances: Option<&'a Circumstances>,
    pub(super) organisation: Option<OrganisationId>,
    pub(super) roles: &'a dyn Fn() -> Vec<String>,
    /// None for a list, which is of many objects.
    pub(super) object: Option<&'a Object>,
    pub(super) now: DateTime<Utc>,
}

impl Held {
    /// Whether a condition needs to know the object.
    pub(super) fn needs_object(&self, held: &PermissionGrant) -> bool {
        let condition = held.condition.as_ref().and_then(|text| self.conditions.get(text));
        condition.is_some_and(|condition| (**condition).as_ref().is_ok_and(|condition| condition.names(OBJECT)))
    }

    /// Whether what has a condition holds; why that cannot be said.
    pub(super) fn holds(&self, held: &PermissionGrant, asking: &Asking<'_>) -> Result<bool, String> {
        let Some(text) = &held.condition else { return Ok(true) };
        let Some(circumstances) = asking.circumstances else {
            return Err("what depends on circumstances is not certain".to_owned());
        };
        let condition = match self.conditions.get(text).map(|compiled| &**compiled) {
            Some(Ok(condition)) => condition,
            Some(Err(error)) => return Err(error.clone()),
            None => return Err("it was not compiled".to_owned()),
        };
        let mut values = Values::default();
        values.set(NOW, &Given::moment(asking.now));
        if condition.names(REQUEST) {
            let request = circumstances.0.as_ref().ok_or("nothing is known of the request")?;
            values.set(REQUEST, &given(request)?);
        }
        if condition.names(SUBJECT) {
            let (id, organisation) = (self.grants.user_id, asking.organisation);
            values.set(SUBJECT, &given(&SubjectFacts { id, organisation, roles: (asking.roles)() })?);
        }
        if condition.names(OBJECT) {
            let object = asking.object.ok_or("it asks of one object, and this is about many")?;
            let facts = ObjectFacts { owner_id: object.owner, organisation_id: object.organisation };
            values.set(OBJECT, &given(&facts)?);
        }
        condition.holds(&values).map_err(|error| error.to_string())
    }
}

fn given(value: impl Serialize) -> Result<Given, String> {
    Given::of(value).map_err(|error: NoAnswer| error.to_string())
}
