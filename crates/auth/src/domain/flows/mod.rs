//! Signing in, step by step. A flow remembers what somebody has proven and asks for the rest; a session is its last step. Where
//! one factor is enough no row of it is ever written.
//!
//! What is needed is not stored: each step asks anew what the account has and what policy demands, while the change holds the
//! flow and the account. So of a hundred steps at once one comes first, a factor that was taken away meanwhile is not asked
//! for, and one that was added is.

mod backup_codes;
mod ending;
mod enrolment;
mod factor;
mod finish;
mod led;
mod look;
mod need;
mod new_password;
mod offer;
mod passkey;
mod proof;
mod provider;
mod refused;
mod step_up;
mod steps;
mod waiting;

pub(crate) use ending::{Coded, Ending, Return};
pub(crate) use factor::{Factor, acr_of, amr_with, rests_on};
pub(crate) use led::Led;
pub(crate) use look::Look;
use need::Need;
pub(crate) use offer::Offer;
pub(crate) use provider::ReturnTo;
pub(super) use waiting::Waiting;

use super::Auth;
use super::sessions::{Grant, roles_of};
use crate::error::AuthError;
use crate::store::{accounts, credentials, flows};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::auth::{FlowPurpose, FlowResponse, FlowStep, TokenResponse};
use orion_contracts::{Email, FlowId, Secret};
use orion_infra::Change;
use orion_infra::secrets::{same, token_hash};
use uuid::Uuid;

/// How long a sign-in may take from its first step to its last; what uses something up gives as much again.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What a sign-in has come to.
pub(crate) enum SignIn {
    /// It is done.
    Done(TokenResponse),
    /// It is done, on ORION's own page.
    Coded(Coded),
    /// It needs another step.
    Needs(FlowResponse),
}

/// What a step has come to, until its change is committed.
pub(super) enum Progress {
    /// A session has begun, or was renewed; with it the token by which the device is known from now on.
    Done(Box<Grant>, Option<Secret>),
    /// A code was made, with which a product begins the session.
    Coded(Coded),
    /// Another step is needed.
    Needs(FlowResponse),
}

/// A sign-in under way.
pub(super) struct Flow {
    pub(super) row: flows::Model,
    purpose: FlowPurpose,
    factors: Vec<Factor>,
    /// Its secret, as long as it was not given.
    token: Option<Secret>,
    /// What the change that holds the account knows of it already, so that it is not read again.
    known: KnownOfAccount,
}

/// What a sign-in with a password has read of the account before its flow began.
#[derive(Default)]
pub(super) struct KnownOfAccount {
    pub(super) email: Option<Email>,
    pub(super) credential: Option<credentials::Model>,
}

impl Flow {
    pub(super) const fn purpose(&self) -> FlowPurpose {
        self.purpose
    }

    /// Whose it is. As long as nobody knows, only a passkey goes on with it.
    pub(super) fn user(&self) -> Result<Uuid, AuthError> {
        self.row.user_id.ok_or(AuthError::NotAskedFor)
    }

    /// Whether what a sign-in begins with was proven.
    fn has_begun(&self) -> bool {
        self.factors.iter().any(|factor| factor.is_first())
    }

    /// Whether another kind of proof was given than what a sign-in begins with.
    pub(super) fn has_second_factor(&self) -> bool {
        self.factors.iter().any(|factor| factor.is_second())
    }

    pub(super) fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Reads a stored one; none where it is for something else than signing in, or says what a later version has written.
    fn of(row: flows::Model) -> Option<Self> {
        let (purpose, factors) = (row.purpose()?, serde_json::from_str(&row.factors).ok()?);
        Some(Self { row, purpose, factors, token: None, known: KnownOfAccount::default() })
    }

    /// The same flow, whose account is known so far.
    pub(super) fn knowing(mut self, known: KnownOfAccount) -> Self {
        self.known = known;
        self
    }

    fn is_new(&self) -> bool {
        self.token.is_some()
    }

    /// Notes what was proven.
    pub(super) fn prove(&mut self, factor: Factor) {
        self.factors.push(factor);
        self.row.factors = serde_json::to_string(&self.factors).unwrap_or_default();
    }

    /// Gives as much time again as a flow has from its beginning: what was used up must not be lost because its end is near.
    fn prolong(&mut self, now: DateTime<Utc>) {
        self.row.expires_at = now + LIFETIME;
    }

    /// Forgets what was noted.
    fn forget(&mut self, factor: Factor) {
        self.factors.retain(|noted| *noted != factor);
        self.row.factors = serde_json::to_string(&self.factors).unwrap_or_default();
    }

    /// Whether what is sealed in it are backup codes that nobody has kept yet.
    fn has_unkept_codes(&self) -> bool {
        self.factors.contains(&Factor::UnkeptBackupCodes)
    }
}

