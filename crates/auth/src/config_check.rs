//! What is wrong with a setting that its type and its bounds let pass.

use crate::config::AuthConfig;
use crate::domain::{Logo, Parameters};
use orion_contracts::FieldCode;
use orion_contracts::roles::is_role_name;
use orion_infra::config::ConfigFault;

/// What cannot be said by bounds.
pub fn check(config: &AuthConfig) -> Vec<ConfigFault> {
    let mut faults = Vec::new();
    for (key, page) in [
        ("auth.verification_url", &config.verification_url),
        ("auth.password_reset_url", &config.password_reset_url),
        ("auth.email_change_url", &config.email_change_url),
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
    use crate::config::ServiceConfig;
    use orion_contracts::Secret;

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
