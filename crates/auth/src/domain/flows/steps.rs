//! The steps of a flow: each proves one thing while the change holds flow and account, and goes on.

use super::enrolment::Enrolled;
use super::passkey::Assertion;
use super::{Factor, Flow, LIFETIME, Progress, SignIn, TRIES};
use crate::domain::Auth;
use crate::domain::attempts::Attempted;
use crate::domain::login::Proven;
use crate::domain::metrics::Attempt;
use crate::domain::password::Person;
use crate::domain::second_factor::MadeCodes;
use crate::domain::security_events::SecurityEvent;
use crate::domain::throttle::Bucket;
use crate::error::AuthError;
use crate::store::login_attempts::LoginAttemptStatus;
use crate::store::{accounts, credentials, flows, password_resets};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{FlowCode, FlowNewPassword, FlowPassword, FlowStep, LoginFailure};
use orion_contracts::{Author, FieldCode, FieldFault, FlowId, Secret, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use std::time::Duration;
use uuid::Uuid;

/// How many passwords may be tried where an account needs another one, and within what: as long as a flow lasts.
const NEW_PASSWORDS: u64 = 20;
const NEW_PASSWORD_WINDOW: Duration = Duration::from_secs(LIFETIME.num_seconds().unsigned_abs());

/// What somebody proves by a step, as far as it was looked at before the change.
pub(super) enum Proof<'a> {
    /// The password was right a moment ago.
    Password(Option<Proven>),
    /// A code of the authenticator app; with backup codes where it sets the app up.
    Totp(&'a Secret, Option<MadeCodes>),
    /// The backup code that this is.
    BackupCode(Option<Uuid>),
    /// The assertion of a passkey, when it held a moment ago.
    Passkey(Option<Assertion>),
    /// A passkey that was made a moment ago, with backup codes.
    NewPasskey(Box<Enrolled>, MadeCodes),
}

impl Proof<'_> {
    const fn factor(&self) -> Factor {
        match self {
            Self::Password(_) => Factor::Password,
            Self::Totp(..) => Factor::Totp,
            Self::BackupCode(_) => Factor::BackupCode,
            Self::Passkey(Some(assertion)) if assertion.said.is_user_verified => Factor::VerifiedPasskey,
            Self::NewPasskey(enrolled, _) if enrolled.is_user_verified() => Factor::VerifiedPasskey,
            Self::Passkey(_) | Self::NewPasskey(..) => Factor::Passkey,
        }
    }

    /// The field that is wrong when it does not hold.
    pub(super) fn fault(&self) -> AuthError {
        let (field, message) = match self {
            Self::Password(_) => ("password", "is not the password of the account"),
            Self::Totp(..) | Self::BackupCode(_) => ("code", "is wrong, too old, or was used"),
            Self::NewPasskey(..) => ("credential", "does not answer what was asked for last"),
            Self::Passkey(_) => ("credential", "is not of a passkey known here, or does not answer what was asked for"),
        };
        AuthError::Wrong(field, FieldFault::new(FieldCode::Invalid, message))
    }

    /// Whether it answers what a browser was asked for.
    const fn is_answer(&self) -> bool {
        matches!(self, Self::Passkey(_) | Self::NewPasskey(..))
    }

    /// The backup codes that come with what it sets up.
    const fn codes(&self) -> Option<&MadeCodes> {
        match self {
            Self::Totp(_, codes) => codes.as_ref(),
            Self::NewPasskey(_, codes) => Some(codes),
            Self::Password(_) | Self::BackupCode(_) | Self::Passkey(_) => None,
        }
    }
}

/// Which flow a step goes on with, and what it is to do besides.
pub(super) struct Given<'a> {
    pub(super) id: FlowId,
    pub(super) token: &'a Secret,
    /// Whether the device is to be trusted from the end of the flow on.
    pub(super) trusts_device: bool,
}

impl<'a> Given<'a> {
    const fn of(id: FlowId, token: &'a Secret) -> Self {
        Self { id, token, trusts_device: false }
    }

    const fn by(id: FlowId, request: &'a FlowCode) -> Self {
        Self { id, token: &request.flow_token, trusts_device: request.trust_device }
    }
}

/// Whether a proof holds.
enum Held {
    No,
    Yes,
    /// And it has set up a second factor, which was audited.
    Enrolled,
}

