//! Signing in to the console, step by step, and proving once more who one is. The steps are auth's; what belongs to them is sealed
//! in a cookie, so that no token reaches the page and any instance can go on.

use super::outlive::outlive;
use super::sessions::{ActiveSession, Sessions};
use super::upstream::Upstream;
use crate::error::AdminError;
use orion_contracts::admin::{ConsoleFlow, ConsoleProviderVisit, ConsoleSession, ConsoleStep};
use orion_contracts::auth::{
    BeginFlowRequest, FlowCode, FlowMethod, FlowNewPasskey, FlowNewPassword, FlowOrder, FlowPasskey,
    FlowPasskeyEnrolment, FlowPassword, FlowProvider, FlowProviderVisit, FlowPurpose, FlowResponse, LoginRequest,
    PasskeyRequest, ProviderVisit, SignInAnswer, TotpEnrolment,
};
use orion_contracts::internal::BeginProviderVisit;
use orion_contracts::{Email, FieldCode, FlowId, Problem, Secret, ServiceName};
use orion_infra::secrets::{Scope, token_hash};
use serde::{Deserialize, Serialize};

/// What the cookie is sealed for.
const PURPOSE: &str = "console-sign-in";
const LOGIN: &str = "/api/v1/auth/login";
const FLOWS: &str = "/api/v1/auth/flows";
/// The page of the console that a provider leads back to, in a window of its own.
const BACK: &str = "/step-up";

/// What a sign-in has come to.
pub(crate) enum Entry {
    /// A session has begun.
    Begun(Box<Begun>),
    /// Another step is needed: its cookie, and what the page asks for.
    Needs(String, ConsoleFlow),
    /// The session that there is goes on, freshly proven.
    Renewed,
}

/// A session that has begun.
pub(crate) struct Begun {
    /// Its cookie.
    pub(crate) cookie: String,
    /// What the page may know of it.
    pub(crate) session: ConsoleSession,
    /// By what the device is known from now on.
    pub(crate) device_token: Option<Secret>,
}

/// A sign-in under way, as it is sealed in its cookie.
#[derive(Clone, Serialize, Deserialize)]
struct Pending {
    flow_id: FlowId,
    flow_token: Secret,
    /// The address that was typed; none where a passkey says who it is.
    email: Option<Email>,
    /// The console's session that is stepped up, by the hash of its cookie.
    session: Option<String>,
}

/// The steps that a page may ask for.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StepName {
    Password,
    Totp,
    BackupCode,
    NewPassword,
    Passkey,
    Provider,
    PasskeyEnrolment,
    KeptBackupCodes,
}

impl StepName {
    /// The method of the flow that it is.
    const fn method(self) -> FlowMethod {
        match self {
            Self::Password => FlowMethod::Password,
            Self::Totp => FlowMethod::Totp,
            Self::BackupCode => FlowMethod::BackupCode,
            Self::NewPassword => FlowMethod::NewPassword,
            Self::Passkey => FlowMethod::Passkey,
            Self::Provider => FlowMethod::Provider,
            Self::PasskeyEnrolment => FlowMethod::PasskeyEnrolment,
            Self::KeptBackupCodes => FlowMethod::KeptBackupCodes,
        }
    }
}

impl Sessions {
    /// Signs in at auth, from the device that the browser says it is.
    pub(crate) async fn start(&self, login: &LoginRequest, device_token: Option<Secret>) -> Result<Entry, Problem> {
        let login = LoginRequest { device_token, ..login.clone() };
        let answer: SignInAnswer = self.auth().post(LOGIN, &login).await?;
        self.come_to(answer, Some(login.email)).await
    }

    /// Begins a sign-in of whoever it is: a passkey will say.
    pub(crate) async fn begin_with_passkey(&self, device_token: Option<Secret>) -> Result<Entry, Problem> {
        let order = BeginFlowRequest { purpose: FlowPurpose::SignIn, device_token };
        let flow: FlowResponse = self.auth().post(FLOWS, &order).await?;
        self.needs(flow, None, None, None)
    }

