//! `/auth/flow`: the next step of a sign-in that needs more than a password. Looking at it changes nothing.

use super::asked::{Looked, Submitted};
use super::ended::{By, ended, led};
use super::field::{Field, read_password, refused_password};
use super::frame::{self, Frame, beyond, fill, shown, shown_with_script};
use super::guard::Form;
use super::outcome::{go_on, other, over};
use super::passkey::{self, PasskeyForm, PasskeyPage, Trust};
use super::return_to;
use super::visitor::Visitor;
use super::wait::Wait;
use super::words::Words;
use crate::domain::{Auth, Look, Offer, SignIn};
use crate::error::AuthError;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use orion_contracts::auth::{FlowCode, FlowMethod, FlowNewPassword, FlowOrder, FlowStep};
use orion_contracts::{FieldFault, FlowId, Secret};

/// The parameter that chooses the way of a step.
const BY: &str = "by";
const BACKUP_CODE: &str = "backup_code";

/// Asks for a code.
#[derive(Template)]
#[template(path = "pages/code.html")]
struct CodePage<'a> {
    frame: Frame,
    wrong: &'a str,
    text: String,
    step: &'a str,
    code: Field<'a>,
    trust: Option<Trust>,
    passkey: Option<PasskeyForm<'a>>,
    /// Another way: address and words.
    other: Option<(String, &'a str)>,
}

/// Sets up an authenticator app.
#[derive(Template)]
#[template(path = "pages/enrol.html")]
struct EnrolPage<'a> {
    frame: Frame,
    wrong: &'a str,
    /// What is said before the person has asked for a key, and on the button that asks for it.
    asking: (String, &'a str),
    /// How many backup codes are left, where the app is offered and not demanded.
    offered: Option<String>,
    /// The key, once the person has asked for it.
    shown: Option<ShownKey>,
    code: Field<'a>,
    trust: Option<Trust>,
    passkey: Option<PasskeyForm<'a>>,
}

/// A key for an authenticator app.
struct ShownKey {
    picture: String,
    /// Its letters, in groups that are easily typed.
    groups: Vec<String>,
    /// An address that an app on the same device opens.
    address: Secret,
}

/// Shows the backup codes of the factor that was set up.
#[derive(Template)]
#[template(path = "pages/backup-codes.html")]
struct BackupCodesPage<'a> {
    frame: Frame,
    wrong: &'a str,
    codes: &'a [Secret],
    /// Where they are as a file.
    download: String,
}

/// Asks for a new password.
#[derive(Template)]
#[template(path = "pages/new-password.html")]
struct NewPasswordPage<'a> {
    frame: Frame,
    wrong: &'a str,
    fields: [Field<'a>; 2],
}

/// What is wrong with what was sent, by field.
#[derive(Default)]
struct Wrong {
    /// How long to wait, where too much was tried: nothing is wrong with what was sent.
    wait: Option<String>,
    /// The box that trusts this device was ticked.
    is_trusting: bool,
    code: String,
    /// Why the policy refuses it.
    refused: Option<FieldFault>,
    /// Why a passkey is not taken.
    passkey: Option<&'static str>,
    password: String,
    repeated: String,
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    page(&auth, &visitor, Wrong::default()).await
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    let asked = match return_to::asked(&auth, &visitor) {
        Ok(asked) => asked,
        Err(fault) => return frame::no_return(&auth, &visitor, fault),
    };
    let Some((id, flow_token)) = visitor.browser.flow.clone() else { return over(&auth, &visitor) };
    match auth.back_of(id, &flow_token).await {
        Ok(back) if return_to::is_other(asked.as_ref(), back.as_ref()) => return other(&auth, &visitor),
        Ok(_) => {}
        Err(AuthError::FlowOver) => return ended(&auth, &visitor, By::Form).await,
        Err(error) => return frame::trouble(&auth, &visitor, error),
    }
    let w = visitor.words();
    let code = || FlowCode {
        flow_token: flow_token.clone(),
        code: Secret::new(form.text("code")),
        trust_device: form.is_trusting(),
    };
    let stepped = match form.text("step") {
        "totp" => auth.step_totp(id, &code()).await,
        "backup_code" => auth.step_backup_code(id, &code()).await,
        "passkey" => passkey::prove(&auth, &visitor, (id, flow_token), &form).await,
        "passkey_enrolment" => passkey::enrol(&auth, id, flow_token, &form).await,
        "declined" => auth.step_declined_offer(id, &FlowOrder { flow_token }).await,
        "kept" => auth.step_kept_backup_codes(id, &FlowOrder { flow_token }).await,
        "enrol" => return enrol(&auth, &visitor, id, FlowOrder { flow_token }).await,
        "new_password" => match read_password(w, form.text("password")) {
            Err(password) => return page(&auth, &visitor, Wrong { password, ..Wrong::default() }).await,
            Ok(_) if form.text("repeated") != form.text("password") => {
                let repeated = w.passwords_differ.clone();
                return page(&auth, &visitor, Wrong { repeated, ..Wrong::default() }).await;
            }
            Ok(new_password) => auth.step_new_password(id, &FlowNewPassword { flow_token, new_password }).await,
        },
        _ => return Redirect::to(&visitor.here()).into_response(),
    };
    answer(&auth, &visitor, &form, stepped).await
}

