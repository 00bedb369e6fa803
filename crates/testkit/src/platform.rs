//! A whole platform in one process, started by the product's own code.

use crate::backend::{Backend, Place};
use crate::client::Client;
use crate::mailbox::Mailbox;
use crate::seed;
use crate::settle::{Left, settle};
use crate::smtp::SmtpServer;
use crate::user::{TestUser, UserBuilder};
use orion::platform::Cut;
use orion::{Config, Platform, Schema, Sources};
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::internal::MakeAdministrator;
use orion_contracts::{ServiceName, UserId};
use orion_infra::clock::ClockControl;
use orion_infra::{Clock, Infra};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

/// How long those have to wake whose moment has come; one that waits for something else first does not.
const WAKING: Duration = Duration::from_secs(1);

/// A running platform with a clock that can be moved. When it is dropped, nothing may be left undelivered: tests of it run
/// on several threads.
pub struct TestPlatform {
    platform: Option<Platform>,
    pub config: Config,
    pub mailbox: Mailbox,
    clock: ClockControl,
    administrator: OnceCell<TestUser>,
    sources: Sources,
    smtp: Option<SmtpServer>,
    leaves_undelivered: AtomicBool,
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
        let (platform, clock) = launch(&sources, &ServiceName::ALL, schema(place.backend)).await;
        let mailbox = match &smtp {
            Some(server) => Mailbox::Smtp(server.clone()),
            None => Mailbox::Captured(platform.context(ServiceName::Notifications).unwrap().infra.db.clone()),
        };
        TestPlatform {
            config: platform.config().clone(),
            platform: Some(platform),
            mailbox,
            clock,
            administrator: OnceCell::new(),
            sources,
            smtp,
            leaves_undelivered: AtomicBool::new(false),
            place,
        }
    }
}

/// What a test's place needs: databases of servers are clones of a migrated template.
fn schema(backend: Backend) -> Schema {
    if backend == Backend::Embedded { Schema::Migrate } else { Schema::Check }
}

/// A process of some services inside this one, ready, with a clock of its own.
pub async fn launch(sources: &Sources, services: &[ServiceName], schema: Schema) -> (Platform, ClockControl) {
    let (config, _) = Config::load(sources).unwrap_or_else(|error| panic!("{error}"));
    let (clock, control) = Clock::adjustable();
    let platform = Platform::launch(&config, services, schema, clock, seed::random()).await;
    let mut platform = platform.unwrap_or_else(|error| panic!("{error}"));
    platform.follow_file(sources.clone());
    platform.wait_until_ready().await;
    (platform, control)
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
                infra.peers.call(&MakeAdministrator { id }, &order).await.unwrap();
                TestUser::sign_in(&self.anonymous(), email, crate::PASSWORD).await
            })
            .await
    }

    /// The token of the one-time link for the first administrator.
    pub async fn setup_token(&self) -> Option<String> {
        let link = self.platform().setup_link().await.unwrap()?;
        link.split_once('#').map(|(_, token)| token.to_owned())
    }

    /// Moves the clock forward; those whose moment has come have woken then. The edge's threads are among them: they sleep
    /// between two looks at the time, which is coarse to them.
    pub async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        let _ = tokio::time::timeout(WAKING, self.clock.woken()).await;
    }

    /// Sets the wall time of the platform's host wrong by so much, or right again by nothing. What measures durations does
    /// not notice.
    pub fn set_clock_wrong(&self, by: chrono::TimeDelta) {
        self.clock.set_wrong(by);
    }

    /// Returns once nothing is under way in any service: no event, job or audit entry. Fails the test with what is left
    /// after ten seconds.
    pub async fn settle(&self) {
        if let Err(left) = self.settled().await {
            panic!("still under way after ten seconds:\n{}", listed(&left));
        }
    }

    async fn settled(&self) -> Result<Vec<Left>, Vec<Left>> {
        let contexts = ServiceName::ALL.into_iter().filter_map(|service| self.platform().context(service));
        let services: Vec<_> = contexts.map(|context| &context.infra).collect();
        settle(&services, self.config.amqp.url.expose(), &self.config.namespace).await
    }

    /// Says that this test leaves something undelivered, or refused, on purpose.
    pub fn leave_undelivered(&self) {
        self.leaves_undelivered.store(true, Ordering::Relaxed);
    }

    /// Ends one service. What is meant for it is left undelivered.
    pub async fn stop_service(&mut self, service: ServiceName) {
        self.leave_undelivered();
        self.platform.as_mut().unwrap().stop_service(service).await;
    }

    /// Writes the configuration's file anew, as an editor does: another file takes its place.
    pub fn write_file(&self, text: &str) {
        let (path, new) =
            (self.place.directory.path().join("orion.toml"), self.place.directory.path().join("new.toml"));
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, &path).unwrap();
    }

    /// Another process of some services beside this platform, with a file of its own; none where the databases are one
    /// process's alone.
    pub async fn beside(&self, services: &[ServiceName], file: &str) -> Option<(Platform, ClockControl)> {
        if self.place.backend == Backend::Embedded {
            return None;
        }
        let mut sources = self.sources.clone();
        let path = self.place.directory.path().join("beside.toml");
        std::fs::write(&path, file).unwrap();
        sources.file = Some(path);
        let others = ServiceName::ALL.into_iter().filter(|service| !services.contains(service));
        sources.flags.extend(others.map(|service| (format!("peers.{service}_url"), self.service_url(service))));
        Some(launch(&sources, services, schema(self.place.backend)).await)
    }

    /// Drains the platform: to be awaited beside what happens meanwhile.
    pub fn drain(&mut self) -> impl Future<Output = Cut> + Send + use<> {
        self.platform.take().unwrap().drain()
    }

    /// Drains the platform and starts it again in the same place.
    pub async fn restart(&mut self) {
        self.drain().await;
        let (platform, clock) = launch(&self.sources, &ServiceName::ALL, schema(self.place.backend)).await;
        if self.smtp.is_none() {
            self.mailbox = Mailbox::Captured(platform.context(ServiceName::Notifications).unwrap().infra.db.clone());
        }
        (self.config, self.platform, self.clock) = (platform.config().clone(), Some(platform), clock);
    }
}

impl Drop for TestPlatform {
    /// Nothing may be left that was not delivered, or that nobody took.
    fn drop(&mut self) {
        if self.platform.is_none() || *self.leaves_undelivered.get_mut() || std::thread::panicking() {
            return;
        }
        let outcome = tokio::task::block_in_place(|| Handle::current().block_on(self.settled()));
        let left = outcome.unwrap_or_else(|left| left);
        assert!(left.is_empty(), "left at the end of the test:\n{}", listed(&left));
    }
}

fn listed(left: &[Left]) -> String {
    left.iter().map(|left| format!("  {left}\n")).collect()
}
