//! Conditions under which something is given or denied: compiled once for what a process keeps of a subject, and asked of the
//! circumstances of one request. Without an answer a grant is none, and a denial denies.

use super::decision::Object;
use chrono::{DateTime, Utc};
use orion_conditions::{Condition, Given, NoAnswer, NoCondition, Values, Variables};
use orion_contracts::claims::TRUSTED_DEVICE;
use orion_contracts::users::{AttributeValue, Grants};
use orion_contracts::{AccessClaims, OrganisationId, TeamId, UserId};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;

/// What a condition may name.
static VARIABLES: LazyLock<Variables> = LazyLock::new(|| {
    Variables::default()
        .with_moment(NOW)
        .with::<RequestFacts>(REQUEST)
        .with::<SubjectFacts>(SUBJECT)
        .with::<ObjectFacts<'_>>(OBJECT)
});
/// The same for one that is about to be kept.
static KEPT: LazyLock<Variables> = LazyLock::new(|| VARIABLES.clone().for_keeping());
const NOW: &str = "now";
const REQUEST: &str = "request";
const SUBJECT: &str = "subject";
const OBJECT: &str = "object";
/// How sure a sign-in by one factor makes, and by two.
const AAL1: &str = "aal1";
const AAL2: &str = "aal2";

/// Reads a condition of a grant or a denial that is about to be kept, over `now`, `request`, `subject` and `object`.
pub fn grant_condition(text: &str) -> Result<Condition, NoCondition> {
    Condition::compile(text, &KEPT)
}

/// What a condition knows of the request. What is not known is left out: `null` would be compared with a text, and be another one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
struct RequestFacts {
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "ip")]
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

/// `null` for the organisation or the team is known, as of the subject: it belongs to none. Whose something is may not be known, nor what whoever
/// asks knows of it.
#[derive(Serialize, ToSchema)]
struct ObjectFacts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<UserId>,
    organisation_id: Option<OrganisationId>,
    team_id: Option<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    attributes: Option<&'a Attributes>,
}

/// What whoever asks knows of the object, by name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// What is known of the request for which somebody decides: nothing, where they decide for another person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Circumstances(Option<RequestFacts>);

impl Circumstances {
    /// Those of a request with these claims, from this address.
    pub fn of(claims: &AccessClaims, ip: Option<&str>, now: DateTime<Utc>) -> Self {
        let is_trusted_device = claims.amr.iter().any(|method| method == TRUSTED_DEVICE);
        let mfa = claims.acr.as_deref() == Some(AAL2) && !is_trusted_device;
        let auth_age = now.timestamp().saturating_sub(claims.auth_time);
        Self(Some(RequestFacts { ip: ip.map(str::to_owned), acr: claims.acr.clone(), mfa, auth_age }))
    }

    /// The same request after a step-up; of one of which nothing is known, no more than that is.
    #[must_use]
    pub fn stepped_up(&self, by: StepUp) -> Self {
        let Self(before) = self;
        let acr = match by {
            StepUp::Recent => before.as_ref().and_then(|before| before.acr.clone()).unwrap_or_else(|| AAL1.to_owned()),
            StepUp::SecondFactor => AAL2.to_owned(),
        };
        let mfa = by == StepUp::SecondFactor || before.as_ref().is_some_and(|before| before.mfa);
        let ip = before.as_ref().and_then(|before| before.ip.clone());
        Self(Some(RequestFacts { ip, acr: Some(acr), mfa, auth_age: 0 }))
    }

    /// Whether a step-up can change them: who signed in with nothing, such as an API key, proves nothing anew.
    pub fn can_step_up(&self) -> bool {
        self.0.as_ref().is_none_or(|request| request.acr.is_some())
    }
}

/// What somebody proves anew to be sure who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepUp {
    /// Who they are, by whatever factor.
    Recent,
    /// That, with a second factor.
    SecondFactor,
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
    let by_themselves = grants.conditional.iter().chain(&grants.denials).filter_map(|held| held.condition.as_deref());
    by_themselves.chain(grants.conditional_roles.iter().map(|held| held.condition.as_str()))
}