async fn answer(auth: &Auth, visitor: &Visitor, form: &Form, stepped: Result<SignIn, AuthError>) -> Response {
    let w = visitor.words();
    let nothing = || Wrong { is_trusting: form.is_trusting(), ..Wrong::default() };
    match stepped {
        Ok(SignIn::Coded(coded)) => led(auth, visitor, &coded).await,
        Ok(sign_in) => go_on(auth, visitor, sign_in).await,
        Err(AuthError::Wrong("credential", _)) => {
            let is_new = form.text("step") == "passkey_enrolment";
            let passkey = Some(if is_new { w.passkey_not_set_up.as_str() } else { w.passkey_wrong.as_str() });
            page(auth, visitor, Wrong { passkey, ..nothing() }).await
        }
        Err(AuthError::Wrong(..)) => page(auth, visitor, Wrong { code: w.code_wrong.clone(), ..nothing() }).await,
        Err(AuthError::RefusedNewPassword(fault)) => {
            page(auth, visitor, Wrong { refused: Some(fault), ..Wrong::default() }).await
        }
        // It needs something else by now: the page shows what.
        Err(AuthError::NotAskedFor | AuthError::NoChallenge) => Redirect::to(&visitor.here()).into_response(),
        Err(AuthError::FlowOver) => ended(auth, visitor, By::Form).await,
        Err(error) => later(auth, visitor, error, nothing()).await,
    }
}

/// The same page, to be sent again later, where too much was tried.
async fn later(auth: &Auth, visitor: &Visitor, error: AuthError, wrong: Wrong) -> Response {
    match Wait::of(visitor.words(), error) {
        Ok(wait) => wait.told_in(page(auth, visitor, Wrong { wait: Some(wait.text.clone()), ..wrong }).await),
        Err(error) => frame::trouble(auth, visitor, error),
    }
}

/// Makes a key; the page shows it from then on.
async fn enrol(auth: &Auth, visitor: &Visitor, id: FlowId, order: FlowOrder) -> Response {
    match auth.step_totp_enrolment(id, &order).await {
        Ok(_) | Err(AuthError::NotAskedFor) => Redirect::to(&visitor.here()).into_response(),
        Err(AuthError::FlowOver) => ended(auth, visitor, By::Form).await,
        Err(error) => later(auth, visitor, error, Wrong::default()).await,
    }
}

async fn page(auth: &Auth, visitor: &Visitor, wrong: Wrong) -> Response {
    let asked = match return_to::asked(auth, visitor) {
        Ok(asked) => asked,
        Err(fault) => return frame::no_return(auth, visitor, fault),
    };
    let Some((id, token)) = &visitor.browser.flow else { return over(auth, visitor) };
    let look = match auth.look_at_flow(*id, token).await {
        Ok(look) => look,
        Err(AuthError::FlowOver) => return ended(auth, visitor, By::Looking).await,
        Err(error) => return frame::trouble(auth, visitor, error),
    };
    if return_to::is_other(asked.as_ref(), look.back.as_ref()) {
        return other(auth, visitor);
    }
    let beyond = beyond(auth, look.back.as_ref());
    match look.flow.next {
        FlowStep::SecondFactor if wants_passkey(visitor, &look) => passkey_page(auth, visitor, &look, &wrong, &beyond),
        FlowStep::SecondFactor if look.offers(FlowMethod::Totp) || look.offers(FlowMethod::BackupCode) => {
            code_page(auth, visitor, &look, &wrong, &beyond)
        }
        FlowStep::EnrolSecondFactor if look.offers(FlowMethod::TotpEnrolment) => {
            enrol_page(auth, visitor, look, &wrong, &beyond)
        }
        FlowStep::KeepBackupCodes => backup_codes_page(auth, visitor, &look, &wrong, &beyond),
        FlowStep::NewPassword => new_password_page(auth, visitor, look.minimum, &wrong, &beyond),
        _ => {
            let w = visitor.words();
            frame::message(auth, visitor, StatusCode::CONFLICT, (&w.elsewhere_title, &w.elsewhere_text), None)
        }
    }
}

