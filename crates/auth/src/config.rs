//! What an operator can set.

use crate::domain::{Logo, Parameters};
use crate::provider_config::ProviderConfig;
use orion_contracts::roles::is_role_name;
use orion_contracts::{FieldCode, Secret};
use orion_infra::config::{ConfigFault, MAX_DAYS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::collections::BTreeMap;

/// The longest that an access token may be configured to live, in seconds. What was revoked is remembered, and a signing key
/// published, for that long whatever is configured now: tokens of before a change of the configuration are about.
pub(crate) const MAX_ACCESS_TOKEN_SECONDS: u32 = 3600;

/// Signing in: tokens, sessions, passwords, and how often it may be tried.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// How long an access token lives, in seconds.
    #[schemars(range(min = 1, max = MAX_ACCESS_TOKEN_SECONDS), extend("x-dynamic" = true))]
    #[default = 300]
    pub access_token_seconds: u32,
    /// How long a refresh token lives when it is not used, in days; each refresh starts it anew. A change counts for those given
    /// from then on.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub refresh_token_days: u32,
    /// How long a session that begins lasts at most, however often it is refreshed, in days.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 90]
    pub session_absolute_days: u32,
    /// For how long a refresh token that was just used gives the session's newest one, in seconds, whatever came between:
    /// several tabs of one browser may refresh at once. Later it gives its successor, until that is used.
    #[schemars(range(max = 3600), extend("x-dynamic" = true))]
    #[default = 10]
    pub refresh_grace_seconds: u32,
    /// How many characters (Unicode scalar values) a password has at least that is the only factor. NIST SP 800-63B-4 asks for 15.
    #[schemars(range(min = 8, max = 64), extend("x-dynamic" = true))]
    #[default = 15]
    pub password_min_length: u32,
    /// How many characters a password has at least that is chosen for an account with a second factor; never more than one that
    /// is the only factor. NIST SP 800-63B-4 asks for 8. Without its second factor such an account chooses a longer one at its next
    /// sign-in.
    #[schemars(range(min = 8, max = 64), extend("x-dynamic" = true))]
    #[default = 8]
    pub password_min_length_with_second_factor: u32,
    /// A service that knows passwords from leaks, asked before one is taken, such as `https://api.pwnedpasswords.com`. It is
    /// asked `GET /range/` with the first five digits of a SHA-1, so it learns no password. One that does not answer within a
    /// second stops nobody. Empty: none is asked.
    #[schemars(length(max = 2000))]
    pub breach_check_url: String,
    /// Memory of one Argon2id hash, in KiB.
    #[schemars(range(min = 8, max = 262_144))]
    #[default = 19456]
    pub argon2_memory_kib: u32,
    /// Passes of one Argon2id hash.
    #[schemars(range(min = 1, max = 16))]
    #[default = 2]
    pub argon2_iterations: u32,
    /// Lanes of one Argon2id hash.
    #[schemars(range(min = 1, max = 8))]
    #[default = 1]
    pub argon2_parallelism: u32,
    /// How many passwords are hashed at once; 0 for as many as there are cores.
    #[schemars(range(max = 1024))]
    #[default = 0]
    pub hash_concurrency: u32,
    /// How many hashes may wait for their turn; further ones are answered 429 at once. Registrations wait in a line of their
    /// own, as long as this one.
    #[schemars(range(max = 100_000))]
    #[default = 64]
    pub hash_queue: u32,
    /// How long a signing key signs before the next one takes over, in days.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub key_rotation_days: u32,
    /// How many sign-ins in a row may fail, by device, place or network, before an account's next try from there has to wait,
    /// twice as long each time.
    #[schemars(range(min = 1, max = 1000), extend("x-dynamic" = true))]
    #[default = 5]
    pub login_failures_before_delay: u32,
    /// How many sign-ins one client address may try in a minute; 0 for any number.
    #[schemars(range(max = 1_000_000), extend("x-dynamic" = true))]
    #[default = 60]
    pub login_attempts_per_address_per_minute: u32,
    /// How many registrations one client address may try in a minute; 0 for any number. From one
    /// network one e-mail address is registered ten times an hour at most.
    #[schemars(range(max = 1_000_000), extend("x-dynamic" = true))]
    #[default = 30]
    pub registrations_per_address_per_minute: u32,
    /// For how many days a device that somebody has trusted is asked for the password alone, and not for the second factor; 0
    /// for none, also those that were trusted before.
    #[schemars(range(max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub trusted_device_days: u32,
    /// Roles that may not be used with one factor alone: whoever has one of them and no second factor sets one up at their next
    /// sign-in. Sessions that began with one factor end when they are refreshed next, also that of whoever sets this. Names with
    /// commas between, such as `admin, super_admin`.
    #[schemars(length(max = 1000), extend("x-dynamic" = true))]
    pub second_factor_roles: String,
    /// The domain that passkeys are bound to, such as `example.com`; with another one all passkeys are void. Empty: the host of
    /// `public_url`, which must be this domain or below it.
    #[schemars(length(max = 253))]
    pub passkey_domain: String,
    /// Origins whose pages may use passkeys besides that of `public_url`, with commas between, such as `https://console.example.com`.
    /// They must be of the domain or below it. On `localhost` every port may.
    #[schemars(length(max = 2000))]
    pub passkey_origins: String,
    /// The page that a verification link leads to; `?token=…` is added. Empty: ORION's own.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub verification_url: String,
    /// How long a link to choose a new password is good, in minutes.
    #[schemars(range(min = 5, max = 1440), extend("x-dynamic" = true))]
    #[default = 30]
    pub password_reset_minutes: u32,
    /// The page that a link to choose a new password leads to; `?token=…` is added. Empty: ORION's own.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub password_reset_url: String,
    /// Where people sign in to the product; ORION's own pages link to it. Empty: they do not.
    #[schemars(length(max = 2000), extend("x-dynamic" = true))]
    pub sign_in_url: String,
    /// The product's logo on ORION's own pages: a file with an SVG, PNG, JPEG or WebP image of 256 KiB at most, read at the
    /// start. Empty: its name alone.
    #[schemars(length(max = 4096))]
    pub logo_path: String,
    /// Where people may be sent back to, with a code, after they have signed in on ORION's own pages: URLs with spaces between.
    /// `return_to` must be one of them, letter by letter.
    #[schemars(length(max = 10_000), extend("x-dynamic" = true))]
    pub return_urls: String,
    /// Where else people may sign in, each by a name of its own.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Services of the product that may ask about tokens, each by a name of its own.
    pub services: BTreeMap<String, ServiceConfig>,
}