impl From<bool> for Held {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// What came of a step.
enum Step {
    /// What was given is not right.
    Wrong,
    /// It was, and the flow went on; `None` when the account may not sign in any more.
    Went(Option<Progress>),
}

impl Auth {
    /// Proves the password, in a flow that began without it.
    pub(crate) async fn step_password(&self, id: FlowId, request: &FlowPassword) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::FirstFactor).await?;
        let bucket = self.admit_flow_password(user_id, flow.row.device_id).await?;
        let proven = self.prove(&request.password, credentials::find(self.infra.db.read(), user_id).await?).await;
        let proven = match proven {
            Ok(proven) => proven,
            Err(error) => {
                self.give_back(&bucket).await;
                return Err(error);
            }
        };
        self.step(Given::of(id, &request.flow_token), user_id, &bucket, &Proof::Password(proven)).await
    }

    /// Proves the authenticator app by a code, also one that is being set up in this flow.
    pub(crate) async fn step_totp(&self, id: FlowId, request: &FlowCode) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand_one_of(&flow, &[FlowStep::SecondFactor, FlowStep::EnrolSecondFactor]).await?;
        let bucket = self.admit_code(user_id, flow.row.device_id).await?;
        let codes = match self.codes_for_app(&flow, user_id, &request.code).await {
            Ok(codes) => codes,
            Err(error) => {
                self.give_back(&bucket).await;
                return Err(error);
            }
        };
        self.step(Given::by(id, request), user_id, &bucket, &Proof::Totp(&request.code, codes)).await
    }

    /// Proves one of the backup codes, which is used up by it.
    pub(crate) async fn step_backup_code(&self, id: FlowId, request: &FlowCode) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::SecondFactor).await?;
        let bucket = self.admit_code(user_id, flow.row.device_id).await?;
        let found = match self.backup_code_of(user_id, &request.code).await {
            Ok(found) => found,
            Err(error) => {
                self.give_back(&bucket).await;
                return Err(error);
            }
        };
        self.step(Given::by(id, request), user_id, &bucket, &Proof::BackupCode(found)).await
    }

    /// Chooses a password, in a flow that asks for another one.
    pub(crate) async fn step_new_password(&self, id: FlowId, request: &FlowNewPassword) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::NewPassword).await?;
        // Each costs hashes, in however many flows.
        if !self.is_within(&format!("new-password:{user_id}"), NEW_PASSWORD_WINDOW, NEW_PASSWORDS).await {
            return Err(AuthError::TriedTooOften(NEW_PASSWORD_WINDOW.as_secs()));
        }
        let (person, old) = self.person_of(user_id).await?;
        let person = Person { email: &person.0, display_name: person.1.as_deref() };
        let beside = self.beside(self.infra.db.read(), user_id).await?;
        let suits_alone =
            self.check_password(&request.new_password, person, beside).map_err(AuthError::RefusedNewPassword)?;
        if self.is_password(old.as_ref(), &request.new_password).await? {
            let fault = FieldFault::new(FieldCode::Invalid, "must be another one than before");
            return Err(AuthError::RefusedNewPassword(fault));
        }
        self.check_leaked(&request.new_password).await.map_err(AuthError::RefusedNewPassword)?;
        let password_hash = self.hashing.hash(&request.new_password).await?;
        let went = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                let mut flow = self.hold_flow(change, id, &request.flow_token).await?;
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                if !self.may_go_on(change, &flow, &account).await? {
                    return Err(AuthError::FlowOver);
                }
                if !self.is_asked_for(change, &flow, FlowStep::NewPassword).await? {
                    return Err(AuthError::NotAskedFor);
                }
                let password_hash = password_hash.clone();
                let credential = credentials::Model::chosen(user_id, password_hash, suits_alone, change.now());
                credentials::put(change, credential).await?;
                password_resets::void_of(change, user_id, change.now()).await?;
                self.note(change, SecurityEvent::PasswordChanged, Some(user_id), None).await?;
                self.end_all_sessions(change, UserId(user_id)).await?;
                // This one goes on, by the password that was chosen in it.
                let account = accounts::find(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                flow.row.sign_in_epoch = account.sign_in_epoch;
                let description = "Chose the password that was asked for at sign-in";
                let record = AuditRecord::new(AuditAction::PasswordChange, "account", description);
                change.audit(record.on(user_id));
                flow.prove(Factor::NewPassword);
                self.advance(change, flow, &account).await
            })
            .await?;
        self.told(went.ok_or(AuthError::FlowOver)?)
    }

    /// Does one step of a flow, which is this user's or nobody's yet. What was wrong is counted by the flow, which ends by too
    /// many, and by the throttle.
    pub(super) async fn step(
        &self,
        Given { id, token, trusts_device }: Given<'_>,
        user_id: Uuid,
        bucket: &Bucket,
        proof: &Proof<'_>,
    ) -> Result<SignIn, AuthError> {
        let factor = proof.factor();
        let step = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                let mut flow = self.hold_flow(change, id, token).await?;
                let account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                let is_nobodys = flow.row.user_id.is_none();
                if is_nobodys {
                    flow.row.sign_in_epoch = account.sign_in_epoch;
                }
                // Whoever has proven nothing yet is not told which account may not sign in.
                let may_go_on = self.may_go_on(change, &flow, &account).await?;
                if !may_go_on && !is_nobodys {
                    self.end_refused(change, flow, (user_id, bucket), factor).await?;
                    return Ok(Step::Went(None));
                }
                let held = self.holds(change, &flow, user_id, proof).await?;
                // What a passkey was asked for is answered once, right or wrong.
                if proof.is_answer() && !flow.has_unkept_codes() {
                    flow.row.state_sealed = None;
                }
                if matches!(held, Held::No) {
                    self.count_wrong(change, flow, Some((user_id, bucket)), factor).await?;
                    return Ok(Step::Wrong);
                }
                if !may_go_on {
                    self.end_refused(change, flow, (user_id, bucket), factor).await?;
                    return Ok(Step::Wrong);
                }
                flow.row.user_id = Some(user_id);
                flow.row.is_trusting |= trusts_device;
                self.forget_failures(change, bucket).await?;
                flow.prove(factor);
                if let (Held::Enrolled, Some(codes)) = (&held, proof.codes()) {
                    self.put_unkept_codes(change, &mut flow, codes).await?;
                }
                let went = self.advance(change, flow, &account).await?;
                let is_under_way = matches!((&held, &went), (Held::Yes, Some(Progress::Needs(_)) | None));
                // What was noticed on the way is audited by itself.
                if is_under_way && !change.is_audited() {
                    change.unaudited("a step of a sign-in; what comes of it is audited");
                }
                Ok::<_, AuthError>(Step::Went(went))
            })
            .await;
        let step = match step {
            Ok(step) => step,
            Err(error) => {
                self.give_back(bucket).await;
                return Err(error);
            }
        };
        match step {
            Step::Wrong => {
                self.metrics.attempt(Attempt::Failed, factor.name());
                Err(proof.fault())
            }
            Step::Went(Some(progress)) => {
                self.metrics.attempt(Attempt::Success, factor.name());
                self.told(progress)
            }
            Step::Went(None) => {
                self.metrics.attempt(Attempt::Failed, factor.name());
                Err(AuthError::FlowOver)
            }
        }
    }

    /// Whether a proof holds at this moment. What is good for one use is used up by it.
    async fn holds(
        &self,
        change: &mut Change,
        flow: &Flow,
        user_id: Uuid,
        proof: &Proof<'_>,
    ) -> Result<Held, AuthError> {
        if flow.row.user_id.is_some_and(|owner| owner != user_id) {
            return Ok(Held::No);
        }
        match proof {
            Proof::Password(proven) => {
                if !self.is_asked_for(change, flow, FlowStep::FirstFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                let current = credentials::find(change, user_id).await?.map(|credential| credential.password_hash);
                Ok(proven.as_ref().is_some_and(|proven| current.as_deref() == Some(&proven.password_hash)).into())
            }
            Proof::Totp(code, codes) => {
                if self.is_asked_for(change, flow, FlowStep::SecondFactor).await? {
                    return self.take_totp(change, user_id, code).await.map(Held::from);
                }
                if !self.is_asked_for(change, flow, FlowStep::EnrolSecondFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                match codes.is_some() && self.confirm_app_in(change, flow, user_id, code).await? {
                    true => Ok(Held::Enrolled),
                    false => Ok(Held::No),
                }
            }
            Proof::NewPasskey(enrolled, _) => match self.put_passkey_in(change, flow, user_id, enrolled).await? {
                true => Ok(Held::Enrolled),
                false => Ok(Held::No),
            },
            Proof::BackupCode(found) => {
                if !self.is_asked_for(change, flow, FlowStep::SecondFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                match found {
                    Some(code) => self.take_backup_code(change, user_id, *code).await.map(Held::from),
                    None => Ok(Held::No),
                }
            }
            Proof::Passkey(Some(assertion)) => {
                self.take_assertion(change, flow, user_id, assertion).await.map(Held::from)
            }
            Proof::Passkey(None) => Ok(Held::No),
        }
    }

    /// Ends a flow of somebody who may not sign in, and records that they tried.
    async fn end_refused(
        &self,
        change: &mut Change,
        mut flow: Flow,
        (user_id, bucket): (Uuid, &Bucket),
        factor: Factor,
    ) -> Result<(), AuthError> {
        // What was noticed of a passkey is audited by itself.
        if !change.is_audited() {
            change.unaudited("a sign-in that ends here; the attempt is recorded");
        }
        flow.row.ended_at = Some(change.now());
        flow.row.state_sealed = None;
        flows::update(change, &flow.row).await?;
        let failure = Some(LoginFailure::MayNotSignIn);
        let attempted = Attempted { user_id: Some(user_id), method: factor.name().to_owned(), failure };
        let mac = &bucket.identifier_mac;
        Ok(self.record_attempt(change, mac, LoginAttemptStatus::Failed, attempted).await?)
    }

    /// Counts what was wrong, with whose it would have been where that is known.
    pub(super) async fn count_wrong(
        &self,
        change: &mut Change,
        mut flow: Flow,
        by: Option<(Uuid, &Bucket)>,
        factor: Factor,
    ) -> Result<(), AuthError> {
        let user_id = by.map(|(user_id, _)| user_id);
        flow.row.tries += 1;
        if flow.row.tries >= TRIES {
            flow.row.ended_at = Some(change.now());
            flow.row.state_sealed = None;
        }
        flows::update(change, &flow.row).await?;
        let mut identifier_mac = "";
        if let Some((user_id, bucket)) = by {
            self.count_refused(change, bucket, user_id, flow.row.user_id.is_none()).await?;
            identifier_mac = &bucket.identifier_mac;
        }
        let failure = Some(LoginFailure::WrongStep);
        let attempted = Attempted { user_id, method: factor.name().to_owned(), failure };
        self.record_attempt(change, identifier_mac, LoginAttemptStatus::Failed, attempted).await?;
        let mut record = AuditRecord::new(AuditAction::Login, "account", "A step of a sign-in failed");
        (record.resource_id, record.success) = (user_id.map(|id| id.to_string()), false);
        change.audit(record);
        Ok(())
    }

    /// Whether a flow asks for this step now.
    pub(super) async fn is_asked_for(&self, change: &Change, flow: &Flow, step: FlowStep) -> Result<bool, AuthError> {
        let account = accounts::find(change, flow.user()?).await?.ok_or(AuthError::FlowOver)?;
        Ok(self.need(change, flow, &account).await?.is_some_and(|need| need.step == step))
    }

    /// Refuses a step that the flow does not ask for.
    pub(super) async fn demand(&self, flow: &Flow, step: FlowStep) -> Result<(), AuthError> {
        self.demand_one_of(flow, &[step]).await
    }

    async fn demand_one_of(&self, flow: &Flow, steps: &[FlowStep]) -> Result<(), AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, flow.user()?).await?.ok_or(AuthError::FlowOver)?;
        match self.need(db, flow, &account).await? {
            Some(need) if steps.contains(&need.step) => Ok(()),
            _ => Err(AuthError::NotAskedFor),
        }
    }

    /// Address and name of a person, which make no password, and the password of now.
    async fn person_of(
        &self,
        user_id: Uuid,
    ) -> Result<((String, Option<String>), Option<credentials::Model>), AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, user_id).await?.ok_or(AuthError::FlowOver)?;
        let email = crate::store::identifiers::find_of(db, user_id, crate::store::identifiers::EMAIL).await?;
        let email = email.map(|email| email.value).unwrap_or_default();
        Ok(((email, account.display_name), credentials::find(db, user_id).await?))
    }
}