/// Whether a passkey comes first: where there is no app, unless the person has asked for a backup code.
fn wants_passkey(visitor: &Visitor, look: &Look) -> bool {
    let wants_backup = visitor.parameter(BY) == Some(BACKUP_CODE) && look.offers(FlowMethod::BackupCode);
    look.offers(FlowMethod::Passkey) && !look.offers(FlowMethod::Totp) && !wants_backup
}

fn passkey_page(auth: &Auth, visitor: &Visitor, look: &Look, wrong: &Wrong, beyond: &[String]) -> Response {
    let w = visitor.words();
    let (status, whole) = told(visitor, wrong);
    let frame = Frame::new(auth, visitor, &w.passkey_title, !whole.is_empty());
    let trust = Trust::of(&w.trust_device_passkey, look, wrong);
    let passkey = Some(PasskeyForm { trust, ..PasskeyForm::step_of(visitor, &w.passkey_use, false) });
    let backup = (visitor.link_by("/auth/flow", BY, BACKUP_CODE), w.use_backup.as_str());
    let other = look.offers(FlowMethod::BackupCode).then_some(backup);
    shown_with_script(status, &PasskeyPage { frame, wrong: whole, passkey, other }, beyond)
}

impl Trust {
    /// The box, where a device can be trusted; it stays ticked.
    fn of(words: &str, look: &Look, wrong: &Wrong) -> Option<Self> {
        let words = look.flow.trust_days.map(|days| fill(words, "days", &days.to_string()))?;
        Some(Self { words, is_ticked: wrong.is_trusting })
    }
}

fn backup_codes_page(auth: &Auth, visitor: &Visitor, look: &Look, wrong: &Wrong, beyond: &[String]) -> Response {
    let codes = look.flow.backup_codes.as_ref().map_or(&[][..], |made| &made.codes);
    let (status, whole) = told(visitor, wrong);
    let frame = Frame::new(auth, visitor, &visitor.words().keep_title, !whole.is_empty());
    let download = "/auth/flow/backup-codes.txt".to_owned();
    shown(status, &BackupCodesPage { frame, wrong: whole, codes, download }, beyond)
}

/// The backup codes that the browser's flow shows, as a file.
pub(super) async fn backup_codes(Looked { auth, visitor }: Looked) -> Response {
    let Some((id, token)) = &visitor.browser.flow else { return over(&auth, &visitor) };
    let codes = match auth.look_at_flow(*id, token).await {
        Ok(look) => look.flow.backup_codes,
        Err(AuthError::FlowOver) => None,
        Err(error) => return frame::trouble(&auth, &visitor, error),
    };
    let Some(made) = codes else { return frame::trouble(&auth, &visitor, AuthError::FlowOver) };
    let lines: String = made.codes.iter().map(|code| format!("{}\n", code.expose())).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"backup-codes.txt\""),
    ];
    (headers, format!("{}\n\n{lines}", auth.product_name)).into_response()
}

fn code_page(auth: &Auth, visitor: &Visitor, look: &Look, wrong: &Wrong, beyond: &[String]) -> Response {
    let w = visitor.words();
    let wants_backup = visitor.parameter(BY) == Some(BACKUP_CODE) || !look.offers(FlowMethod::Totp);
    let by_backup = wants_backup && look.offers(FlowMethod::BackupCode);
    let has_both = look.offers(FlowMethod::Totp) && look.offers(FlowMethod::BackupCode);
    let passkey = PasskeyForm::step_of(visitor, &w.use_passkey, true);
    let passkey = look.offers(FlowMethod::Passkey).then_some(passkey);
    let (title, text, step, label) = match by_backup {
        true => (&w.backup_title, &w.backup_text, "backup_code", &w.backup_code),
        false => (&w.code_title, &w.code_text, "totp", &w.code),
    };
    let other = match by_backup {
        true => (visitor.link("/auth/flow"), w.use_app.as_str()),
        false => (visitor.link_by("/auth/flow", BY, BACKUP_CODE), w.use_backup.as_str()),
    };
    let (status, whole) = told(visitor, wrong);
    let frame = Frame::new(auth, visitor, title, !whole.is_empty());
    let text = frame.named(text);
    let code = Field { is_number: !by_backup, ..code_field(label, &wrong.code) };
    let trust = Trust::of(&w.trust_device, look, wrong);
    let page = CodePage { frame, wrong: whole, text, step, code, trust, passkey, other: has_both.then_some(other) };
    shown_with_script(status, &page, beyond)
}