impl AuthConfig {
    /// The origins of [`Self::passkey_origins`], one by one.
    pub fn passkey_origins(&self) -> impl Iterator<Item = &str> {
        self.passkey_origins.split(',').map(str::trim).filter(|origin| !origin.is_empty())
    }

    /// The roles of [`Self::second_factor_roles`], one by one.
    pub fn second_factor_roles(&self) -> impl Iterator<Item = &str> {
        self.second_factor_roles
            .split(|between: char| between == ',' || between.is_whitespace())
            .filter(|role| !role.is_empty())
    }

    /// The URLs of [`Self::return_urls`], one by one.
    pub(crate) fn return_urls(&self) -> impl Iterator<Item = &str> {
        self.return_urls.split_whitespace()
    }
}

/// How long a service's secret is at least, in characters.
const SHORTEST_SECRET: usize = 32;
/// How long it is at most.
const LONGEST_SECRET: usize = 512;

/// A service that may ask whether a token is good (`/oauth/introspect`) and revoke one (`/oauth/revoke`), by HTTP Basic: the
/// section's name and this secret.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceConfig {
    /// What proves the service: 32 to 512 characters, such as `openssl rand -hex 32` gives.
    pub secret: Secret,
}

impl ServiceConfig {
    /// What is wrong with it, under its key.
    fn fault(&self, name: &str) -> Option<ConfigFault> {
        let length = self.secret.expose().chars().count();
        let is_fit = (SHORTEST_SECRET..=LONGEST_SECRET).contains(&length);
        let code = if length > LONGEST_SECRET { FieldCode::TooLong } else { FieldCode::TooShort };
        let message = format!("must have {SHORTEST_SECRET} to {LONGEST_SECRET} characters");
        (!is_fit).then(|| ConfigFault::new(format!("auth.services.{name}.secret"), code, message))
    }
}

