//! `/oauth/introspect` and `/oauth/revoke`

use crate::domain::Auth;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use orion_contracts::auth::{Introspection, TokenForm};
use orion_contracts::{FieldCode, Problem, Secret};
use orion_http::ApiProblem;
use url::form_urlencoded;

/// The longest `Authorization` header that is looked at, in bytes.
const LONGEST_CREDENTIAL: usize = 4096;

/// Says whether a token is good, and whose it is (RFC 7662).
///
/// For services of the product: by HTTP Basic with a section `[auth.services.…]` of the configuration; no permission is
/// needed. Of everything that is not a good access token or refresh token of ORION's the answer is `{"active": false}` alone.
#[utoipa::path(
    post,
    path = "/oauth/introspect",
    tag = "auth",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What the token is good for, or that it is not", body = Introspection),
        (status = 400, description = "The body broke off", body = Problem),
        (status = 401, description = "The service is not known, or its secret is wrong", body = Problem),
        (status = 415, description = "The body is no form", body = Problem),
        (status = 422, description = "A field is not valid", body = Problem),
        (status = 429, description = "Too many wrong secrets; see Retry-After", body = Problem),
        (status = 503, description = "The signing keys are not known yet", body = Problem),
    ),
    security(("service" = [])),
)]
pub(super) async fn introspect(
    State(auth): State<Auth>,
    _: CallingService,
    form: Form,
) -> Result<Json<Introspection>, ApiProblem> {
    Ok(Json(auth.introspect(&form.token).await?))
}

/// Revokes a token (RFC 7009).
///
/// For services of the product: by HTTP Basic with a section `[auth.services.…]` of the configuration; no permission is
/// needed. A refresh token ends its session with all of its tokens; an access token alone is refused from then on. A token that
/// is not known is answered alike.
#[utoipa::path(
    post,
    path = "/oauth/revoke",
    tag = "auth",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token is not good, now or before"),
        (status = 400, description = "The body broke off", body = Problem),
        (status = 401, description = "The service is not known, or its secret is wrong", body = Problem),
        (status = 415, description = "The body is no form", body = Problem),
        (status = 422, description = "A field is not valid", body = Problem),
        (status = 429, description = "Too many wrong secrets; see Retry-After", body = Problem),
    ),
    security(("service" = [])),
)]
pub(super) async fn revoke(
    State(auth): State<Auth>,
    service: CallingService,
    form: Form,
) -> Result<StatusCode, ApiProblem> {
    auth.revoke_token(&service.0, &form.token).await?;
    Ok(StatusCode::OK)
}

/// The name of a service that has proven itself by HTTP Basic (RFC 7617).
pub(super) struct CallingService(String);

impl FromRequestParts<Auth> for CallingService {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, ApiProblem> {
        Ok(Self(auth.know_service(&credentials(&parts.headers)).await?))
    }
}

/// Name and secret as they may be meant: as they are, and with percent-encoding undone. None where there is nothing of the kind.
fn credentials(headers: &HeaderMap) -> Vec<(String, Secret)> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Vec::new() };
    let value = value.to_str().ok().filter(|value| value.len() <= LONGEST_CREDENTIAL);
    let Some((scheme, sent)) = value.and_then(|value| value.split_once(' ')) else { return Vec::new() };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Vec::new();
    }
    let text = STANDARD.decode(sent.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((name, secret)) = text.as_deref().and_then(|text| text.split_once(':')) else { return Vec::new() };
    vec![(name.to_owned(), Secret::new(secret)), (decoded(name), Secret::new(decoded(secret)))]
}

fn decoded(text: &str) -> String {
    form_urlencoded::parse(text.replace('&', "%26").replace('=', "%3D").as_bytes())
        .next()
        .map(|(text, _)| text.into_owned())
        .unwrap_or_default()
}

/// What was sent as a form. Names other than `token` are ignored (RFC 7662, section 2.1).
pub(super) struct Form {
    token: Secret,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = media.and_then(|media| media.split(';').next()).map(str::trim);
        if !media.is_some_and(|media| media.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            let detail = "Send the body as Content-Type: application/x-www-form-urlencoded.";
            return Err(Problem::unsupported_media_type().detail(detail).into());
        }
        let body =
            Bytes::from_request(request, state).await.map_err(|refused: BytesRejection| match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::payload_too_large(),
                _ => Problem::bad_request().detail("The body broke off."),
            })?;
        let mut tokens = form_urlencoded::parse(&body).filter(|(name, _)| name == "token");
        let refuse = |code, message: &'static str| Problem::validation().field("token", code, message);
        let token = tokens.next().filter(|(_, token)| !token.is_empty());
        let (_, token) = token.ok_or_else(|| refuse(FieldCode::Required, "is missing"))?;
        match tokens.next() {
            None => Ok(Self { token: Secret::new(token) }),
            Some(_) => Err(refuse(FieldCode::Repeated, "is there twice").into()),
        }
    }
}
