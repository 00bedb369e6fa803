//! A whole platform in one process, started by the product's own code.

use crate::backend::{Backend, Place};
use crate::client::Client;
use crate::mailbox::Mailbox;
use crate::smtp::SmtpServer;
use crate::user::{TestUser, UserBuilder};
use orion::{Config, Platform, Schema, Sources};
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::{ServiceName, UserId};
use orion_infra::clock::ClockControl;
use orion_infra::{Clock, Infra, Random};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A running platform with a clock that can be moved.
pub struct TestPlatform {
    platform: Option<Platform>,
    pub config: Config,
    pub mailbox: Mailbox,
    clock: ClockControl,
    administrator: OnceCell<TestUser>,
    sources: Sources,
    smtp: Option<SmtpServer>,
    // Last: everything else is gone when the place is cleaned.
    place: Place,
}

/// Starts a platform with some keys set.
#[derive(Default)]
pub struct TestPlatformBuilder {
    flags: Vec<(String, String)>,
    file: Option<String>,
}

impl TestPlatformBuilder {
    /// Sets a configuration key.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.flags.push((key.to_owned(), value.to_string()));
        self
    }

    /// Gives it a configuration file with this text.
    #[must_use]
    pub fn file(mut self, text: impl Into<String>) -> Self {
        self.file = Some(text.into());
        self
    }

    /// Starts it on the mix of this run.
    pub async fn start(self) -> TestPlatform {
        let place = Place::new(Backend::current()).await;
        let mut sources = place.sources();
        let smtp = match place.backend {
            Backend::Embedded => None,
            Backend::Postgres | Backend::Production => Some(SmtpServer::start().await),
        };
        if let Some(smtp) = &smtp {
            sources.flags.push(("mail.smtp_url".to_owned(), smtp.url()));
        }
        if let Some(text) = self.file {
            let path = place.directory.path().join("orion.toml");
            std::fs::write(&path, text).unwrap();
            sources.file = Some(path);
        }
        sources.flags.extend(self.flags);
        let (config, platform, clock) = launch(&sources, place.backend).await;
        let mailbox = match &smtp {
            Some(server) => Mailbox::Smtp(server.clone()),
            None => Mailbox::Captured(platform.context(ServiceName::Notifications).unwrap().infra.db.clone()),
        };
        TestPlatform {
            platform: Some(platform),
            config,
            mailbox,
            clock,
            administrator: OnceCell::new(),
            sources,
            smtp,
            place,
        }
    }
}

async fn launch(sources: &Sources, backend: Backend) -> (Config, Platform, ClockControl) {
    let (config, _) = Config::load(sources).unwrap_or_else(|error| panic!("{error}"));
    let (clock, control) = Clock::adjustable();
    let schema = if backend == Backend::Embedded { Schema::Migrate } else { Schema::Check };
    let platform = Platform::start(&config, &ServiceName::ALL, schema, clock, Random::system())
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    (config, platform, control)
}

impl TestPlatform {
    /// A platform with the default configuration on the mix of this run.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A platform with some keys set.
    pub fn builder() -> TestPlatformBuilder {
        TestPlatformBuilder::default()
    }

    fn platform(&self) -> &Platform {
        self.platform.as_ref().expect("the platform is running")
    }

    /// Which mix it runs on.
    pub fn backend(&self) -> Backend {
        self.place.backend
    }

    /// Nobody, at the gateway.
    pub fn anonymous(&self) -> Client {
        Client::new(self.gateway_url())
    }

    /// Where clients come in.
    pub fn gateway_url(&self) -> String {
        format!("http://{}", self.platform().edge().unwrap())
    }

    /// Where a service listens itself.
    pub fn service_url(&self, service: ServiceName) -> String {
        format!("http://{}", self.platform().address(service).unwrap())
    }

    /// What a service has of the world outside.
    pub fn infra(&self, service: ServiceName) -> &Infra {
        &self.platform().context(service).unwrap().infra
    }

    /// The consumers of a service: the kind that each takes, or all, and its name.
    pub fn consumers(&self, service: ServiceName) -> Vec<(Option<&'static str>, &'static str)> {
        self.platform().consumers(service).iter().map(|consumer| (consumer.kind, consumer.name)).collect()
    }

    /// The SMTP double, on mixes that send mail.
    pub fn smtp(&self) -> Option<&SmtpServer> {
        self.smtp.as_ref()
    }

    /// A new person, not registered until awaited.
    pub fn user<'a>(&'a self, name: &'a str) -> UserBuilder<'a> {
        UserBuilder::new(self, name)
    }

    /// The first administrator, made when first asked for.
    pub async fn administrator(&self) -> &TestUser {
        self.administrator
            .get_or_init(|| async {
                let infra = self.infra(ServiceName::Admin);
                let id: UserId = infra.random.id(&infra.clock);
                let email = "root@example.com";
                let order = CreateAdministrator {
                    email: email.parse().unwrap(),
                    password: crate::PASSWORD.parse().unwrap(),
                    display_name: Some("Root".to_owned()),
                };
                let path = format!("/internal/v1/administrators/{id}");
                let _: serde_json::Value = infra.peers.to(ServiceName::Auth).put(&path, &order).await.unwrap();
                TestUser::sign_in(&self.anonymous(), email, crate::PASSWORD).await
            })
            .await
    }

    /// The token of the one-time link for the first administrator.
    pub async fn setup_token(&self) -> Option<String> {
        let link = self.platform().setup_link(&self.config).await.unwrap()?;
        link.split_once('#').map(|(_, token)| token.to_owned())
    }

    /// Moves the clock forward; sleepers wake.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        // The edge takes its coarse time from a tick of its own threads: what comes next must see the new time.
        std::thread::sleep(Duration::from_millis(120));
    }

    /// Ends one service.
    pub async fn stop_service(&mut self, service: ServiceName) {
        self.platform.as_mut().unwrap().stop_service(service).await;
    }

    /// Drains the platform: to be awaited beside what happens meanwhile.
    pub fn drain(&mut self) -> impl Future<Output = ()> + Send + use<> {
        self.platform.take().unwrap().drain()
    }

    /// Drains the platform and starts it again in the same place.
    pub async fn restart(&mut self) {
        self.drain().await;
        let (config, platform, clock) = launch(&self.sources, self.place.backend).await;
        if self.smtp.is_none() {
            self.mailbox = Mailbox::Captured(platform.context(ServiceName::Notifications).unwrap().infra.db.clone());
        }
        (self.config, self.platform, self.clock) = (config, Some(platform), clock);
    }
}
