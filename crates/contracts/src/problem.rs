//! Errors as RFC 9457 problem details: a stable `type`, a title, and the fields that are wrong.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Every `type` is this prefix and a stable name, such as `urn:orion:problem:permission-denied`.
pub const TYPE_PREFIX: &str = "urn:orion:problem:";

/// A problem+json body (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Stable; programs switch on it. `urn:orion:problem:<name>`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:orion:problem:validation")]
    pub kind: Cow<'static, str>,
    /// What this type of problem is, in a few words.
    #[schema(value_type = String, example = "Some fields are not valid")]
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What went wrong this time and what to do, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "See the fields.")]
    pub detail: Option<String>,
    /// The id that finds this request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42")]
    pub request_id: Option<String>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds after which to try again; also sent as `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    pub retry_after: Option<u64>,
    /// How sure a sign-in must make (RFC 9470); sent as a part of `WWW-Authenticate` alone.
    #[serde(skip)]
    pub acr_values: Option<&'static str>,
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field in the input, such as `address.street`.
    #[schema(example = "display_name")]
    pub field: String,
    /// What kind of fault it is.
    pub code: FieldCode,
    /// What is wrong with it, for a person.
    #[schema(example = "is missing")]
    pub message: String,
}

/// What kind of fault a field has. Stable; programs switch on it, and say it in their own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// It is missing, or empty where it must not be.
    Required,
    /// There is no such field.
    Unknown,
    /// It is there twice.
    Repeated,
    /// It is of another type, such as a text in the place of a number.
    WrongType,
    /// It has too few characters or bytes.
    TooShort,
    /// It has too many.
    TooLong,
    /// It is a number or a moment beyond its bounds.
    OutOfRange,
    /// It is none of the words that it may be.
    NotOneOf,
    /// Something else has it that must be the only one.
    Taken,
    /// It is a password that is known from a leak.
    Leaked,
    /// Anything else, and what a later version tells.
    #[serde(other)]
    Invalid,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $make:ident, $status:literal, $name:literal, $title:literal;)*) => {
        impl Problem {$(
            $(#[$doc])*
            pub fn $make() -> Self {
                Self::new($status, concat!("urn:orion:problem:", $name), $title)
            }
        )*}
    };
}

problems! {
    /// 400: the request cannot be read.
    bad_request, 400, "bad-request", "The request cannot be read";
    /// 422: fields have wrong values; see `errors`.
    validation, 422, "validation", "Some fields are not valid";
    /// 400: the body is not JSON of the expected shape.
    malformed_json, 400, "malformed-json", "The body is not valid JSON of the expected shape";
    /// 400: the cursor is not one that this list gave out.
    invalid_cursor, 400, "invalid-cursor", "The cursor is not valid";
    /// 401: no credential was given.
    unauthenticated, 401, "unauthenticated", "Sign in first";
    /// 401: an endpoint between services was called without the proof of one.
    peer_refused, 401, "peer-refused", "This endpoint is for ORION's own services";
    /// 401: the token is malformed, forged, expired, revoked or not for here.
    invalid_token, 401, "invalid-token", "The access token is not valid";
    /// 401: the API key is mistyped, or nobody's.
    invalid_api_key, 401, "invalid-api-key", "The API key is not valid";
    /// 401: the API key, or the secret from before its rotation, has run out.
    api_key_expired, 401, "api-key-expired", "The API key has expired";
    /// 401: the API key was revoked.
    api_key_revoked, 401, "api-key-revoked", "The API key was revoked";
    /// 401: whoever the API key belongs to may not do anything at the moment.
    api_key_suspended, 401, "api-key-suspended", "The API key's owner is not active";
    /// 401: e-mail or password is wrong; says not which.
    invalid_credentials, 401, "invalid-credentials", "E-mail or password is wrong";
    /// 401: signed in too long ago, or with too little, for what is asked (RFC 9470); a step-up is what helps.
    insufficient_user_authentication, 401, "insufficient-user-authentication", "Prove once more who you are";
    /// 401: a service that asks about tokens has not proven which one it is.
    invalid_client, 401, "invalid-client", "The service is not known";
    /// 410: the sign-in under way is unknown, over, or was begun elsewhere.
    flow_over, 410, "flow-over", "This sign-in is over";
    /// 401: the refresh token is unknown, used up, expired or revoked.
    invalid_refresh_token, 401, "invalid-refresh-token", "The refresh token is not valid";
    /// 401: there is no session of the console, or it has ended.
    no_console_session, 401, "no-console-session", "Sign in to the console";
    /// 403: the account may not use the console.
    console_forbidden, 403, "console-forbidden", "This account may not use the console";
    /// 403: the one-time link for the first administrator is not the newest, was used, or is too old.
    setup_link_invalid, 403, "setup-link-invalid", "The one-time link is not valid";
    /// 403: the one-time link for a new password is not the newest, was used, or is too old.
    reset_link_invalid, 403, "reset-link-invalid", "The link is not valid";
    /// 409: somebody uses the one-time link at this moment.
    link_in_use, 409, "link-in-use", "Somebody is using this link right now";
    /// 409: an earlier try has made the account of another address.
    setup_begun, 409, "setup-begun", "This set-up was begun with another address";
    /// 403: the caller lacks a permission.
    permission_denied, 403, "permission-denied", "You may not do this";
    /// 403: a state-changing console call without its CSRF proof.
    csrf, 403, "csrf", "The request did not come from the console";
    /// 404: nothing is there.
    not_found, 404, "not-found", "Not found";
    /// 405: the path is known, the method is not.
    method_not_allowed, 405, "method-not-allowed", "Method not allowed";
    /// 408: the request did not arrive in time.
    request_timeout, 408, "request-timeout", "The request did not arrive in time";
    /// 409: the state does not allow it.
    conflict, 409, "conflict", "The current state does not allow this";
    /// 409: the console session acts as somebody else by now than the page that calls says.
    acts_as_another, 409, "acts-as-another", "The console acts as somebody else by now";
    /// 409: the console session acts for another organisation by now than the page that calls says, or for none.
    acts_for_another, 409, "acts-for-another", "The console acts for another organisation by now";
    /// 412: it was changed by somebody else in the meantime.
    precondition_failed, 412, "precondition-failed", "It was changed in the meantime";
    /// 413: the body is larger than allowed.
    payload_too_large, 413, "payload-too-large", "The body is too large";
    /// 414: the target is longer than allowed.
    uri_too_long, 414, "uri-too-long", "The request target is too long";
    /// 415: the content type is not one that is read here.
    unsupported_media_type, 415, "unsupported-media-type", "The content type is not supported";
    /// 422: an idempotency key was used again for another request.
    idempotency_key_reused, 422, "idempotency-key-reused", "The idempotency key belongs to another request";
    /// 429: too many requests; see `Retry-After`.
    rate_limited, 429, "rate-limited", "Too many requests";
    /// 431: the header section is larger than allowed.
    headers_too_large, 431, "headers-too-large", "The header section is too large";
    /// 500: a defect of ORION; the details are in its log under the request id.
    internal, 500, "internal", "Something went wrong on our side";
    /// 508: the gateway sent it to a server that sent it back.
    loop_detected, 508, "loop-detected", "The request came back to where it had been";
    /// 502: the upstream gave no valid answer.
    bad_gateway, 502, "bad-gateway", "The service behind gave no valid answer";
    /// 503: something that this needs is away for the moment.
    unavailable, 503, "unavailable", "A part that this needs is not available";
    /// 504: the upstream did not answer in time.
    gateway_timeout, 504, "gateway-timeout", "The service behind did not answer in time";
}

/// What is said where there is no such user.
const NO_SUCH_USER: &str = "There is no such user.";
/// What is said where there is no such role.
pub const NO_SUCH_ROLE: &str = "There is no such role.";
/// What is said where somebody stands above whoever acts on them, whichever service looks at it.
const USER_ABOVE_CALLER: &str = "This user holds a role above your own.";
/// How much of a path a problem repeats, in characters.
const SHOWN: usize = 200;

impl Problem {
    /// 404, and what was looked for.
    pub fn nothing_at(method: &str, path: &str) -> Self {
        Self::not_found().detail(format!("There is nothing at {method} {}.", shown(path)))
    }

    /// 404, of a user.
    pub fn no_such_user() -> Self {
        Self::not_found().detail(NO_SUCH_USER)
    }

    /// Whether what is not there is the user.
    pub fn is_no_such_user(&self) -> bool {
        self.status == 404 && self.detail.as_deref() == Some(NO_SUCH_USER)
    }

    /// 403, of a user who is above the caller.
    pub fn user_above_caller() -> Self {
        Self::permission_denied().detail(USER_ABOVE_CALLER)
    }

    /// 405, and what was asked for.
    pub fn not_served_at(method: &str, path: &str) -> Self {
        Self::method_not_allowed().detail(format!("{method} is not served at {}.", shown(path)))
    }

    /// 503: no token can be verified yet. None is called invalid meanwhile, for clients take that for a sign-out.
    pub fn keys_unknown() -> Self {
        Self::unavailable().detail("Signing keys are not known yet.").retry_after(1)
    }

    /// A problem of the given status, full type URI and title.
    pub const fn new(status: u16, kind: &'static str, title: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            title: Cow::Borrowed(title),
            status,
            detail: None,
            request_id: None,
            errors: Vec::new(),
            retry_after: None,
            acr_values: None,
        }
    }

    /// The type's stable name, without its prefix.
    pub fn name(&self) -> &str {
        self.kind.strip_prefix(TYPE_PREFIX).unwrap_or(&self.kind)
    }

    /// Adds what went wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a field error.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, code: FieldCode, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), code, message: message.into() });
        self
    }

    /// Says after how many seconds to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says that a sign-in with two factors is needed.
    #[must_use]
    pub const fn two_factors(mut self) -> Self {
        self.acr_values = Some("aal2");
        self
    }
}

fn shown(path: &str) -> Cow<'_, str> {
    match path.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", path.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(path),
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.title)?;
        self.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::FieldCode;
    use serde_json::json;

    #[test]
    fn a_code_of_a_later_version_is_read_as_something_invalid() {
        let read = |code: &str| serde_json::from_value::<FieldCode>(json!(code)).expect("a code");
        assert_eq!([read("too_long"), read("of_tomorrow")], [FieldCode::TooLong, FieldCode::Invalid]);
    }
}
