//! Which service owns which API path: what the console forwards, and to whom.

use http::Method;
use orion_contracts::ServiceName;
use orion_contracts::paths::owner_of_api;

/// The owner of a raw request path, if it is another service. `None` for an unknown one as well, and for one that could be read as another path by
/// somebody who resolves dot segments or encoded slashes.
pub(crate) fn owner(path: &str) -> Option<ServiceName> {
    let rest = path.strip_prefix("/api/v1/")?;
    if rest.split('/').any(is_ambiguous) {
        return None;
    }
    let first = rest.split('/').next()?;
    owner_of_api(first).filter(|owner| *owner != ServiceName::Admin)
}

/// What answers with an access token: the page of the console never has one, so these are not for it. A test holds them beside the OpenAPI documents.
const HANDING_OUT_TOKENS: [(Method, &str); 13] = [
    (Method::POST, "/api/v1/auth/flows/{id}/backup-code"),
    (Method::POST, "/api/v1/auth/flows/{id}/kept-backup-codes"),
    (Method::POST, "/api/v1/auth/flows/{id}/new-password"),
    (Method::POST, "/api/v1/auth/flows/{id}/passkey"),
    (Method::POST, "/api/v1/auth/flows/{id}/passkey-enrolment"),
    (Method::POST, "/api/v1/auth/flows/{id}/password"),
    (Method::POST, "/api/v1/auth/flows/{id}/provider"),
    (Method::POST, "/api/v1/auth/flows/{id}/totp"),
    (Method::POST, "/api/v1/auth/impersonations"),
    (Method::POST, "/api/v1/auth/login"),
    (Method::POST, "/api/v1/auth/login/code"),
    (Method::POST, "/api/v1/auth/refresh"),
    (Method::PUT, "/api/v1/auth/sessions/current/organisation"),
];

/// Whether a call is answered with an access token.
pub(crate) fn hands_out_tokens(method: &Method, path: &str) -> bool {
    HANDING_OUT_TOKENS.iter().any(|(one, at)| one == method && is_at(at, path))
}

/// Whether a path is one of those that a path of the documents stands for.
fn is_at(documented: &str, path: &str) -> bool {
    let (mut documented, mut path) = (documented.split('/'), path.split('/'));
    loop {
        match (documented.next(), path.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || one.starts_with('{') => {}
            _ => return false,
        }
    }
}

fn is_ambiguous(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    lower.contains('\\') || lower.contains("%2f") || lower.contains("%5c") || {
        let plain = lower.replace("%2e", ".");
        plain == "." || plain == ".."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_decides() {
        assert_eq!(owner("/api/v1/users/me"), Some(ServiceName::Users));
        assert_eq!(owner("/api/v1/audit"), Some(ServiceName::Users));
        assert_eq!(owner("/api/v1/auth/sessions"), Some(ServiceName::Auth));
        assert_eq!(owner("/api/v1/templates/x"), Some(ServiceName::Notifications));
        assert_eq!(owner("/api/v1/usersx"), None);
        assert_eq!(owner("/internal/v1/grants/x"), None);
    }

    #[test]
    fn no_call_is_passed_on_that_is_answered_with_a_token() {
        let posted = |path: &str| hands_out_tokens(&Method::POST, path);
        assert!(posted("/api/v1/auth/login") && posted("/api/v1/auth/flows/0190/password"));
        for path in
            ["/api/v1/auth/flows", "/api/v1/auth/flows/0190", "/api/v1/auth/logout", "/api/v1/auth/login/code/x"]
        {
            assert!(!posted(path), "{path}");
        }
        assert!(!hands_out_tokens(&Method::GET, "/api/v1/auth/login"));
    }

    #[test]
    fn a_path_that_could_be_read_as_another_has_no_owner() {
        for path in [
            "/api/v1/users/../../../internal/v1/grants/x",
            "/api/v1/users/%2e%2E/x",
            "/api/v1/users/.%2e/x",
            "/api/v1/users/a%2f..%2fb",
            "/api/v1/users/a\\b",
            "/api/v1/users/./x",
        ] {
            assert_eq!(owner(path), None, "{path}");
        }
    }
}
