//! Which SMTP server mail is given to, as its URL says, and how to connect to it.

use super::SmtpConfigError;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use std::time::Duration;
use url::Url;

/// How long one address of a host may take to be connected to, so that there is time for the next.
const CONNECT: Duration = Duration::from_secs(3);

/// A server and how to speak to it.
pub(super) struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
}

enum Security {
    /// `smtp+plain://`: none, asked for in so many words.
    None,
    /// `smtp://`: STARTTLS, or nothing is sent.
    StartTls(TlsParameters),
    /// `smtps://`: TLS from the first byte.
    Tls(TlsParameters),
}

impl Server {
    /// The server of a URL such as `smtps://user:password@host:port/name-to-greet-with`.
    pub(super) fn parse(url: &str) -> Result<Self, SmtpConfigError> {
        let invalid = |error: &dyn std::fmt::Display| SmtpConfigError::Url(format!("is not valid: {error}"));
        let url = Url::parse(url).map_err(|error| invalid(&error))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid(&"it names no host"))?;
        // An IPv6 address stands in brackets.
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = || TlsParameters::new(host.clone()).map_err(|error| invalid(&error));
        let (security, usual_port) = match url.scheme() {
            "smtp+plain" => (Security::None, 25),
            "smtp" => (Security::StartTls(tls()?), 587),
            "smtps" => (Security::Tls(tls()?), 465),
            _ => return Err(SmtpConfigError::Url("must begin with smtp://, smtps:// or smtp+plain://".to_owned())),
        };
        let decoded = |text| {
            let text = percent_decode_str(text).decode_utf8().map_err(|error| invalid(&error))?;
            Ok::<_, SmtpConfigError>(text.into_owned())
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username())?, decoded(password)?)),
            None => None,
        };
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        Ok(Self { port: url.port().unwrap_or(usual_port), host, security, credentials, hello })
    }

    /// A new connection, ready for mail. The caller limits the time.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let tls = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::None | Security::StartTls(_) => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, tls, None).await?;
        if let Security::StartTls(parameters) = &self.security {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::{Security, Server};

    fn server(url: &str) -> Server {
        Server::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn a_url_says_where_how_and_as_whom() {
        let plain = server("smtp+plain://127.0.0.1");
        assert!(matches!(plain.security, Security::None) && plain.credentials.is_none());
        assert_eq!((plain.host.as_str(), plain.port), ("127.0.0.1", 25));
        let demanded = server("smtp://bob%40example.com:p%2Fw@mail.example.com");
        assert!(matches!(demanded.security, Security::StartTls(_)));
        assert_eq!(demanded.port, 587);
        let expected =
            lettre::transport::smtp::authentication::Credentials::new("bob@example.com".into(), "p/w".into());
        assert_eq!(demanded.credentials, Some(expected));
        let implicit = server("smtps://[::1]:1465/orion.example.com");
        assert!(matches!(implicit.security, Security::Tls(_)));
        assert_eq!((implicit.host.as_str(), implicit.port), ("::1", 1465));
        assert_eq!(implicit.hello.to_string(), "orion.example.com");
    }

    #[test]
    fn a_weaker_way_cannot_be_asked_for_by_a_parameter() {
        let server = server("smtp://mail.example.com?tls=opportunistic");
        assert!(matches!(server.security, Security::StartTls(_)));
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
        for url in ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://user:%ff@host"] {
            assert!(Server::parse(url).is_err(), "{url}");
        }
    }
}