impl Auth {
    /// A flow in which nothing was proven yet. It is written when it needs a second step.
    pub(super) fn new_flow(
        &self,
        change: &Change,
        purpose: FlowPurpose,
        user_id: Option<Uuid>,
        (session_id, device_id): (Option<Uuid>, Option<Uuid>),
    ) -> Flow {
        let (now, token) = (change.now(), Secret::new(self.infra.random.token()));
        let row = flows::Model {
            id: change.id(),
            token_hash: token_hash(token.expose()),
            purpose: purpose.as_str().to_owned(),
            user_id,
            session_id,
            device_id,
            factors: "[]".to_owned(),
            state_sealed: None,
            code_challenge: None,
            return_to: None,
            return_state: None,
            tries: 0,
            created_at: now,
            expires_at: now + LIFETIME,
            ended_at: None,
            is_trusting: false,
            sign_in_epoch: 0,
        };
        Flow { row, purpose, factors: Vec::new(), token: Some(token), known: KnownOfAccount::default() }
    }

    /// The flow with this secret, without holding it: for what is looked at before the change.
    pub(super) async fn flow_of(&self, id: FlowId, token: &Secret) -> Result<Flow, AuthError> {
        let found = flows::find(self.infra.db.read(), id.0).await?;
        self.checked(found, token, self.infra.clock.now())
    }

    /// The flow with this secret, held until the change ends.
    pub(super) async fn hold_flow(&self, change: &Change, id: FlowId, token: &Secret) -> Result<Flow, AuthError> {
        let found = flows::lock(change, id.0).await?;
        self.checked(found, token, change.now())
    }

    /// Whoever has not begun it learns nothing of it, not even that there is one.
    #[allow(clippy::unused_self, reason = "reads like its callers")]
    fn checked(&self, found: Option<flows::Model>, token: &Secret, now: DateTime<Utc>) -> Result<Flow, AuthError> {
        let hash = token_hash(token.expose());
        let is_theirs = |flow: &flows::Model| same(flow.token_hash.as_bytes(), hash.as_bytes());
        let found = found.filter(|flow| is_theirs(flow) && flow.is_alive(now));
        found.and_then(Flow::of).ok_or(AuthError::FlowOver)
    }

    /// Goes on with a flow that the change holds: asks for the next step, or does what it is for. `None` when the account may
    /// not sign in, or not from this device.
    pub(super) async fn advance(
        &self,
        change: &mut Change,
        mut flow: Flow,
        account: &accounts::Model,
    ) -> Result<Option<Progress>, AuthError> {
        if flow.is_new() {
            flow.row.sign_in_epoch = account.sign_in_epoch;
        }
        let Some(roles) = roles_of(account)? else { return Ok(None) };
        if self.is_blocked(change, &flow, account.user_id).await? {
            return Ok(None);
        }
        if let Some(need) = self.need(change, &flow, account).await? {
            let is_new = flow.is_new();
            match is_new {
                true => flows::insert(change, flow.row.clone()).await?,
                false => flows::update(change, &flow.row).await?,
            }
            return Ok(Some(Progress::Needs(self.response(&mut flow, need, change.now())?)));
        }
        let progress = self.finish(change, &flow, roles).await?;
        if !flow.is_new() {
            flow.row.ended_at = Some(change.now());
            flow.row.state_sealed = None;
            if let Progress::Coded(coded) = &progress {
                self.keep_outcome(&mut flow, coded)?;
            }
            flows::update(change, &flow.row).await?;
        }
        Ok(Some(progress))
    }

    /// What the one who goes through the flow is told of it.
    fn response(
        &self,
        flow: &mut Flow,
        Need { step, methods, providers }: Need,
        now: DateTime<Utc>,
    ) -> Result<FlowResponse, AuthError> {
        let days = self.config.get().trusted_device_days;
        let is_second = matches!(step, FlowStep::SecondFactor | FlowStep::EnrolSecondFactor);
        Ok(FlowResponse {
            flow_id: FlowId(flow.row.id),
            flow_token: flow.token.take(),
            expires_in: u64::try_from((flow.row.expires_at - now).num_seconds()).unwrap_or(0),
            next: step,
            methods,
            providers,
            trust_days: (days > 0 && is_second && flow.purpose() != FlowPurpose::StepUp && !flow.is_offering())
                .then_some(days),
            backup_codes: match step {
                FlowStep::KeepBackupCodes => self.unkept_codes(flow)?,
                _ => None,
            },
        })
    }

    /// What callers are told once the change is committed.
    pub(super) fn told(&self, progress: Progress) -> Result<SignIn, AuthError> {
        Ok(match progress {
            Progress::Needs(response) => SignIn::Needs(response),
            Progress::Coded(coded) => SignIn::Coded(coded),
            Progress::Done(grant, device_token) => SignIn::Done(TokenResponse { device_token, ..self.issue(*grant)? }),
        })
    }
}
