//! What can be said of the configuration of everything outside before anything is connected to.

use super::{ConfigFault, InfraConfig, variable};
use crate::mailer::{SmtpConfigError, SmtpMailer};
use crate::secrets;
use orion_contracts::ServiceName;
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;
use url::{Host, Url};

/// What cannot be said by bounds. What is empty is fine here: it may not be needed.
pub fn check(config: &InfraConfig) -> Vec<ConfigFault> {
    let InfraConfig { database, redis, amqp, mail, secrets, peers, .. } = config;
    let mut faults = Vec::new();
    let mut refuse = |key: &str, message: &str| faults.push(ConfigFault::new(key, message));
    let url = database.url.expose();
    let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if !url.is_empty() && (!known || PgConnectOptions::from_str(url).is_err()) {
        refuse("database.url", "must be a URL such as postgres://user:password@host:5432/database, or empty");
    }
    if !redis.url.expose().is_empty() && redis::Client::open(redis.url.expose()).is_err() {
        refuse("redis.url", "must be a URL such as redis://host:6379, rediss:// for TLS");
    }
    if !amqp.url.expose().is_empty() && lapin::uri::AMQPUri::from_str(amqp.url.expose()).is_err() {
        refuse("amqp.url", "must be a URL such as amqp://user:password@host:5672, amqps:// for TLS");
    }
    match SmtpMailer::check(&mail.smtp_url, &mail.from) {
        Ok(()) => {}
        Err(SmtpConfigError::Url(message)) => refuse("mail.smtp_url", &message),
        Err(SmtpConfigError::From(message)) => refuse("mail.from", &message),
    }
    for (key, secret) in
        [("secrets.master_key", &secrets.master_key), ("secrets.internal_secret", &secrets.internal_secret)]
    {
        let text = secret.expose().trim();
        if !text.is_empty() && secrets::parse_key(text).is_none() {
            refuse(key, "must be 32 bytes in hex or base64 (openssl rand -hex 32)");
        }
    }
    for (service, url) in peers.urls() {
        if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            refuse(&format!("peers.{service}_url"), &no_web_url(url));
        }
    }
    faults
}

/// What is missing that a process of these services needs. All of it is told before anything is connected to or written.
pub fn check_complete(config: &InfraConfig, services: &[ServiceName]) -> Vec<ConfigFault> {
    if config.database.url.expose().is_empty() {
        let away = ServiceName::ALL.iter().filter(|name| !services.contains(name)).map(|name| name.as_str());
        let away = away.collect::<Vec<_>>().join(", ");
        let message =
            "is missing: these services live in other processes, which nothing on the embedded database reaches";
        let next = "set it to PostgreSQL, or run all services in one process with `orion up`";
        let fault = || ConfigFault::new("database.url", format!("{message}: {away}; {next}"));
        return if away.is_empty() { Vec::new() } else { vec![fault()] };
    }
    let mut faults = Vec::new();
    for (key, secret) in [
        ("secrets.master_key", &config.secrets.master_key),
        ("secrets.internal_secret", &config.secrets.internal_secret),
    ] {
        if secret.expose().trim().is_empty() {
            let file = format!("{}_FILE", variable(key));
            let message =
                format!("is missing: 32 random bytes in hex (`openssl rand -hex 32`), or a file with them in {file}");
            faults.push(ConfigFault::new(key, message));
        }
    }
    if config.mail.smtp_url.expose().is_empty() && services.contains(&ServiceName::Notifications) {
        let message =
            "is missing: mails are captured only on the embedded database; notifications needs an SMTP server here";
        faults.push(ConfigFault::new("mail.smtp_url", message));
    }
    faults
}

/// What is told of a text that is no URL of the web.
pub fn no_web_url(text: &str) -> String {
    let meant = format!("http://{text}");
    let is_one = !text.contains("://") && Url::parse(&meant).is_ok_and(|url| url.has_host());
    let meant = if is_one { format!("; did you mean {meant}?") } else { String::new() };
    format!("must be an http:// or https:// URL, but is {text}{meant}")
}

/// Whether a URL leads to this host only.
pub fn leads_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
