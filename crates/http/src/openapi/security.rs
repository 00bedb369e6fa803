//! How a caller of each call proves who they are: what a call names, or nothing at all. A call that says nothing is for
//! everybody, and the document says so.

use orion_contracts::gateway::console_cookie;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, OpenApi};

/// An access token.
const BEARER: &str = "bearer";
/// The name and secret of a service.
const SERVICE: &str = "service";
/// The cookie of the console's session.
const CONSOLE: &str = "console";

/// Defines what the calls name, and says of every other call that it is for everybody.
pub(super) fn complete(api: &mut OpenApi) {
    let mut named = Vec::new();
    for operation in api.paths.paths.values_mut().flat_map(super::operations) {
        operation.security.get_or_insert_default();
        named.extend([BEARER, CONSOLE, SERVICE].into_iter().filter(|scheme| names(operation, scheme)));
    }
    let schemes = &mut api.components.get_or_insert_with(Components::new).security_schemes;
    schemes.extend(named.into_iter().map(|scheme| (scheme.to_owned(), self::scheme(scheme).into())));
}

/// Whether it may be called with an access token.
pub(super) fn is_by_token(operation: &Operation) -> bool {
    names(operation, BEARER)
}

/// Whether it may be called with a session of the console.
pub(super) fn is_by_session(operation: &Operation) -> bool {
    names(operation, CONSOLE)
}

fn names(operation: &Operation, scheme: &str) -> bool {
    let names_it = |requirement: &SecurityRequirement| {
        serde_json::to_value(requirement).is_ok_and(|requirement| requirement.get(scheme).is_some())
    };
    operation.security.iter().flatten().any(names_it)
}

fn scheme(name: &str) -> SecurityScheme {
    if name == CONSOLE {
        let (plain, over_https) = (console_cookie::name(false, Some(3004)), console_cookie::name(true, None));
        let words = format!(
            "The console's session, given by `POST /console/session`. The cookie's name ends with the port of the console's \
             URL, where that names one; over https it is called `{over_https}`. What changes something also needs the header \
             `X-ORION-CSRF: 1` and the console's own `Origin`."
        );
        return SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(plain, words)));
    }
    if name == SERVICE {
        let words = "A service of the product: the name of a section `[auth.services.…]` and its secret.";
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(words));
        return SecurityScheme::Http(basic.build());
    }
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build())
}