    /// Begins to prove once more who the session's owner is.
    pub(crate) async fn begin_step_up(&self, session: &ActiveSession) -> Result<Entry, Problem> {
        let order = BeginFlowRequest { purpose: FlowPurpose::StepUp, device_token: None };
        let flow: FlowResponse = self.auth().with(&session.own.access_token).post(FLOWS, &order).await?;
        let id_hash = Some(session.row.id_hash.clone());
        self.needs(flow, None, Some(Email::stored(&session.row.email)), id_hash)
    }

    /// Does one step of what the cookie stands for. `console` is the cookie of the session, if there is one.
    pub(crate) async fn step(
        &self,
        cookie: &str,
        console: Option<&str>,
        step: StepName,
        given: ConsoleStep,
    ) -> Result<Entry, Problem> {
        let pending = self.opened_by(cookie, console)?;
        // Of a session that is stepped up: its older refresh token is void from then on.
        let turn = match &pending.session {
            Some(id_hash) => Some(self.turns.take(id_hash).await),
            None => None,
        };
        let sessions = self.clone();
        // What was proven is spent when the browser hangs up.
        outlive("a step of a sign-in", async move {
            let _turn = turn;
            sessions.stepped(pending, step, given).await
        })
        .await
    }

    async fn stepped(&self, pending: Pending, step: StepName, given: ConsoleStep) -> Result<Entry, Problem> {
        let Pending { flow_id, flow_token, email, session } = pending;
        let token = flow_token.clone();
        let ask = async {
            let (auth, at) = (self.auth(), format!("{FLOWS}/{flow_id}/{}", step.method().path()));
            match step {
                StepName::Password => {
                    let password = given.password.ok_or_else(|| missing("password"))?;
                    auth.post(&at, &FlowPassword { flow_token: token, password }).await
                }
                StepName::Totp | StepName::BackupCode => {
                    let code = given.code.ok_or_else(|| missing("code"))?;
                    let order = FlowCode { flow_token: token, code, trust_device: given.trust_device };
                    auth.post(&at, &order).await
                }
                StepName::Passkey => {
                    let credential = given.credential.ok_or_else(|| missing("credential"))?;
                    auth.post(&at, &FlowPasskey { flow_token: token, credential, trust_device: given.trust_device })
                        .await
                }
                StepName::Provider => {
                    let code = given.code.ok_or_else(|| missing("code"))?;
                    auth.post(&at, &FlowProvider { flow_token: token, code }).await
                }
                StepName::PasskeyEnrolment => {
                    let credential = given.credential.ok_or_else(|| missing("credential"))?;
                    let trust_device = given.trust_device;
                    let order = FlowNewPasskey { flow_token: token, name: None, credential, trust_device };
                    auth.post(&at, &order).await
                }
                StepName::KeptBackupCodes => auth.post(&at, &FlowOrder { flow_token: token }).await,
                StepName::NewPassword => {
                    let new_password = given.new_password.ok_or_else(|| missing("new_password"))?;
                    let order = FlowNewPassword { flow_token: token, new_password };
                    auth.post(&at, &order).await
                }
            }
        };
        match session {
            Some(id_hash) => match self.renew_in_turn(&id_hash, ask).await? {
                Some(flow) => self.needs(flow, Some(flow_token), email, Some(id_hash)),
                None => Ok(Entry::Renewed),
            },
            None => match ask.await? {
                SignInAnswer::Needs(flow) => self.needs(flow, Some(flow_token), email, None),
                done @ SignInAnswer::Done(_) => self.come_to(done, email).await,
            },
        }
    }

    /// Shows a key for an authenticator app, for a sign-in that asks for one.
    pub(crate) async fn enrol(&self, cookie: &str) -> Result<TotpEnrolment, Problem> {
        let Pending { flow_id, flow_token, .. } = self.opened(cookie)?;
        self.auth()
            .post(&format!("{FLOWS}/{flow_id}/{}", FlowMethod::TotpEnrolment.path()), &FlowOrder { flow_token })
            .await
    }

    /// What to ask a browser for, to prove a passkey.
    pub(crate) async fn passkey_options(&self, cookie: &str) -> Result<PasskeyRequest, Problem> {
        let Pending { flow_id, flow_token, .. } = self.opened(cookie)?;
        self.auth().post(&format!("{FLOWS}/{flow_id}/passkey-options"), &FlowOrder { flow_token }).await
    }

