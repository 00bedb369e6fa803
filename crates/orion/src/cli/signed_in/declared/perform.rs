//! Doing what is planned, step by step. The first one that is refused is the last one tried.

use super::found;
use super::gateway;
use super::meaning::{self, Meaning};
use super::step::{Known, Step};
use crate::cli::Failure;
use crate::cli::signed_in::calls::{Calls, Terms};
use crate::cli::signed_in::lists::{all, seen};
use crate::cli::signed_in::refusals::{Refused, status_of};
use crate::cli::signed_in::which::{ORGANISATIONS, SERVICE_ACCOUNTS as ACCOUNTS};
use orion_contracts::organisations::{AssignMemberRole, Organisation};
use orion_contracts::service_accounts::{CreateServiceAccount, ServiceAccount};
use orion_contracts::users::{AssignRole, PutDirectPermission};
use orion_contracts::{OrganisationId, UserId};
use orion_infra::random::Random;
use orion_infra::secrets::sha256_hex;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a call is made again that was refused for its pace, or that nobody answered.
const TRIES: u32 = 5;
/// The longest wait for the pace, in seconds.
const LONGEST_WAIT: u64 = 60;
/// The pause before a call is made again that nobody answered.
const PAUSE: Duration = Duration::from_millis(500);

/// How many answers are looked through that tell of a service account that is gone.
const MOST_REMEMBERED: usize = 20;
/// What is said where a service account of the name is there already.
const MADE_BY_OTHERS: &str = "somebody else has made it since the plan was made";

/// Steps that are being done.
pub(super) struct Doing<'a> {
    calls: &'a mut Calls,
    random: Random,
    /// What the roles meant that the plan gives, and what they mean now: read before the first one is given.
    gives: &'a BTreeMap<String, Meaning>,
    meant: Option<BTreeMap<String, Meaning>>,
    /// What was made on the way, by name.
    organisations: BTreeMap<String, OrganisationId>,
    accounts: BTreeMap<String, UserId>,
}

impl<'a> Doing<'a> {
    pub(super) fn new(calls: &'a mut Calls, gives: &'a BTreeMap<String, Meaning>) -> Self {
        let (organisations, accounts) = (BTreeMap::new(), BTreeMap::new());
        Self { calls, random: Random::system(), gives, meant: None, organisations, accounts }
    }

