//! The hosted page behind a verification link. Opening it changes nothing, because mail programs open links by
//! themselves; its form does, with the password.

use super::page::{escape, page, sign_in};
use crate::domain::Auth;
use crate::error::AuthError;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use orion_contracts::auth::{MAX_TOKEN, VerifyEmailRequest};
use orion_contracts::password::InvalidPassword;
use orion_contracts::{Password, Problem, Secret};

/// Shows the page that asks to confirm the address.
///
/// Opening it changes nothing, because mail programs open links by themselves; its form does, with the password.
#[utoipa::path(
    get,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    params(("token" = Option<String>, Query, description = "The token from the link")),
    responses(
        (status = 200, description = "A page with a form, or that says that it is done", content_type = "text/html", body = String),
        (status = 400, description = "A page that says that the link is not complete", content_type = "text/html", body = String),
        (status = 422, description = "A page that says that the link is not valid", content_type = "text/html", body = String),
    ),
)]
pub(super) async fn show(State(auth): State<Auth>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    let Some(token) = token.map(|(_, token)| Secret::new(token)).filter(is_bounded) else { return incomplete(&auth) };
    match auth.verification_of(&token).await {
        Ok(link) if link.is_done => already_confirmed(&auth),
        Ok(link) => asking(&auth, StatusCode::OK, &Form::new(&token, &link.email)),
        Err(error) => refused(&auth, error),
    }
}

/// Where the form was sent to, when somebody asks for it again by the address line: it knows no token.
pub(super) async fn show_nothing(State(auth): State<Auth>) -> Response {
    incomplete(&auth)
}

/// What its form carries.
struct Sent {
    token: Secret,
    password: String,
    /// Where another password than that of the registration is to count.
    repeated: Option<String>,
}

impl Sent {
    fn read(body: &[u8]) -> Option<Self> {
        let (mut token, mut password, mut repeated) = (None, String::new(), None);
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "token" => token = Some(Secret::new(value)),
                "password" => password = value.into_owned(),
                "repeated" => repeated = Some(value.into_owned()),
                _ => {}
            }
        }
        Some(Self { token: token.filter(is_bounded)?, password, repeated })
    }
}

/// What its button does.
pub(super) async fn confirm(State(auth): State<Auth>, body: Result<Bytes, BytesRejection>) -> Response {
    let Some(sent) = body.ok().and_then(|body| Sent::read(&body)) else { return incomplete(&auth) };
    let link = match auth.verification_of(&sent.token).await {
        Ok(link) if link.is_done => return already_confirmed(&auth),
        Ok(link) => link,
        Err(error) => return refused(&auth, error),
    };
    let form = Form { replaces: sent.repeated.is_some(), ..Form::new(&sent.token, &link.email) };
    let again = |message: &str| asking(&auth, StatusCode::UNPROCESSABLE_ENTITY, &form.saying(message));
    let password: Password = match sent.password.parse() {
        Ok(password) => password,
        Err(InvalidPassword::Empty) => return again("Enter your password."),
        Err(error) => return again(&format!("The password {error}.")),
    };
    if sent.repeated.as_ref().is_some_and(|repeated| *repeated != sent.password) {
        return again("The two passwords are not the same.");
    }
    let order = VerifyEmailRequest { token: sent.token.clone(), password, replace_password: sent.repeated.is_some() };
    match auth.verify_email(&order).await {
        Ok(()) => page(&auth, StatusCode::OK, "Your e-mail address is confirmed", &sign_in(&auth)),
        Err(AuthError::OtherPassword) => {
            let form = Form { replaces: true, ..form.saying(ANOTHER) };
            asking(&auth, StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
        Err(AuthError::VerifiedAlready) => already_confirmed(&auth),
        Err(AuthError::RefusedPassword(fault)) => again(&format!("The password {fault}.")),
        Err(error) => refused(&auth, error),
    }
}

/// Said when the password is not that of the registration: the form then asks for it twice.
const ANOTHER: &str = "This is not the password that was chosen when this address was registered. If you want to sign in \
    with another one, choose it here: it takes the place of the one that was chosen.";

fn is_bounded(token: &Secret) -> bool {
    (1..=MAX_TOKEN).contains(&token.expose().len())
}

fn incomplete(auth: &Auth) -> Response {
    page(
        auth,
        StatusCode::BAD_REQUEST,
        "This link is not complete",
        "<p>Copy the whole link from the mail into the address line of your browser.</p>",
    )
}

fn already_confirmed(auth: &Auth) -> Response {
    page(auth, StatusCode::OK, "Your e-mail address is already confirmed", &sign_in(auth))
}

fn refused(auth: &Auth, error: AuthError) -> Response {
    let problem = Problem::from(error);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    match problem.status {
        429 => page(auth, status, "Too many tries", "<p>Please open the link again in a while.</p>"),
        500.. => page(
            auth,
            status,
            "This does not work at the moment",
            "<p>Please open the link again in a few minutes.</p>",
        ),
        _ => page(
            auth,
            StatusCode::UNPROCESSABLE_ENTITY,
            "This link does not work",
            "<p>It may be too old, or not whole: open all of the one in the newest mail, or register again to get \
             another.</p>",
        ),
    }
}

/// The form that asks for the password.
struct Form<'a> {
    token: &'a Secret,
    email: &'a str,
    /// Asks for a password that takes the place of the one chosen at registration, and for that twice.
    replaces: bool,
    message: String,
}

impl<'a> Form<'a> {
    fn new(token: &'a Secret, email: &'a str) -> Self {
        Self { token, email, replaces: false, message: String::new() }
    }

    fn saying(&self, message: &str) -> Self {
        Self { message: message.to_owned(), ..*self }
    }
}

fn asking(auth: &Auth, status: StatusCode, form: &Form<'_>) -> Response {
    let title = if form.replaces { "Choose your password" } else { "Confirm your e-mail address" };
    page(auth, status, title, &markup(form))
}

fn markup(form: &Form<'_>) -> String {
    let field = |name: &str, label: &str, fills: &str| {
        format!(
            "<label>{label}<input type=\"password\" name=\"{name}\" autocomplete=\"{fills}\" maxlength=\"1024\" required>\
             </label>"
        )
    };
    let email = escape(form.email);
    let message = match form.message.as_str() {
        "" => String::new(),
        message => format!("<p role=\"alert\">{}</p>", escape(message)),
    };
    let (explained, fields) = if form.replaces {
        let twice = field("password", "New password", "new-password") + &field("repeated", "Once more", "new-password");
        let back = format!(
            "<p><a href=\"/api/v1/auth/verify-email?token={}\">Try the other password again</a></p>",
            escape(form.token.expose())
        );
        (back, twice)
    } else {
        let explained = format!(
            "<p>Somebody, hopefully you, registered <strong>{email}</strong>. To confirm that it is yours, enter the \
             password that you chose. If you did not register, close this page.</p>"
        );
        (explained, field("password", "Password", "current-password"))
    };
    format!(
        "{message}{explained}<form method=\"post\" action=\"/api/v1/auth/verify-email/confirm\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <input type=\"email\" value=\"{email}\" autocomplete=\"username\" readonly hidden>\
         {fields}<button type=\"submit\">Confirm my address</button></form>",
        escape(form.token.expose())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_token_nor_address_can_leave_their_attributes() {
        let token = Secret::new("\"><script>alert(1)</script>");
        let markup = markup(&Form::new(&token, "\"><b>@example.com"));
        assert!(!markup.contains("<script>") && !markup.contains("<b>"), "{markup}");
        assert!(markup.contains("&quot;&gt;&lt;script&gt;"), "{markup}");
    }
}
