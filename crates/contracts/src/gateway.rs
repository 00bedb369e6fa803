//! What the gateway tells upstreams and operators.

use serde::{Deserialize, Serialize};

/// The headers by which the gateway tells an upstream who calls. A client's own copies never pass, in any spelling.
pub mod identity_headers {
    /// The user's id.
    pub const USER_ID: &str = "x-orion-user-id";
    /// The session's id.
    pub const SESSION_ID: &str = "x-orion-session-id";
    /// The user's role names, separated by commas.
    pub const ROLES: &str = "x-orion-roles";
    /// What an API key is limited to: names of permissions, separated by commas. A token has none.
    pub const SCOPES: &str = "x-orion-scopes";
    /// The id of whoever really calls, while they act as the user. A caller who is nobody else has none.
    pub const ACTOR_ID: &str = "x-orion-actor-id";
    /// For which organisation the user acts.
    pub const ORGANISATION_ID: &str = "x-orion-organisation-id";
    /// All identity headers; everything that starts with [`PREFIX`] is dropped from clients.
    pub const ALL: [&str; 6] = [USER_ID, SESSION_ID, ROLES, SCOPES, ACTOR_ID, ORGANISATION_ID];
    /// The prefix that belongs to ORION alone.
    pub const PREFIX: &str = "x-orion-";
}

/// Names of cookies. Browsers send a cookie to every port of its host, also to another platform there, which is why the port is part
/// of its name.
mod cookie_names {
    /// What stands before a name on https: browsers keep such a cookie for this host alone, for the whole path, and Secure.
    const BOUND: &str = "__Host-";

    /// The name of a cookie at a URL, such as `orion_flow_3000`; without a port where the URL needs none.
    pub(super) fn at(name: &str, is_secure: bool, port: Option<u16>) -> String {
        let bound = if is_secure { BOUND } else { "" };
        port.map_or_else(|| format!("{bound}{name}"), |port| format!("{bound}{name}_{port}"))
    }

    /// Whether a cookie has one of these names, at whatever URL.
    pub(super) fn is_one_of(names: &[&str], cookie: &[u8]) -> bool {
        let plain = cookie.strip_prefix(BOUND.as_bytes()).unwrap_or(cookie);
        names.iter().filter_map(|name| plain.strip_prefix(name.as_bytes())).any(|rest| match rest {
            [] => true,
            [b'_', port @ ..] => port.iter().all(u8::is_ascii_digit),
            _ => false,
        })
    }
}

/// The console's cookies. The gateway never passes them to an upstream.
pub mod console_cookie {
    use super::cookie_names;

    const SESSION: &str = "orion_admin";
    const FLOW: &str = "orion_admin_flow";
    const DEVICE: &str = "orion_admin_device";

    /// Its name, such as `orion_admin_3004`; without a port where the console's URL needs none.
    pub fn name(is_secure: bool, port: Option<u16>) -> String {
        cookie_names::at(SESSION, is_secure, port)
    }

    /// The name of the cookie that a sign-in under way has, such as `orion_admin_flow_3004`.
    pub fn flow_name(is_secure: bool, port: Option<u16>) -> String {
        cookie_names::at(FLOW, is_secure, port)
    }

    /// The name of the cookie by which a device is known, such as `orion_admin_device_3004`.
    pub fn device_name(is_secure: bool, port: Option<u16>) -> String {
        cookie_names::at(DEVICE, is_secure, port)
    }

    /// Whether a cookie of this name is the console's of any platform.
    pub fn is(name: &[u8]) -> bool {
        cookie_names::is_one_of(&[SESSION, FLOW, DEVICE], name)
    }
}

/// The cookies of the hosted pages. They hold a sign-in under way, so the gateway passes them to ORION's own services alone.
pub mod page_cookies {
    use super::cookie_names;

    /// A browser's secret, and the sign-in that it began.
    pub const FLOW: &str = "orion_flow";
    /// By what a device is known.
    pub const DEVICE: &str = "orion_device";
    /// The address that was sent a mail a moment ago.
    pub const MAILED: &str = "orion_mailed";
    /// Who has signed in to look at a page that has to know.
    pub const KNOWN: &str = "orion_known";
    /// The language that was chosen: no secret, so it passes.
    pub const LANGUAGE: &str = "orion_language";

    /// The name of one of them at the public URL, such as `orion_flow_3000`; without a port where the URL needs none.
    pub fn name(cookie: &str, is_secure: bool, port: Option<u16>) -> String {
        cookie_names::at(cookie, is_secure, port)
    }

    /// Whether a cookie of this name is one that holds what is nobody else's to know, of any platform.
    pub fn is(name: &[u8]) -> bool {
        cookie_names::is_one_of(&[FLOW, DEVICE, MAILED, KNOWN], name)
    }
}

/// Whether a route asks for a token.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RouteAccess {
    /// A valid access token is demanded.
    #[default]
    Authenticated,
    /// Anybody. The upstream is told who calls when a valid token is sent; one that is not keeps nobody out.
    Public,
}

/// A route as it is in force.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RouteInfo {
    /// Its name.
    #[schema(example = "shop")]
    pub name: String,
    /// The hosts that it is for; none for any.
    #[serde(default)]
    #[schema(example = json!(["shop.example.com"]))]
    pub hosts: Vec<String>,
    /// The path, path prefix, template or regular expression that it matches.
    #[schema(example = "/shop/*")]
    pub path: String,
    /// What else it asks of a request, in words; all of it must hold.
    #[serde(default)]
    #[schema(example = json!(["method GET"]))]
    pub conditions: Vec<String>,
    /// Where it leads; several with their shares.
    #[schema(example = "http://127.0.0.1:8080")]
    pub upstream: String,
    /// Who may use it.
    pub access: RouteAccess,
    /// Whether it is one of ORION's own.
    pub reserved: bool,
}
