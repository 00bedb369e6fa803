//! Setting a passkey up. What the browser was asked for waits in a row of the flows, bound to the session: good for one passkey.

use super::relying_party::{aaguid_of, bytes_of, defect, is_fit, read_enrolment, text_of, wrong};
use super::shown;
use crate::domain::Auth;
use crate::domain::flows::{Factor, LIFETIME, Waiting};
use crate::domain::second_factor::MadeCodes;
use crate::domain::security_events::{FactorKind, SecurityEvent};
use crate::domain::throttle::Moment;
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, flows, passkeys, two_factor};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{NewPasskey, PasskeyAdded, PasskeyEnrolment};
use orion_contracts::{FlowId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;
use webauthn_rs_core::proto::{
    AuthenticatorTransport, Credential, RegistrationState, ResidentKeyRequirement, UserVerificationPolicy,
};

/// How many passkeys a person has at most.
const MOST: u64 = 20;
/// How often in an hour a person may begin or end to set one up.
const TRIES: u64 = 60;
const HOUR: Duration = Duration::from_secs(3600);
/// The purpose of the row: none that a step of a sign-in goes on with.
const PURPOSE: &str = "enrol_passkey";
/// The name of a passkey that was given none.
const UNNAMED: &str = "Passkey";

impl Auth {
    /// Says what to ask a browser for, to set up a passkey.
    pub(crate) async fn begin_passkey_enrolment(&self, caller: &Caller) -> Result<PasskeyEnrolment, AuthError> {
        let (user_id, session_id) = (caller.user_id(), caller.session_id().ok_or(AuthError::FlowOver)?);
        self.demand_proven_session(self.infra.db.read(), caller).await?;
        let (public_key, state) = self.new_passkey_enrolment(user_id).await?;
        let waiting = Waiting::Enrolment(Box::new(state));
        let id = self
            .infra
            .write(caller, async |change| {
                change.unaudited("options of a passkey; it is audited once it is there");
                let (id, now) = (change.id(), change.now());
                let row = flows::Model {
                    is_trusting: false,
                    sign_in_epoch: 0,
                    id,
                    // It has no secret of its own, for it belongs to the session.
                    token_hash: token_hash(&self.infra.random.token()),
                    purpose: PURPOSE.to_owned(),
                    user_id: Some(user_id.0),
                    session_id: Some(session_id.0),
                    device_id: None,
                    factors: "[]".to_owned(),
                    code_challenge: None,
                    return_to: None,
                    return_state: None,
                    state_sealed: Some(self.seal_waiting(FlowId(id), &waiting)?),
                    tries: 0,
                    created_at: now,
                    expires_at: now + LIFETIME,
                    ended_at: None,
                };
                flows::insert(change, row).await?;
                Ok::<_, AuthError>(id)
            })
            .await?;
        Ok(PasskeyEnrolment {
            flow_id: FlowId(id),
            expires_in: u64::try_from(LIFETIME.num_seconds()).unwrap_or(0),
            public_key,
        })
    }

    /// Options for a passkey of this person, as a browser reads them, and what its answer is held against.
    pub(in crate::domain) async fn new_passkey_enrolment(
        &self,
        user_id: UserId,
    ) -> Result<(Value, RegistrationState), AuthError> {
        self.admit_enrolment(user_id).await?;
        let db = self.infra.db.read();
        let account = accounts::find(db, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
        let email = identifiers::find_of(db, user_id.0, EMAIL).await?.ok_or(AuthError::UserNotFound)?.value;
        let held = passkeys::of(db, user_id.0).await?;
        if u64::try_from(held.len()).unwrap_or(u64::MAX) >= MOST {
            return Err(AuthError::TooManyPasskeys);
        }
        let known = held.iter().filter_map(|passkey| bytes_of(&passkey.credential_id)).collect();
        let shown = account.display_name.filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone());
        let party = self.relying_party()?;
        let builder = party
            .new_challenge_register_builder(user_id.0.as_bytes(), &email, &shown)
            .map_err(|error| defect("a passkey's options", error))?
            .user_verification_policy(UserVerificationPolicy::Preferred)
            .exclude_credentials(Some(known));
        let (mut options, state) =
            party.generate_challenge_register(builder).map_err(|error| defect("a passkey's options", error))?;
        if let Some(selection) = &mut options.public_key.authenticator_selection {
            // One that is found without an address signs in alone; a security key without room for it is a second factor.
            selection.resident_key = Some(ResidentKeyRequirement::Preferred);
        }
        let shown = serde_json::to_value(&options.public_key).map_err(|error| defect("a passkey's options", error))?;
        Ok((shown, state))
    }

    /// Sets up the passkey that a browser made. The first second factor of an account brings backup codes.
    pub(crate) async fn add_passkey(&self, caller: &Caller, request: &NewPasskey) -> Result<PasskeyAdded, AuthError> {
        let user_id = caller.user_id();
        self.admit_enrolment(user_id).await?;
        self.demand_proven_session(self.infra.db.read(), caller).await?;
        let is_theirs = |flow: &flows::Model| is_begun_by(flow, caller, self.infra.clock.now());
        let begun = flows::find(self.infra.db.read(), request.flow_id.0).await?;
        let sealed = begun.filter(is_theirs).and_then(|flow| flow.state_sealed).ok_or(AuthError::FlowOver)?;
        let made = self.passkey_made(request.flow_id, &sealed, &request.credential)?;
        let is_first = self.second_factors(self.infra.db.read(), user_id.0).await?.is_empty();
        let mut codes = if is_first { Some(self.make_backup_codes(user_id).await?) } else { None };
        // What was the first one a moment ago may not be it any more, or be it again.
        let (passkey, is_first) = loop {
            if let Some(put) = self.try_to_add(caller, request, (&made, codes.as_ref())).await? {
                break put;
            }
            codes = Some(self.make_backup_codes(user_id).await?);
        };
        Ok(PasskeyAdded {
            passkey: shown(passkey),
            backup_codes: codes.filter(|_| is_first).map(|codes| codes.shown()),
        })
    }

    /// Writes a passkey, and whether it is the first second factor; nothing, where that needs backup codes and none were made.
    async fn try_to_add(
        &self,
        caller: &Caller,
        request: &NewPasskey,
        (made, codes): (&Made, Option<&MadeCodes>),
    ) -> Result<Option<(passkeys::Model, bool)>, AuthError> {
        let user_id = caller.user_id();
        self.infra
            .write(caller, async |change| {
                accounts::lock(change, user_id.0).await?.ok_or(AuthError::UserNotFound)?;
                self.demand_proven_session(change, caller).await?;
                let is_first = self.second_factors(change, user_id.0).await?.is_empty();
                if is_first && codes.is_none() {
                    change.unaudited("nothing was set up: its backup codes have yet to be made");
                    return Ok(None);
                }
                let now = change.now();
                let is_theirs = |flow: &flows::Model| is_begun_by(flow, caller, now);
                let begun = flows::lock(change, request.flow_id.0).await?.filter(is_theirs);
                let mut begun = begun.ok_or(AuthError::FlowOver)?;
                begun.ended_at = Some(change.now());
                begun.state_sealed = None;
                flows::update(change, &begun).await?;
                let row = self.put_passkey(change, user_id, made, request.name.as_deref()).await?;
                self.note_second_proof(change, caller, Factor::Passkey).await?;
                if let Some(codes) = codes.filter(|_| is_first) {
                    self.put_backup_codes(change, user_id, codes).await?;
                }
                if request.end_other_sessions {
                    self.end_sessions_but(change, user_id, caller.session_id()).await?;
                }
                Ok::<_, AuthError>(Some((row, is_first)))
            })
            .await
    }

    /// What a browser made, when it answers what was sealed.
    pub(in crate::domain) fn passkey_made(&self, id: FlowId, sealed: &str, given: &Value) -> Result<Made, AuthError> {
        let given = read_enrolment(given)?;
        let Waiting::Enrolment(state) = self.open_waiting(id, sealed)? else { return Err(AuthError::NoChallenge) };
        let credential = self.relying_party()?.register_credential(&given, &state, None).map_err(|reason| {
            tracing::debug!(%reason, "a passkey is not set up");
            wrong("does not answer what was asked for, or comes from another site")
        })?;
        if !is_fit(&credential.cred_id) {
            return Err(wrong("has no ID, or one that is too long"));
        }
        let of_itself = OfItself {
            aaguid: aaguid_of(&given.response.attestation_object),
            transports: given.response.transports.unwrap_or_default(),
        };
        Ok(Made { credential, of_itself })
    }

    /// Writes a passkey, with a change that holds the account.
    pub(in crate::domain) async fn put_passkey(
        &self,
        change: &mut Change,
        user_id: UserId,
        made: &Made,
        name: Option<&str>,
    ) -> Result<passkeys::Model, AuthError> {
        if passkeys::count_of(change, user_id.0).await? >= MOST {
            return Err(AuthError::TooManyPasskeys);
        }
        let row = row(made, (change.id(), user_id.0), name.unwrap_or(UNNAMED), change.now())?;
        if !passkeys::insert(change, row.clone()).await? {
            return Err(wrong("is set up already"));
        }
        two_factor::ensure(change, user_id.0, change.now()).await?;
        self.tell_second_factor(change, user_id.0).await?;
        self.note(change, SecurityEvent::FactorAdded(FactorKind::Passkey), Some(user_id.0), None).await?;
        change.audit(AuditRecord::new(AuditAction::Create, "passkey", "Set up a passkey").on(row.id));
        Ok(row)
    }

    async fn admit_enrolment(&self, user_id: UserId) -> Result<(), AuthError> {
        self.admit_moment(Moment::PasskeyEnrolment(user_id), HOUR, TRIES).await
    }
}

/// Whether what was asked for waits for this session.
fn is_begun_by(flow: &flows::Model, caller: &Caller, now: chrono::DateTime<chrono::Utc>) -> bool {
    flow.purpose == PURPOSE
        && flow.user_id == Some(caller.user_id().0)
        && flow.session_id == caller.session_id().map(|session| session.0)
        && flow.is_alive(now)
}

/// A passkey that was made, and that holds.
pub(in crate::domain) struct Made {
    credential: Credential,
    of_itself: OfItself,
}

impl Made {
    /// Whether its authenticator has verified who made it.
    pub(in crate::domain) const fn is_user_verified(&self) -> bool {
        self.credential.user_verified
    }
}

/// What an authenticator says of itself, and nobody has proven.
struct OfItself {
    aaguid: Uuid,
    transports: Vec<AuthenticatorTransport>,
}

fn row(
    Made { credential, of_itself }: &Made,
    (id, user_id): (Uuid, Uuid),
    name: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<passkeys::Model, AuthError> {
    let json = |error| defect("a passkey", error);
    Ok(passkeys::Model {
        id,
        user_id,
        credential_id: text_of(&credential.cred_id),
        public_key: serde_json::to_string(&credential.cred).map_err(json)?,
        name: name.trim().to_owned(),
        aaguid: of_itself.aaguid,
        backup_eligible: credential.backup_eligible,
        backup_state: credential.backup_state,
        sign_count: credential.counter.into(),
        transports: serde_json::to_string(&of_itself.transports).map_err(json)?,
        created_at: now,
        last_used_at: None,
    })
}