/// Who is asked about, for what and when.
pub(super) struct Asking<'a> {
    pub(super) circumstances: Option<&'a Circumstances>,
    pub(super) organisation: Option<OrganisationId>,
    pub(super) roles: &'a dyn Fn() -> Vec<String>,
    /// None for a list, which is of many objects.
    pub(super) object: Option<&'a Object>,
    /// What whoever asks knows of it beside.
    pub(super) attributes: Option<&'a Attributes>,
    pub(super) now: DateTime<Utc>,
}

impl Held {
    /// Whether a condition needs to know the object.
    pub(super) fn needs_object(&self, condition: Option<&str>) -> bool {
        let condition = condition.and_then(|text| self.conditions.get(text));
        condition.is_some_and(|condition| (**condition).as_ref().is_ok_and(|condition| condition.names(OBJECT)))
    }

    /// Whether what has a condition holds; why that cannot be said.
    pub(super) fn holds(&self, condition: Option<&str>, asking: &Asking<'_>) -> Result<bool, String> {
        let Some(text) = condition else { return Ok(true) };
        let Some(circumstances) = asking.circumstances else {
            return Err("what depends on circumstances is not certain".to_owned());
        };
        let condition = self.compiled(text)?;
        let mut values = Values::default();
        values.set(NOW, &Given::moment(asking.now));
        if condition.names(REQUEST) {
            let request = circumstances.0.as_ref().ok_or("nothing is known of the request")?;
            values.set(REQUEST, &given(request)?);
        }
        if condition.names(SUBJECT) {
            values.set(SUBJECT, &given(self.subject(asking))?);
        }
        if condition.names(OBJECT) {
            let object = asking.object.ok_or("it asks of one object, and this is about many")?;
            values.set(OBJECT, &given(facts(object, asking))?);
        }
        condition.holds(&values).map_err(|error| error.to_string())
    }

    /// Of what a condition was asked: each path that it reads, with its value where that is known.
    pub(super) fn asked_of(&self, condition: &str, asking: &Asking<'_>) -> Vec<(String, Option<Value>)> {
        let Ok(condition) = self.compiled(condition) else { return Vec::new() };
        let value = |path: &str| {
            let (variable, rest) = path.split_once('.').map_or((path, None), |(variable, rest)| (variable, Some(rest)));
            let facts = match variable {
                NOW => serde_json::to_value(asking.now),
                REQUEST => serde_json::to_value(asking.circumstances?.0.as_ref()?),
                SUBJECT => serde_json::to_value(self.subject(asking)),
                OBJECT => serde_json::to_value(facts(asking.object?, asking)),
                _ => return None,
            };
            let fields = rest.into_iter().flat_map(|rest| rest.split('.'));
            fields.fold(facts.ok(), |value, field| value?.get(field).cloned())
        };
        condition.paths().into_iter().map(|path| (path.clone(), value(&path))).collect()
    }

    fn compiled(&self, text: &str) -> Result<&Condition, String> {
        match self.conditions.get(text).map(|compiled| &**compiled) {
            Some(Ok(condition)) => Ok(condition),
            Some(Err(error)) => Err(error.clone()),
            None => Err("it was not compiled".to_owned()),
        }
    }

    fn subject(&self, asking: &Asking<'_>) -> SubjectFacts {
        SubjectFacts { id: self.grants.user_id, organisation: asking.organisation, roles: (asking.roles)() }
    }
}

fn facts<'a>(object: &Object, asking: &Asking<'a>) -> ObjectFacts<'a> {
    let (owner_id, organisation_id, team_id) = (object.owner, object.organisation, object.team);
    ObjectFacts { owner_id, organisation_id, team_id, attributes: asking.attributes }
}

fn given(value: impl Serialize) -> Result<Given, String> {
    Given::of(value).map_err(|error: NoAnswer| error.to_string())
}