    /// Does a step.
    pub(super) async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        match step {
            Step::CreateRole { request } => self.post("/api/v1/roles", request).await.map(|_: Value| ()),
            Step::ChangeRole { role, version, request } => {
                self.patch(&format!("/api/v1/roles/{role}"), Some(*version), request).await
            }
            Step::RemoveRole { role, version } => self.delete(&format!("/api/v1/roles/{role}"), Some(*version)).await,
            Step::CreateOrganisation { slug, request } => {
                let made: Organisation = self.post(ORGANISATIONS, request).await?;
                self.organisations.insert(slug.clone(), made.id);
                Ok(())
            }
            Step::ChangeOrganisation { organisation, version, request } => {
                let path = self.organisation(organisation)?;
                self.patch(&path, Some(*version), request).await
            }
            Step::RemoveOrganisation { organisation, version } => {
                let path = self.organisation(organisation)?;
                self.delete(&path, Some(*version)).await
            }
            Step::CreateTeam { organisation, request } => {
                let path = format!("{}/teams", self.organisation(organisation)?);
                self.post(&path, request).await.map(|_: Value| ())
            }
            Step::ChangeTeam { organisation, team, version, request } => {
                let path = format!("{}/teams/{}", self.organisation(organisation)?, team.id.ok_or("a team has an id")?);
                self.patch(&path, Some(*version), request).await
            }
            Step::RemoveTeam { organisation, team, version } => {
                let path = format!("{}/teams/{}", self.organisation(organisation)?, team.id.ok_or("a team has an id")?);
                self.delete(&path, Some(*version)).await
            }
            Step::CreateServiceAccount { name, description, organisation } => {
                self.create_account(name, description.as_ref(), organisation.as_ref()).await
            }
            Step::ChangeServiceAccount { account, version, request } => {
                let path = format!("{ACCOUNTS}/{}", self.account(account)?);
                self.patch(&path, *version, request).await
            }
            Step::RemoveServiceAccount { account, version } => {
                let path = format!("{ACCOUNTS}/{}", self.account(account)?);
                self.delete(&path, Some(*version)).await
            }
            Step::GiveRole { account, role, organisation, until, when } => {
                self.means_what_was_planned(role).await?;
                let (path, expires_at) = (self.role_of(account, role, organisation.as_ref())?, *until);
                match organisation {
                    Some(_) => self.put(&path, &AssignMemberRole { expires_at, team_id: None }).await,
                    None => self.put(&path, &AssignRole { expires_at, condition: when.clone() }).await,
                }
            }
            Step::TakeRole { account, role, organisation, team } => {
                let of_team = team.as_ref().map(|team| team.id.ok_or("a team has an id")).transpose()?;
                let of_team = of_team.map(|id| format!("?team_id={id}")).unwrap_or_default();
                let path = format!("{}{of_team}", self.role_of(account, role, organisation.as_ref())?);
                self.delete(&path, None).await
            }
            Step::GivePermission { account, permission, organisation, effect, until, when } => {
                let organisation_id = organisation.as_ref().map(|known| self.organisation_id(known)).transpose()?;
                let (effect, expires_at, condition) = (*effect, *until, when.clone());
                let request = PutDirectPermission { effect, organisation_id, expires_at, condition };
                let path = format!("/api/v1/users/{}/permissions/{permission}", self.account(account)?);
                self.put(&path, &request).await
            }
            Step::ReplaceRoutes { version, routes, .. } => {
                let document = json!({ "routes": routes });
                self.call(Method::PUT, gateway::DOCUMENT, Some(*version), Some(&document)).await.map(|_: Value| ())
            }
            Step::ClearPermission { account, permission, organisation } => {
                let organisation = organisation.as_ref().map(|known| self.organisation_id(known)).transpose()?;
                let query = organisation.map(|id| format!("?organisation_id={id}")).unwrap_or_default();
                let path = format!("/api/v1/users/{}/permissions/{permission}{query}", self.account(account)?);
                self.delete(&path, None).await
            }
        }
    }

    /// Roles are made and changed before any is given: from then on each is what the plan says, unless somebody else has changed it meanwhile.
    async fn means_what_was_planned(&mut self, role: &str) -> Result<(), Failure> {
        let Some(planned) = self.gives.get(role) else { return Ok(()) };
        let meant = match &mut self.meant {
            Some(meant) => meant,
            unread => {
                let there = found::roles(self.calls).await?;
                let names = self.gives.keys().map(String::as_str);
                unread.insert(meaning::of(names, &there, &found::shape(&there)))
            }
        };
        let Some(now) = meant.get(role) else { return Err(format!("there is no role {role} any more").into()) };
        match planned.changed(now) {
            None => Ok(()),
            Some(told) => {
                Err(format!("the role {role} {told}: somebody has changed it since the plan was made").into())
            }
        }
    }

    /// Names of service accounts are not unique on the platform: one that came since the plan was made is not doubled. Of two applies at
    /// once by one person both say by their key that it is the same one; of two by others who see each other's, the one whose id is
    /// greater is taken back.
    async fn create_account(
        &mut self,
        name: &str,
        description: Option<&String>,
        organisation: Option<&Known<OrganisationId>>,
    ) -> Result<(), Failure> {
        if !self.called(name).await?.is_empty() {
            return Err(MADE_BY_OTHERS.into());
        }
        let organisation_id = organisation.map(|known| self.organisation_id(known)).transpose()?;
        let (name, description) = (name.to_owned(), description.cloned());
        let request = CreateServiceAccount { name: name.clone(), description, organisation_id };
        let made = self.made_once(&request).await?;
        if self.called(&name).await?.iter().any(|account| account.id < made.id) {
            self.delete(&format!("{ACCOUNTS}/{}", made.id), Some(made.version)).await?;
            return Err(MADE_BY_OTHERS.into());
        }
        self.accounts.insert(name, made.id);
        Ok(())
    }

    /// The service accounts of a name.
    async fn called(&mut self, name: &str) -> Result<Vec<ServiceAccount>, Failure> {
        let there: Vec<ServiceAccount> = all(self.calls, ACCOUNTS).await?;
        Ok(there.into_iter().filter(|account| account.name == name).collect())
    }

    /// Makes a service account by a key that is made of what is asked for. The platform remembers for a time what it has answered to it,
    /// also where that one was deleted or renamed since: then the next key, which is made of that as well, is as good as a new one.
    async fn made_once(&mut self, request: &CreateServiceAccount) -> Result<ServiceAccount, Failure> {
        let mut basis = serde_json::to_string(request)?;
        for _ in 0..MOST_REMEMBERED {
            let key = sha256_hex(format!("orion apply {basis}").as_bytes());
            let made = self.post_by(&key, request).await?;
            let path = format!("{ACCOUNTS}/{}", made.id);
            let there: Option<ServiceAccount> = seen(self.calls, &path).await?;
            if let Some(there) = there.filter(|there| there.name == request.name) {
                return Ok(there);
            }
            basis = format!("{basis} {}", made.id);
        }
        self.post(ACCOUNTS, request).await
    }

    /// The same call may be under way by the same key: its answer is waited for.
    async fn post_by(&mut self, key: &str, request: &CreateServiceAccount) -> Result<ServiceAccount, Failure> {
        for _ in 1..TRIES {
            match self.call_by(Method::POST, ACCOUNTS, Some(key.to_owned()), None, Some(request)).await {
                Err(failure) if status_of(&failure) == Some(409) => tokio::time::sleep(PAUSE).await,
                answer => return answer,
            }
        }
        self.call_by(Method::POST, ACCOUNTS, Some(key.to_owned()), None, Some(request)).await
    }

    fn organisation_id(&self, known: &Known<OrganisationId>) -> Result<OrganisationId, Failure> {
        let id = known.id.or_else(|| self.organisations.get(&known.name).copied());
        id.ok_or_else(|| format!("the organisation {known} is not made").into())
    }

    fn organisation(&self, known: &Known<OrganisationId>) -> Result<String, Failure> {
        Ok(format!("{ORGANISATIONS}/{}", self.organisation_id(known)?))
    }

    fn account(&self, known: &Known<UserId>) -> Result<UserId, Failure> {
        let id = known.id.or_else(|| self.accounts.get(&known.name).copied());
        id.ok_or_else(|| format!("the service account {known} is not made").into())
    }

    fn role_of(
        &self,
        account: &Known<UserId>,
        role: &str,
        organisation: Option<&Known<OrganisationId>>,
    ) -> Result<String, Failure> {
        let account = self.account(account)?;
        Ok(match organisation {
            Some(known) => format!("{}/members/{account}/roles/{role}", self.organisation(known)?),
            None => format!("/api/v1/users/{account}/roles/{role}"),
        })
    }

    async fn post<T: DeserializeOwned>(&mut self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.call(Method::POST, path, None, Some(body)).await
    }

    async fn patch(&mut self, path: &str, version: Option<i64>, body: &impl Serialize) -> Result<(), Failure> {
        self.call(Method::PATCH, path, version, Some(body)).await.map(|_: Value| ())
    }

    async fn put(&mut self, path: &str, body: &impl Serialize) -> Result<(), Failure> {
        self.call(Method::PUT, path, None, Some(body)).await.map(|_: Value| ())
    }

    async fn delete(&mut self, path: &str, version: Option<i64>) -> Result<(), Failure> {
        self.call(Method::DELETE, path, version, None::<&()>).await.map(|_: Value| ())
    }

    /// A call with a key of its own.
    async fn call<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        seen: Option<i64>,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        let key = (method != Method::DELETE).then(|| self.random.token());
        self.call_by(method, path, key, seen, body).await
    }

    /// Makes a call, and makes it again when it was too fast, or when nobody answered: by its key the platform knows it again.
    async fn call_by<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        key: Option<String>,
        seen: Option<i64>,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        let terms = Terms { seen, key };
        let mut was_lost = false;
        for _ in 1..TRIES {
            let failure = match self.calls.send(method.clone(), path, &terms, body).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = match failure.downcast_ref::<Refused>() {
                Some(Refused::Away(_)) => {
                    was_lost = true;
                    PAUSE
                }
                Some(Refused::Problem(problem)) if problem.status == 429 => {
                    match problem.retry_after.filter(|seconds| *seconds <= LONGEST_WAIT) {
                        Some(seconds) => Duration::from_secs(seconds.max(1)),
                        None => return Err(failure),
                    }
                }
                // What a lost answer told of is done.
                Some(_) if was_lost && method == Method::DELETE && status_of(&failure) == Some(404) => {
                    return Ok(serde_json::from_value(Value::Null)?);
                }
                _ => return Err(failure),
            };
            tokio::time::sleep(wait).await;
        }
        self.calls.send(method, path, &terms, body).await
    }
}
