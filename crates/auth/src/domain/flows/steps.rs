//! The steps of a flow: each proves one thing while the change holds flow and account, and goes on.

use super::proof::{Held, Proof};
use super::{Factor, Progress, SignIn};
use crate::domain::Auth;
use crate::domain::metrics::Attempt;
use crate::domain::throttle::Bucket;
use crate::error::AuthError;
use crate::store::{accounts, credentials, flows};
use orion_contracts::auth::{FlowCode, FlowPassword, FlowStep};
use orion_contracts::{Author, FlowId, Secret};
use uuid::Uuid;

/// Which flow a step goes on with, and what it is to do besides.
pub(super) struct Given<'a> {
    pub(super) id: FlowId,
    pub(super) token: &'a Secret,
    /// Whether the device is to be trusted from the end of the flow on.
    pub(super) trusts_device: bool,
    /// Which device the flow comes from, where it was nobody's until now.
    pub(super) device: Option<Uuid>,
}

impl<'a> Given<'a> {
    pub(super) const fn of(id: FlowId, token: &'a Secret) -> Self {
        Self { id, token, trusts_device: false, device: None }
    }

    const fn by(id: FlowId, request: &'a FlowCode) -> Self {
        Self { id, token: &request.flow_token, trusts_device: request.trust_device, device: None }
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
        let look = async {
            let credential = credentials::find(self.infra.db.read(), user_id).await?;
            self.prove(&request.password, credential).await
        };
        let proven = self.tried(&bucket, look).await?;
        self.step(Given::of(id, &request.flow_token), user_id, &bucket, &Proof::Password(proven)).await
    }

    /// Proves the authenticator app by a code, also one that is being set up in this flow.
    pub(crate) async fn step_totp(&self, id: FlowId, request: &FlowCode) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand_one_of(&flow, &[FlowStep::SecondFactor, FlowStep::EnrolSecondFactor]).await?;
        let bucket = self.admit_code(user_id, flow.row.device_id).await?;
        let codes = self.tried(&bucket, self.codes_for_app(&flow, user_id, &request.code)).await?;
        self.step(Given::by(id, request), user_id, &bucket, &Proof::Totp(&request.code, codes)).await
    }

    /// Proves one of the backup codes, which is used up by it.
    pub(crate) async fn step_backup_code(&self, id: FlowId, request: &FlowCode) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::SecondFactor).await?;
        let bucket = self.admit_code(user_id, flow.row.device_id).await?;
        let found = self.tried(&bucket, self.backup_code_of(user_id, &request.code)).await?;
        self.step(Given::by(id, request), user_id, &bucket, &Proof::BackupCode(found)).await
    }

    /// Does one step of a flow, which is this user's or nobody's yet. What was wrong is counted by the flow, which ends by too
    /// many, and by the throttle.
    pub(super) async fn step(
        &self,
        Given { id, token, trusts_device, device }: Given<'_>,
        user_id: Uuid,
        bucket: &Bucket,
        proof: &Proof<'_>,
    ) -> Result<SignIn, AuthError> {
        let factor = proof.factor();
        let change = self.infra.write(Author::ANONYMOUS, async |change| {
            let mut flow = self.hold_flow(change, id, token).await?;
            let mut account = accounts::lock(change, user_id).await?.ok_or(AuthError::FlowOver)?;
            let is_nobodys = flow.row.user_id.is_none();
            if is_nobodys {
                flow.row.sign_in_epoch = account.sign_in_epoch;
                flow.row.device_id = device.or(flow.row.device_id);
            }
            // Whoever has proven nothing yet is not told which account may not sign in.
            let may_go_on = self.may_go_on(change, &flow, &account).await?;
            if !may_go_on && !is_nobodys {
                self.end_refused(change, flow, (user_id, bucket), factor).await?;
                return Ok(Step::Went(None));
            }
            let held = self.holds(change, &flow, user_id, proof).await?;
            // What a passkey was asked for is answered once, right or wrong, and is nothing to the step after it.
            if (proof.is_answer() || !matches!(held, Held::No)) && !flow.has_unkept_codes() {
                flow.row.state_sealed = None;
            }
            if matches!(held, Held::No) && flow.is_offering() {
                // Nobody guesses: the key is the flow's own. Ending the flow would lose the backup code that was used up for it.
                change.unaudited("a wrong answer to an offer");
                flows::update(change, &flow.row).await?;
                return Ok(Step::Wrong);
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
            // How somebody got in stays the backup code.
            flow.prove(if flow.is_offering() { Factor::AnsweredOffer } else { factor });
            if factor == Factor::BackupCode {
                flow.prolong(change.now());
            }
            if let (Held::Enrolled, Some(codes)) = (&held, proof.codes()) {
                self.put_unkept_codes(change, &mut flow, codes).await?;
                // What took the place of another factor has voided all other sign-ins under way.
                account = accounts::find(change, user_id).await?.ok_or(AuthError::FlowOver)?;
                flow.row.sign_in_epoch = account.sign_in_epoch;
            }
            let went = self.advance(change, flow, &account).await?;
            let is_under_way = matches!((&held, &went), (Held::Yes, Some(Progress::Needs(_)) | None));
            // What was noticed on the way is audited by itself.
            if is_under_way && !change.is_audited() {
                change.unaudited("a step of a sign-in; what comes of it is audited");
            }
            Ok::<_, AuthError>(Step::Went(went))
        });
        match self.tried(bucket, change).await? {
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
}