/// What cannot be said by bounds.
pub fn check(config: &AuthConfig) -> Vec<ConfigFault> {
    let mut faults = Vec::new();
    for (key, page) in [
        ("auth.verification_url", &config.verification_url),
        ("auth.password_reset_url", &config.password_reset_url),
        ("auth.sign_in_url", &config.sign_in_url),
    ] {
        if let Err(message) = check_page(page, &["token"]) {
            faults.push(ConfigFault::new(key, FieldCode::Invalid, message));
        }
    }
    if let Err(message) = check_breach_check(&config.breach_check_url) {
        faults.push(ConfigFault::new("auth.breach_check_url", FieldCode::Invalid, message));
    }
    if let Err(message) = check_domain(&config.passkey_domain) {
        faults.push(ConfigFault::new("auth.passkey_domain", FieldCode::Invalid, message));
    }
    if let Some(origin) = config.passkey_origins().find(|origin| !is_origin(origin, &config.passkey_domain)) {
        let message =
            format!("{origin} is no https:// origin of the passkeys' domain, such as https://console.example.com");
        faults.push(ConfigFault::new("auth.passkey_origins", FieldCode::Invalid, message));
    }
    if let Err(message) = check_roles(config) {
        faults.push(ConfigFault::new("auth.second_factor_roles", FieldCode::Invalid, message));
    }
    if let Err(message) = check_returns(config) {
        faults.push(ConfigFault::new("auth.return_urls", FieldCode::Invalid, message));
    }
    faults.extend(config.services.iter().filter_map(|(name, service)| service.fault(name)));
    faults.extend(config.providers.iter().flat_map(|(name, provider)| provider.faults(name)));
    faults.extend(Parameters::new(config).err());
    faults
}

/// What does not go with the platform's public URL: where no domain is set, passkeys are bound to its host.
pub fn check_public_url(config: &AuthConfig, public_url: &url::Url) -> Vec<ConfigFault> {
    let host = public_url.host_str().unwrap_or_default();
    let of_another = |origin: &&str| is_origin(origin, "") && !is_origin(origin, host);
    let wrong = config.passkey_domain.is_empty().then(|| config.passkey_origins().find(of_another)).flatten();
    wrong.map_or_else(Vec::new, |origin| {
        let message = format!(
            "has {origin}, but passkeys are bound to {host}, the host of public_url, and browsers use them nowhere else; set \
             auth.passkey_domain to a domain that both are of, or take it out"
        );
        vec![ConfigFault::new("auth.passkey_origins", FieldCode::Invalid, message)]
    })
}

/// What is wrong with the files that a start reads.
pub fn check_files(config: &AuthConfig) -> Vec<ConfigFault> {
    Logo::read(&config.logo_path).err().into_iter().collect()
}

/// What is set and does nothing.
pub fn advice(config: &AuthConfig) -> Vec<String> {
    config.providers.iter().flat_map(|(name, provider)| provider.idle(name)).collect()
}

/// A name that no role can have would ask nobody for a second factor. What is wrong with the first is enough.
fn check_roles(config: &AuthConfig) -> Result<(), String> {
    let wrong = config.second_factor_roles().position(|role| !is_role_name(role));
    wrong.map_or(Ok(()), |wrong| {
        let such = "must be names of roles in small letters, digits, _ and -, such as admin, super_admin";
        Err(format!("{such}, but no role can have name {}", wrong + 1))
    })
}

