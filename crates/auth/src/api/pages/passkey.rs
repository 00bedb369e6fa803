//! Passkeys on the pages: the script that asks the browser, what it is told, and what it sends. Only with it is there a passkey;
//! every page has another way, or says that it needs the script.

use super::asked::Submitted;
use super::frame::{self, Frame};
use super::guard::Form;
use super::outcome;
use super::return_to;
use super::versioned::Versioned;
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::{Auth, Ending, SignIn};
use crate::error::AuthError;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header;
use orion_contracts::auth::{FlowNewPasskey, FlowOrder, FlowPasskey};
use orion_contracts::{FlowId, Problem, Secret};
use orion_http::ApiProblem;
use serde_json::{Value, json};
use std::sync::LazyLock;

const SCRIPT: &str = include_str!("../../../templates/passkey.js");

static VERSION: LazyLock<String> = LazyLock::new(|| URL_SAFE_NO_PAD.encode(digest(&SHA256, SCRIPT.as_bytes())));
/// The script's address; a changed script has another one.
static ADDRESS: LazyLock<String> = LazyLock::new(|| format!("/auth/passkey.js?v={}", *VERSION));

/// The box that trusts this device.
pub(super) struct Trust {
    /// What is said beside it.
    pub(super) words: String,
    pub(super) is_ticked: bool,
}

/// The form that the script fills in.
pub(super) struct PasskeyForm<'a> {
    /// What the browser is asked for: to `get` one, or to `create` one.
    pub(super) kind: &'static str,
    pub(super) step: &'static str,
    /// Where the script learns what to ask for.
    pub(super) options: String,
    pub(super) script: &'static str,
    pub(super) words: &'a str,
    /// Whether something else on the page comes first.
    pub(super) is_aside: bool,
    /// None where no device is trusted, or another form has the box.
    pub(super) trust: Option<Trust>,
    /// Whether the script asks at once, for what was asked for before has aged.
    pub(super) is_again: bool,
}

impl<'a> PasskeyForm<'a> {
    /// To begin a sign-in.
    pub(super) fn sign_in(visitor: &'a Visitor) -> Self {
        let words = &visitor.words().passkey_sign_in;
        Self { options: visitor.link("/auth/sign-in/passkey-options"), ..Self::step_of(visitor, words, true) }
    }

    /// To go on with a flow.
    pub(super) fn step_of(visitor: &'a Visitor, words: &'a str, is_aside: bool) -> Self {
        let options = visitor.link("/auth/flow/passkey-options");
        Self { kind: "get", step: "passkey", options, script: &ADDRESS, words, is_aside, trust: None, is_again: false }
    }

    /// To set one up in a flow.
    pub(super) fn enrolment(visitor: &'a Visitor) -> Self {
        let options = visitor.link("/auth/flow/passkey-enrolment-options");
        let words = visitor.words().enrol_passkey.as_str();
        let (kind, step) = ("create", "passkey_enrolment");
        Self { kind, step, options, script: &ADDRESS, words, is_aside: true, trust: None, is_again: false }
    }
}

/// The script: no page, and the same for everybody.
pub(super) async fn script(asked: Versioned) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, asked.kept(&VERSION))];
    (headers, SCRIPT).into_response()
}

/// Begins a sign-in. Nothing was proven in the flow yet, so its token may be the script's; a sign-in under way in another tab
/// stays as it is.
pub(super) async fn sign_in_options(Submitted { auth, visitor, .. }: Submitted) -> Result<Json<Value>, ApiProblem> {
    let back = return_to::asked(&auth, &visitor).map_err(|_| Problem::not_found())?;
    let begun = auth.begin_sign_in(&Ending::Code(back), visitor.devices.first()).await?;
    let SignIn::Needs(flow) = begun else {
        return Err(Problem::internal().into());
    };
    let flow_token = flow.flow_token.ok_or_else(Problem::internal)?;
    let asked = auth.step_passkey_options(flow.flow_id, &FlowOrder { flow_token: flow_token.clone() }).await?;
    Ok(Json(json!({ "flow_id": flow.flow_id, "flow_token": flow_token, "expires_in": flow.expires_in,
        "public_key": asked.public_key })))
}

