//! The steps of a flow that a passkey does: what a browser is asked for, and its answer. What was asked for waits sealed in the
//! flow and is good for one answer, right or wrong.
//!
//! A sign-in can begin with it, without an address: then the passkey itself says whose it is, and its authenticator must have
//! verified who uses it. After the password it is a second factor, verified or not.

use super::proof::Proof;
use super::steps::Given;
use super::{Ending, Factor, Flow, Need, SignIn, Waiting};
use crate::domain::Auth;
use crate::domain::metrics::Attempt;
use crate::domain::passkeys::{Said, allowed, defect, read_assertion, text_of};
use crate::domain::throttle::Moment;
use crate::error::AuthError;
use crate::store::{accounts, flows, passkeys, two_factor};
use orion_contracts::auth::{FlowMethod, FlowOrder, FlowPasskey, FlowPurpose, PasskeyRequest};
use orion_contracts::{Author, FlowId, Secret};
use orion_infra::Change;
use std::time::Duration;
use uuid::Uuid;
use webauthn_rs_core::proto::{PublicKeyCredential, UserVerificationPolicy};

/// How often one flow may ask for options.
const MOST_OPTIONS: u64 = 20;
/// As long as a flow lasts.
const WINDOW: Duration = Duration::from_secs(600);

/// An assertion that held a moment ago.
pub(super) struct Assertion {
    passkey: Uuid,
    /// What it answers, as it stood in the flow.
    answers: String,
    pub(super) said: Said,
}