fn enrol_page(auth: &Auth, visitor: &Visitor, look: Look, wrong: &Wrong, beyond: &[String]) -> Response {
    let w = visitor.words();
    let (status, whole) = told(visitor, wrong);
    let (title, text, start) = match look.offer {
        Some(Offer { has_app: true, .. }) => (&w.offer_title, &w.offer_text, w.offer_start.as_str()),
        Some(_) => (&w.offer_passkey_title, &w.offer_passkey_text, w.enrol_start.as_str()),
        None => (&w.enrol_title, &w.enrol_text, w.enrol_start.as_str()),
    };
    // Who sets an app up by now has answered.
    let title = if look.enrolment.is_some() && look.offer.is_some() { start } else { title };
    let frame = Frame::new(auth, visitor, title, !whole.is_empty());
    let trust = Trust::of(&w.trust_device, &look, wrong);
    let can_passkey = look.offers(FlowMethod::PasskeyEnrolment);
    let offered = look.offer.map(|offer| frame.named(&codes_left(w, offer.codes_left)));
    let asking = (frame.named(text), start);
    let shown = look.enrolment.map(|key| ShownKey {
        picture: picture(key.qr_svg.expose()),
        groups: groups(key.secret.expose()),
        address: key.url,
    });
    let code = Field { is_number: true, ..code_field(&w.code, &wrong.code) };
    let passkey = Some(PasskeyForm::enrolment(visitor)).filter(|_| can_passkey);
    let page = EnrolPage { frame, wrong: whole, asking, offered, shown, code, trust, passkey };
    shown_with_script(status, &page, beyond)
}

/// How many backup codes are left, in words.
fn codes_left(w: &Words, left: u64) -> String {
    match left {
        0 => w.codes_left_none.clone(),
        1 => w.codes_left_one.clone(),
        left => fill(&w.codes_left, "codes", &left.to_string()),
    }
}

/// A key in groups of four letters.
fn groups(key: &str) -> Vec<String> {
    key.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect()
}

/// The image as a part of a page, without what stands before it in a file of its own.
fn picture(svg: &str) -> String {
    svg.find("<svg").map_or_else(String::new, |start| svg[start..].to_owned())
}

fn new_password_page(auth: &Auth, visitor: &Visitor, minimum: u32, wrong: &Wrong, beyond: &[String]) -> Response {
    let w = visitor.words();
    let password = match &wrong.refused {
        Some(fault) => refused_password(w, fault, minimum),
        None => wrong.password.clone(),
    };
    let (status, whole) = told(visitor, wrong);
    let frame = Frame::new(auth, visitor, &w.change_title, !whole.is_empty());
    let in_repeated = !wrong.repeated.is_empty();
    let password = Field::new_password(w, minimum).saying(password);
    let fields = [
        Field { is_first: !in_repeated, ..password },
        Field { is_first: in_repeated, ..Field::repeated(w).saying(&wrong.repeated) },
    ];
    shown(status, &NewPasswordPage { frame, wrong: whole, fields }, beyond)
}

fn code_field<'a>(label: &'a str, wrong: &str) -> Field<'a> {
    Field {
        name: "code",
        label,
        kind: "text",
        autocomplete: "one-time-code",
        wrong: wrong.to_owned(),
        is_first: true,
        ..Field::default()
    }
}

/// The status and what is said of the whole.
fn told<'a>(visitor: &Visitor, wrong: &'a Wrong) -> (StatusCode, &'a str) {
    if let Some(words) = &wrong.wait {
        return (StatusCode::TOO_MANY_REQUESTS, words);
    }
    if let Some(words) = wrong.passkey {
        return (StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    let is_right = wrong.code.is_empty() && wrong.password.is_empty() && wrong.repeated.is_empty();
    match is_right && wrong.refused.is_none() {
        true => (StatusCode::OK, ""),
        false => (StatusCode::UNPROCESSABLE_ENTITY, &visitor.words().fields_wrong),
    }
}