/// What to ask for in the browser's flow.
pub(super) async fn flow_options(Submitted { auth, visitor, .. }: Submitted) -> Result<Json<Value>, ApiProblem> {
    let (id, flow_token) = visitor.browser.flow.ok_or(AuthError::FlowOver)?;
    let asked = auth.step_passkey_options(id, &FlowOrder { flow_token }).await?;
    Ok(Json(json!({ "public_key": asked.public_key })))
}

/// What to ask for to set one up in the browser's flow.
pub(super) async fn enrolment_options(Submitted { auth, visitor, .. }: Submitted) -> Result<Json<Value>, ApiProblem> {
    let (id, flow_token) = visitor.browser.flow.ok_or(AuthError::FlowOver)?;
    let asked = auth.step_passkey_enrolment_options(id, &FlowOrder { flow_token }).await?;
    Ok(Json(json!({ "public_key": asked.public_key })))
}

/// Why a passkey signs nobody in.
pub(super) enum Refused {
    /// It is not known, or does not answer what was asked for.
    Wrong,
    /// What was asked for is too old: a page may stand open for hours.
    Late,
    /// Too much was tried before.
    Early(Wait),
}

/// Signs in by the passkey that a form carries.
pub(super) async fn sign_in(auth: &Auth, visitor: &Visitor, form: &Form) -> Result<Response, Refused> {
    let id: FlowId = form.text("flow_id").parse().map_err(|_| Refused::Wrong)?;
    let flow_token = Secret::new(form.text("flow_token"));
    match prove(auth, visitor, (id, flow_token.clone()), form).await {
        Ok(SignIn::Needs(mut flow)) => {
            // From here on the browser goes on with it.
            flow.flow_token = Some(flow_token);
            Ok(outcome::go_on(auth, visitor, SignIn::Needs(flow)).await)
        }
        Ok(sign_in) => Ok(outcome::go_on(auth, visitor, sign_in).await),
        Err(AuthError::Wrong(..)) => Err(Refused::Wrong),
        Err(AuthError::FlowOver | AuthError::NoChallenge) => Err(Refused::Late),
        Err(error) => match Wait::of(visitor.words(), error) {
            Ok(wait) => Err(Refused::Early(wait)),
            Err(error) => Ok(frame::trouble(auth, visitor, error)),
        },
    }
}

/// Proves the passkey that a form carries.
pub(super) async fn prove(
    auth: &Auth,
    visitor: &Visitor,
    (id, flow_token): (FlowId, Secret),
    form: &Form,
) -> Result<SignIn, AuthError> {
    let request = FlowPasskey { flow_token, credential: credential_of(form), trust_device: form.is_trusting() };
    auth.step_passkey(id, &request, &visitor.devices).await
}

/// Sets up the passkey that a form carries.
pub(super) async fn enrol(auth: &Auth, id: FlowId, flow_token: Secret, form: &Form) -> Result<SignIn, AuthError> {
    let (credential, trust_device) = (credential_of(form), form.is_trusting());
    auth.step_passkey_enrolment(id, &FlowNewPasskey { flow_token, name: None, credential, trust_device }).await
}

/// What the browser gave. What is no JSON is refused like any other that is no credential.
fn credential_of(form: &Form) -> Value {
    serde_json::from_str(form.text("credential")).unwrap_or_default()
}

/// Asks for a passkey and nothing else.
#[derive(askama::Template)]
#[template(path = "pages/passkey.html")]
pub(super) struct PasskeyPage<'a> {
    pub(super) frame: Frame,
    pub(super) wrong: &'a str,
    pub(super) passkey: Option<PasskeyForm<'a>>,
    /// Another way: address and words.
    pub(super) other: Option<(String, &'a str)>,
}
