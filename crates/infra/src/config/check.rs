//! What can be said of the configuration of everything outside before anything is connected to.

use super::{ConfigFault, InfraConfig, at_least_one};
use crate::connect::ConnectError;
use crate::mailer::{SmtpConfigError, SmtpMailer};
use crate::{Random, secrets};
use orion_contracts::ServiceName;
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;
use url::{Host, Url};

/// The longest time that a mail may be given, in milliseconds: well under the limit of the job that sends it.
const LONGEST_MAIL: u64 = 60_000;

/// Looks at each value. What is empty is fine here: it may not be needed.
pub fn check(config: &InfraConfig) -> Result<(), ConfigFault> {
    let InfraConfig { database, redis, amqp, mail, secrets, peers, .. } = config;
    at_least_one(
        "database",
        &[("max_connections", database.max_connections.into()), ("acquire_timeout_ms", database.acquire_timeout_ms)],
    )?;
    at_least_one("mail", &[("timeout_ms", mail.timeout_ms)])?;
    at_least_one("peers", &[("timeout_ms", peers.timeout_ms)])?;
    let refused = |key: &str, message: &str| Err(ConfigFault::new(key, message));
    if mail.timeout_ms > LONGEST_MAIL {
        return refused("mail.timeout_ms", "must be at most 60000: one mail that hangs keeps others waiting");
    }
    let url = database.url.expose();
    if !url.is_empty() {
        let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !known || PgConnectOptions::from_str(url).is_err() {
            return refused(
                "database.url",
                "must be a URL such as postgres://user:password@host:5432/database, or empty",
            );
        }
    }
    if !redis.url.expose().is_empty() && redis::Client::open(redis.url.expose()).is_err() {
        return refused("redis.url", "must be a URL such as redis://host:6379, rediss:// for TLS");
    }
    if !amqp.url.expose().is_empty() && lapin::uri::AMQPUri::from_str(amqp.url.expose()).is_err() {
        return refused("amqp.url", "must be a URL such as amqp://user:password@host:5672, amqps:// for TLS");
    }
    SmtpMailer::check(&mail.smtp_url, &mail.from).map_err(|error| match error {
        SmtpConfigError::Url(message) => ConfigFault::new("mail.smtp_url", message),
        SmtpConfigError::From(message) => ConfigFault::new("mail.from", message),
    })?;
    for (key, secret) in
        [("secrets.master_key", &secrets.master_key), ("secrets.internal_secret", &secrets.internal_secret)]
    {
        let text = secret.expose().trim();
        if !text.is_empty() && secrets::parse_key(text).is_none() {
            return refused(key, "must be 32 bytes in hex or base64 (openssl rand -hex 32)");
        }
    }
    for (service, url) in peers.urls() {
        if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            return refused(&format!("peers.{service}_url"), "must be an http:// or https:// URL");
        }
    }
    Ok(())
}

/// Says whether anything is missing that a process of these services needs.
pub fn check_complete(config: &InfraConfig, services: &[ServiceName]) -> Result<(), ConnectError> {
    if config.database.url.expose().is_empty() {
        let away = ServiceName::ALL.iter().filter(|name| !services.contains(name)).map(|name| name.as_str());
        let away = away.collect::<Vec<_>>().join(", ");
        return if away.is_empty() { Ok(()) } else { Err(ConnectError::MemoryBusWithRemotePeers(away)) };
    }
    secrets::from_configuration(&config.secrets, Random::system())?;
    if config.mail.smtp_url.expose().is_empty() && services.contains(&ServiceName::Notifications) {
        return Err(ConnectError::NoMailer);
    }
    Ok(())
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
