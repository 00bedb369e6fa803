//! What can be said of the configuration of everything outside before anything is connected to.

use super::{ConfigFault, InfraConfig};
use crate::connect::ConnectError;
use crate::mailer::{SmtpConfigError, SmtpMailer};
use crate::{Random, secrets};
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
            refuse(&format!("peers.{service}_url"), "must be an http:// or https:// URL");
        }
    }
    faults
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