/// What is wrong with the first is enough. A comma at the end would be taken for a part of the page, to which nobody returns.
fn check_returns(config: &AuthConfig) -> Result<(), String> {
    for (number, page) in config.return_urls().enumerate() {
        let number = number + 1;
        if page.ends_with(',') || page.contains(",http://") || page.contains(",https://") {
            return Err(format!("must be URLs with spaces between, but URL {number} has a comma there"));
        }
        check_page(page, &["code", "state"]).map_err(|message| format!("URL {number} {message}"))?;
    }
    Ok(())
}

fn check_breach_check(base: &str) -> Result<(), String> {
    let is_fit = |url: &url::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    match base.is_empty() || url::Url::parse(base).is_ok_and(|url| is_fit(&url)) {
        true => Ok(()),
        false => Err("must be an http:// or https:// URL without user, password, ? and #, or empty".to_owned()),
    }
}

fn check_domain(domain: &str) -> Result<(), String> {
    let read = url::Url::parse(&format!("https://{domain}/"));
    match domain.is_empty() || read.is_ok_and(|url| url.domain() == Some(domain) && !is_pattern(&url)) {
        true => Ok(()),
        false => Err("must be a domain in small letters, such as example.com, or empty".to_owned()),
    }
}

/// Whether this is an origin, as browsers write it, of the domain or below it; of any where it is not set.
fn is_origin(origin: &str, domain: &str) -> bool {
    let Ok(url) = url::Url::parse(origin) else { return false };
    let Some(host) = url.domain().filter(|_| !is_pattern(&url)) else { return false };
    let is_below =
        domain.is_empty() || host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && host == "localhost");
    is_below && is_secure && url.origin().ascii_serialization() == origin
}

/// Whether it is meant to stand for several hosts, as no setting does: it is read as one of that name.
fn is_pattern(url: &url::Url) -> bool {
    url.host_str().is_some_and(|host| host.contains('*'))
}

/// The longest page that is told as it must be written, in bytes.
const LONGEST_TOLD: usize = 200;