impl Auth {
    /// Begins a sign-in of whoever it is: a passkey will say.
    pub(crate) async fn begin_sign_in(
        &self,
        ending: &Ending,
        device_token: Option<&Secret>,
    ) -> Result<SignIn, AuthError> {
        let named = self.device_named(device_token);
        self.admit_beginning(named).await?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("a sign-in that begins; what comes of it is audited");
                let mut flow = self.new_flow(change, FlowPurpose::SignIn, None, (None, named)).ending(ending);
                flows::insert(change, flow.row.clone()).await?;
                Ok(SignIn::Needs(self.response(&mut flow, Need::of_nobody(), change.now())?))
            })
            .await
    }

    /// Says what to ask a browser for. It takes the place of what was asked for before.
    pub(crate) async fn step_passkey_options(
        &self,
        id: FlowId,
        order: &FlowOrder,
    ) -> Result<PasskeyRequest, AuthError> {
        self.flow_of(id, &order.flow_token).await?;
        self.admit_moment(Moment::PasskeyOptions(id), WINDOW, MOST_OPTIONS).await?;
        let party = self.relying_party()?;
        let asked = self
            .infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("options of a passkey; what comes of the sign-in is audited");
                let mut flow = self.hold_flow(change, id, &order.flow_token).await?;
                let known = self.passkeys_asked_for(change, &flow).await?;
                let policy = match flow.has_begun() {
                    true => UserVerificationPolicy::Preferred,
                    false => UserVerificationPolicy::Required,
                };
                let options = |error| defect("a passkey's options", error);
                let builder = party.new_challenge_authenticate_builder(Vec::new(), Some(policy)).map_err(options)?;
                let (mut asked, state) = party.generate_challenge_authenticate(builder).map_err(options)?;
                asked.public_key.allow_credentials = known.iter().filter_map(allowed).collect();
                flow.row.state_sealed = Some(self.seal_waiting(id, &Waiting::Assertion(Box::new(state)))?);
                flows::update(change, &flow.row).await?;
                Ok::<_, AuthError>(asked.public_key)
            })
            .await?;
        let public_key = serde_json::to_value(&asked).map_err(|error| defect("a passkey's options", error))?;
        Ok(PasskeyRequest { public_key })
    }

    /// Proves a passkey by what a browser answered.
    ///
    /// Where it says whose the flow is, one of the devices that the browser brought may be theirs.
    pub(crate) async fn step_passkey(
        &self,
        id: FlowId,
        request: &FlowPasskey,
        brought: &[Secret],
    ) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let answer = read_assertion(&request.credential)?;
        let answers = flow.row.state_sealed.clone().ok_or(AuthError::NoChallenge)?;
        let Waiting::Assertion(state) = self.open_waiting(id, &answers)? else { return Err(AuthError::NoChallenge) };
        let found = passkeys::find_by_credential(self.infra.db.read(), &text_of(&answer.raw_id)).await?;
        let passkey = found.filter(|passkey| is_theirs(passkey, &flow, &answer));
        let Some(user_id) = passkey.as_ref().map(|passkey| passkey.user_id).or(flow.row.user_id) else {
            return self.refuse_stranger(id, &request.flow_token).await;
        };
        let device = match flow.row.user_id {
            Some(_) => None,
            None => self.device_named(self.device_among(user_id, brought).await?.as_ref()),
        };
        let device = device.or(flow.row.device_id);
        let bucket = self.admit_passkey(user_id, device).await?;
        let assertion = match passkey {
            Some(passkey) => {
                let said = self.tried(&bucket, async { self.verify_assertion(&passkey, &state, &answer) }).await?;
                said.map(|said| Assertion { passkey: passkey.id, answers, said })
            }
            None => None,
        };
        let given = Given { id, token: &request.flow_token, trusts_device: request.trust_device, device };
        self.step(given, user_id, &bucket, &Proof::Passkey(assertion)).await
    }

    /// The passkeys that a flow can go on with now; none at all where it does not know yet whose it is.
    async fn passkeys_asked_for(&self, change: &Change, flow: &Flow) -> Result<Vec<passkeys::Model>, AuthError> {
        let Some(user_id) = flow.row.user_id else { return Ok(Vec::new()) };
        let account = accounts::find(change, user_id).await?.ok_or(AuthError::FlowOver)?;
        match self.need(change, flow, &account).await? {
            Some(need) if need.methods.contains(&FlowMethod::Passkey) => Ok(passkeys::of(change, user_id).await?),
            _ => Err(AuthError::NotAskedFor),
        }
    }

    /// Takes an assertion that answers what the flow asked for last, once.
    pub(super) async fn take_assertion(
        &self,
        change: &mut Change,
        flow: &Flow,
        user_id: Uuid,
        assertion: &Assertion,
    ) -> Result<bool, AuthError> {
        let found = match flow.row.user_id {
            Some(_) => self.passkeys_asked_for(change, flow).await?.into_iter().find(|one| one.id == assertion.passkey),
            None => passkeys::find(change, user_id, assertion.passkey).await?,
        };
        let Some(passkey) = found else { return Ok(false) };
        if flow.row.state_sealed.as_ref() != Some(&assertion.answers) {
            return Ok(false);
        }
        self.used_passkey(change, passkey, &assertion.said).await?;
        two_factor::touch(change, user_id, "passkey", change.now()).await?;
        Ok(true)
    }

    /// Counts a passkey that is of nobody, in a flow of nobody.
    async fn refuse_stranger(&self, id: FlowId, token: &Secret) -> Result<SignIn, AuthError> {
        self.admit_stranger().await?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                let mut flow = self.hold_flow(change, id, token).await?;
                flow.row.state_sealed = None;
                self.count_wrong(change, flow, None, Factor::Passkey).await
            })
            .await?;
        self.metrics.attempt(Attempt::Failed, Factor::Passkey.name());
        Err(Proof::Passkey(None).fault())
    }
}

/// Whether a passkey is of whom the flow is, and of whom the authenticator takes it to be. It must say so where the flow does not
/// know.
fn is_theirs(passkey: &passkeys::Model, flow: &Flow, given: &PublicKeyCredential) -> bool {
    match (given.get_user_unique_id(), flow.row.user_id) {
        (Some(handle), owner) => {
            handle == passkey.user_id.as_bytes() && owner.is_none_or(|owner| owner == passkey.user_id)
        }
        (None, Some(owner)) => owner == passkey.user_id,
        (None, None) => false,
    }
}
