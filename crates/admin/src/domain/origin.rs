//! The console's origin: which pages may call, and what the cookie is named.

use orion_contracts::FieldCode;
use orion_contracts::gateway::console_cookie;
use orion_infra::config::{ConfigFault, leads_here};
use url::Url;

/// What follows from `console_url`.
#[derive(Debug, Clone)]
pub(crate) struct ConsoleOrigin {
    /// Scheme, host and port as a browser sends them in `Origin`.
    origin: String,
    /// The port, when the console is on a loopback host, whose names mean the same machine.
    loopback_port: Option<u16>,
    secure: bool,
    /// What the console's cookie is named.
    cookie: String,
    /// What that of a sign-in under way is named.
    flow_cookie: String,
    /// What that is named by which a device is known.
    device_cookie: String,
}

impl ConsoleOrigin {
    /// From `console_url`: `https://`, or `http://` on a loopback host.
    pub(crate) fn new(console_url: &Url) -> Result<Self, ConfigFault> {
        let secure = match console_url.scheme() {
            "https" => true,
            "http" if leads_here(console_url) => false,
            _ => {
                let message = format!("must be https://, or http:// on localhost, but is {console_url}");
                return Err(ConfigFault::new("admin.console_url", FieldCode::Invalid, message));
            }
        };
        let loopback_port = if secure { None } else { console_url.port_or_known_default() };
        let cookie = console_cookie::name(secure, console_url.port());
        let flow_cookie = console_cookie::flow_name(secure, console_url.port());
        let device_cookie = console_cookie::device_name(secure, console_url.port());
        let origin = console_url.origin().ascii_serialization();
        Ok(Self { origin, loopback_port, secure, cookie, flow_cookie, device_cookie })
    }

    /// Whether a page of this origin is the console. On a loopback host its other names count as well, when the
    /// request was sent to the very same name.
    pub(crate) fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        origin == self.origin || self.is_alias(origin, host)
    }

    fn is_alias(&self, origin: &str, host: Option<&str>) -> bool {
        let (Some(port), Some(host), Ok(url)) = (self.loopback_port, host, Url::parse(origin)) else { return false };
        url.scheme() == "http"
            && leads_here(&url)
            && url.port_or_known_default() == Some(port)
            && origin.strip_prefix("http://") == Some(host)
    }

    /// The name of this console's cookie, and of no other's on its host.
    pub(crate) fn cookie_name(&self) -> &str {
        &self.cookie
    }

    /// The name of the cookie of a sign-in under way.
    pub(crate) fn flow_cookie_name(&self) -> &str {
        &self.flow_cookie
    }

    /// The name of the cookie by which a device is known.
    pub(crate) fn device_cookie_name(&self) -> &str {
        &self.device_cookie
    }

    /// Whether the cookie is for https only.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(url: &str) -> Result<ConsoleOrigin, ConfigFault> {
        ConsoleOrigin::new(&url.parse().expect("a URL"))
    }

    #[test]
    fn only_the_exact_origin_is_the_console() {
        let console = console("https://console.example.com/").expect("https");
        assert!(console.allows("https://console.example.com", None));
        for foreign in [
            "http://console.example.com",
            "https://console.example.com:8443",
            "https://console.example.com.evil.example",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!console.allows(foreign, Some("console.example.com")), "{foreign}");
        }
        assert_eq!(console.cookie_name(), "__Host-orion_admin");
    }

    #[test]
    fn on_loopback_the_other_names_count_when_the_request_went_there() {
        let console = console("http://localhost:3004").expect("loopback");
        assert!(console.allows("http://127.0.0.1:3004", Some("127.0.0.1:3004")));
        assert!(console.allows("http://[::1]:3004", Some("[::1]:3004")));
        assert!(!console.allows("http://127.0.0.1:3004", Some("localhost:3004")), "another page on this machine");
        assert!(!console.allows("http://127.0.0.1:9999", Some("127.0.0.1:9999")), "another port");
        assert!(!console.allows("http://evil.example:3004", Some("evil.example:3004")), "DNS rebinding");
        assert!(!console.is_secure());
    }

    #[test]
    fn plain_http_is_refused_elsewhere() {
        assert!(console("http://console.example.com").is_err());
        assert!(console("ftp://localhost").is_err());
    }
}