    /// Where to send a window of the browser that is a page of this origin, to prove at a provider who somebody is. `console` is
    /// the cookie of the session that is stepped up.
    pub(crate) async fn provider_visit(
        &self,
        cookie: &str,
        console: Option<&str>,
        origin: &str,
        order: ConsoleProviderVisit,
    ) -> Result<ProviderVisit, Problem> {
        let Pending { flow_id, flow_token, .. } = self.opened_by(cookie, console)?;
        let ConsoleProviderVisit { provider, state } = order;
        let return_to = format!("{origin}{BACK}");
        let order = FlowProviderVisit { flow_token, provider, return_to, state: Some(state) };
        Ok(self.context.infra.peers.call(&BeginProviderVisit { id: flow_id }, &order).await?)
    }

    /// What to ask a browser for, to set up a passkey at a sign-in that asks for a second factor.
    pub(crate) async fn passkey_enrolment_options(&self, cookie: &str) -> Result<FlowPasskeyEnrolment, Problem> {
        let Pending { flow_id, flow_token, .. } = self.opened(cookie)?;
        self.auth().post(&format!("{FLOWS}/{flow_id}/passkey-enrolment-options"), &FlowOrder { flow_token }).await
    }

    fn auth(&self) -> Upstream<'_> {
        Upstream::new(&self.context.infra, ServiceName::Auth)
    }

    async fn come_to(&self, answer: SignInAnswer, email: Option<Email>) -> Result<Entry, Problem> {
        match answer {
            SignInAnswer::Needs(flow) => self.needs(flow, None, email, None),
            SignInAnswer::Done(tokens) => {
                let (cookie, session) = self.begin(&tokens, email.as_ref()).await?;
                Ok(Entry::Begun(Box::new(Begun { cookie, session, device_token: tokens.device_token })))
            }
        }
    }

    /// The flow's token comes with its first answer; later ones go on with it.
    fn needs(
        &self,
        flow: FlowResponse,
        known: Option<Secret>,
        email: Option<Email>,
        session: Option<String>,
    ) -> Result<Entry, Problem> {
        let FlowResponse { flow_id, flow_token, expires_in, next, methods, providers, trust_days, backup_codes } = flow;
        let flow_token = flow_token.or(known).ok_or_else(|| {
            tracing::error!("auth began a sign-in without its token");
            Problem::internal()
        })?;
        let pending = Pending { flow_id, flow_token, email, session };
        let plain = serde_json::to_vec(&pending).map(zeroize::Zeroizing::new).map_err(|error| {
            tracing::error!(%error, "a sign-in under way cannot be written as JSON");
            Problem::internal()
        })?;
        let cookie = self.context.infra.secrets.seal(Scope::AtRest, PURPOSE, "", &plain);
        Ok(Entry::Needs(cookie, ConsoleFlow { expires_in, next, methods, providers, trust_days, backup_codes }))
    }

    /// The same, for whoever has the session as well, where it is one that is stepped up.
    fn opened_by(&self, cookie: &str, console: Option<&str>) -> Result<Pending, Problem> {
        let pending = self.opened(cookie)?;
        if pending.session.is_some() && pending.session != console.map(token_hash) {
            return Err(AdminError::NoSession.into());
        }
        Ok(pending)
    }

    fn opened(&self, cookie: &str) -> Result<Pending, Problem> {
        let plain = self.context.infra.secrets.unseal(Scope::AtRest, PURPOSE, "", cookie).ok();
        let pending = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        pending.ok_or_else(|| Problem::flow_over().detail("Begin again."))
    }
}

fn missing(field: &str) -> Problem {
    Problem::validation().field(field, FieldCode::Required, "is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_goes_on_by_every_method_of_a_flow_under_the_name_of_its_endpoint() {
        for method in FlowMethod::ALL.iter().copied() {
            let step = serde_json::from_value::<StepName>(method.path().into()).ok().map(StepName::method);
            // An app is shown by an endpoint of its own; a code of it is the step.
            assert_eq!(step, (method != FlowMethod::TotpEnrolment).then_some(method), "{}", method.path());
        }
    }
}