/// Whether people can be sent there, with these parameters added. It must be written as it is read: what a person sees beside a setting is
/// where everybody is led, and not `http:evil.example` or an address with turned letters.
fn check_page(page: &str, added: &[&str]) -> Result<(), String> {
    let is_fit = |url: &url::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && !url.query_pairs().any(|(name, _)| added.contains(&&*name))
    };
    if page.is_empty() {
        return Ok(());
    }
    let Some(url) = url::Url::parse(page).ok().filter(is_fit) else {
        let added = added.join("`, `");
        return Err(format!("must be an http:// or https:// URL without user, password, `{added}` and #, or empty"));
    };
    if is_pattern(&url) {
        return Err("must be a URL of one host, without *".to_owned());
    }
    let read = url.as_str();
    if read == page || read.strip_suffix('/') == Some(page) {
        return Ok(());
    }
    let told = if read.len() <= LONGEST_TOLD { format!(": {read}") } else { String::new() };
    Err(format!("must be an http:// or https:// URL that is written as browsers read it{told}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_where_it_seems_to_lead() {
        for page in
            ["", "http://localhost:3000", "https://shop.example/", "https://shop.example/a?b=c&d", "http://[::1]:1/x"]
        {
            assert_eq!(check_page(page, &["token"]), Ok(()), "{page}");
        }
        for page in
            ["http:evil.example", "http:/evil.example", "http:///evil.example", "http://a\\b", "https://a/\u{202e}b"]
        {
            let message = check_page(page, &["token"]).expect_err(page);
            assert!(message.contains("as browsers read it: http") && !message.contains(page), "{message}");
        }
        for page in ["HTTP://a/", "https://b\u{fc}cher.example/", "https://a/b/../c", " https://a/", "https://a/\n"] {
            check_page(page, &["token"]).expect_err(page);
        }
        for page in
            ["javascript:0", "nowhere", "https://u:p@a/", "https://a/?token=1", "https://a/#b", "https://a\u{202e}b/"]
        {
            let message = check_page(page, &["token"]).expect_err(page);
            assert!(message.contains("without user"), "{message}");
        }
        let long = format!("https://a/../{}", "x".repeat(1900));
        assert!(check_page(&long, &["token"]).expect_err("refused").len() < 200);
    }

    #[test]
    fn roles_that_demand_a_second_factor_are_names_that_a_role_can_have() {
        let of = |roles: &str| AuthConfig { second_factor_roles: roles.to_owned(), ..AuthConfig::default() };
        for text in ["admin super_admin", "admin,super_admin", " admin ,\tsuper_admin,\n"] {
            assert_eq!(of(text).second_factor_roles().collect::<Vec<_>>(), ["admin", "super_admin"], "{text:?}");
            assert_eq!(check(&of(text)), [], "{text:?}");
        }
        for text in ["Admin", "admin, Super_admin", "admin;super_admin", "*", "admin, \u{e4}dmin", &"a".repeat(101)] {
            let faults = check(&of(text));
            assert_eq!(faults.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(), ["auth.second_factor_roles"]);
        }
    }

    #[test]
    fn pages_to_return_to_stand_apart_by_spaces_alone_and_are_each_of_one_host() {
        let of = |urls: &str| AuthConfig { return_urls: urls.to_owned(), ..AuthConfig::default() };
        for text in ["https://a.example/cb  https://b.example/cb", "https://a.example/a,b?c=1,2\nhttps://b.example/*"] {
            assert_eq!(check(&of(text)), [], "{text:?}");
            assert_eq!(of(text).return_urls().count(), 2, "{text:?}");
        }
        for (text, number) in [
            ("https://a.example/cb, https://b.example/cb", "URL 1 "),
            ("https://a.example/cb,https://b.example/cb", "URL 1 "),
            ("https://a.example/cb https://*.b.example/cb", "URL 2 "),
            ("https://a.example/cb * https://b.example/cb", "URL 2 "),
        ] {
            let message = check_returns(&of(text)).expect_err(text);
            assert!(message.contains(number), "{text}: {message}");
        }
        assert!(!is_origin("https://*.a.example", "") && check_domain("*.a.example").is_err());
    }

    #[test]
    fn origins_of_passkeys_are_at_the_host_of_the_public_url_where_no_domain_is_set() {
        let keys = |domain: &str, origins: &str, public_url: &str| {
            let (passkey_domain, passkey_origins) = (domain.to_owned(), origins.to_owned());
            let config = AuthConfig { passkey_domain, passkey_origins, ..AuthConfig::default() };
            let faults = check_public_url(&config, &public_url.parse().expect("a URL"));
            faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        let console = "https://console.example.com";
        assert_eq!(keys("", console, "https://example.com"), Vec::<String>::new());
        assert_eq!(keys("example.com", console, "https://id.example.com"), Vec::<String>::new());
        for public_url in ["https://id.example.com", "https://example.org", "http://localhost:3000", "http://10.0.0.7"]
        {
            assert_eq!(keys("", console, public_url), ["auth.passkey_origins"], "{public_url}");
        }
        assert_eq!(keys("", "nowhere", "https://example.com"), Vec::<String>::new(), "told as what it is");
    }

    #[test]
    fn a_service_without_a_long_secret_is_refused() {
        for (length, is_fit) in [(0, false), (31, false), (32, true), (512, true), (513, false)] {
            let service = ServiceConfig { secret: Secret::new("x".repeat(length)) };
            assert_eq!(service.fault("shop").is_none(), is_fit, "{length}");
        }
    }
}
