//! Which SMTP server mail is given to, as its URL says, and how to connect to it.

use super::super::MailError;
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
        let lacks_scheme = !url.contains("://");
        let beginning = || SmtpConfigError::Url("must begin with smtp://, smtps:// or smtp+plain://".to_owned());
        if lacks_scheme {
            return Err(beginning());
        }
        let url = Url::parse(url).map_err(|error| invalid(&error))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid(&"it takes no ?parameters: TLS is said by smtp://, smtps:// or smtp+plain://"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid(&"it names no host"))?;
        // An IPv6 address stands in brackets.
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = || TlsParameters::new(host.clone()).map_err(|error| invalid(&error));
        let (security, usual_port) = match url.scheme() {
            "smtp+plain" => (Security::None, 25),
            "smtp" => (Security::StartTls(tls()?), 587),
            "smtps" => (Security::Tls(tls()?), 465),
            _ => return Err(beginning()),
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
            "" => own_name().map_or_else(ClientId::default, ClientId::Domain),
            name if is_name(name) => ClientId::Domain(name.to_owned()),
            _ => {
                return Err(invalid(
                    &"what follows the host must be the name to greet with, such as orion.example.com",
                ));
            }
        };
        Ok(Self { port: url.port().unwrap_or(usual_port), host, security, credentials, hello })
    }

    /// A new connection, ready for mail. The caller limits the time.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let tls = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::None | Security::StartTls(_) => None,
        };
        let address = (self.host.as_str(), self.port);
        let connected = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, tls, None);
        let mut connection = connected.await.map_err(|error| not_let_in(&error))?;
        if let Security::StartTls(parameters) = &self.security {
            if !connection.can_starttls() {
                let words = "the SMTP server offers no STARTTLS, and smtp:// sends nothing without: use smtps:// in \
                             mail.smtp_url where the server speaks TLS at once, or smtp+plain:// for a local relay";
                return Err(MailError::Transient(words.to_owned()));
            }
            connection.starttls(parameters.clone(), &self.hello).await.map_err(|error| not_let_in(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                let words = "the SMTP server asks for no password in a way that is known here (PLAIN, LOGIN): take user and \
                             password out of mail.smtp_url, or use the port that is for sending with a password";
                return Err(MailError::Transient(words.to_owned()));
            }
            let entered = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            entered.map_err(|error| not_let_in(&error))?;
        }
        Ok(connection)
    }
}

/// What a server says before a mail is spoken of says nothing of the mail: once somebody has mended it, the mail goes.
fn not_let_in(error: &Error) -> MailError {
    MailError::Transient(match error.is_permanent() {
        true => format!("the SMTP server does not let ORION in; look at mail.smtp_url and at the server: {error}"),
        false => error.to_string(),
    })
}

/// The name of this host, where it is one that others can look up; servers distrust who greets with another.
fn own_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_ascii_lowercase();
    (name.contains('.') && is_name(&name)).then_some(name)
}

/// Whether it reads like the name of a host, or an address in brackets (RFC 5321, section 4.1.3).
fn is_name(text: &str) -> bool {
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    !text.is_empty() && text.len() <= 255 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c))
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
        let refused = Server::parse("smtp://mail.example.com?tls=opportunistic").err().expect("refused").to_string();
        assert!(refused.contains("smtps://"), "{refused}");
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
        for url in
            ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://user:%ff@host", "smtp://host/a%20b"]
        {
            assert!(Server::parse(url).is_err(), "{url}");
        }
    }
}
