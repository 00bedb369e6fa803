//! One service's adapters without the service: what contract suites are run on.

use crate::backend::{Backend, Place};
use crate::seed;
use orion::Config;
use orion_contracts::events::{Event, EventPayload, RegistrationRepeated};
use orion_contracts::{Author, EventId, Problem, ServiceName};
use orion_http::identity::TokenParty;
use orion_http::server::{self, Running};
use orion_http::{Context, Identity, ProcessState, Service};
use orion_infra::clock::ClockControl;
use orion_infra::db::Migrations;
use orion_infra::db::dialect::statement;
use orion_infra::events::{Consumer, Consumers};
use orion_infra::{Change, Clock, Connections, Db, DbError, Infra};
use sea_orm::ConnectionTrait;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

/// A process as far as its adapters go.
pub struct Node {
    pub connections: Connections,
    pub clock: ClockControl,
    pub config: Config,
    stop: CancellationToken,
}

impl Node {
    /// Connects to the place's servers, by the product's own `connect`.
    pub async fn start(place: &Place) -> Self {
        Self::configured(place, &[]).await
    }

    /// The same, with some keys set.
    pub async fn configured(place: &Place, keys: &[(&str, &str)]) -> Self {
        let mut sources = place.sources();
        sources.flags.extend(keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        sources.flags.push(("mail.smtp_url".to_owned(), "smtp+plain://127.0.0.1:9".to_owned()));
        let (config, _) = Config::load(&sources).unwrap();
        let (clock, control) = Clock::adjustable();
        let connections = Connections::open(config.infra(), &ServiceName::ALL, clock, seed::random()).await.unwrap();
        let stop = CancellationToken::new();
        let (bus, token) = (connections.bus().clone(), stop.clone());
        tokio::spawn(async move { bus.run(token).await });
        Self { connections, clock: control, config, stop }
    }

    /// A service's adapters, its common tables made.
    pub async fn infra(&self, service: ServiceName) -> Infra {
        let infra = self.connections.service(service).await.unwrap();
        Migrations(Vec::new).apply(&infra).await.unwrap();
        infra
    }

    /// Runs a service that has nothing but a recorder of what it listens to.
    pub fn listen(&self, infra: Infra, recorder: Arc<Recorder>) -> Running {
        let consumers = recorder.consumers(infra.service);
        self.run(infra, consumers)
    }

    /// Runs a service that has nothing but consumers.
    pub fn run(&self, infra: Infra, consumers: Vec<Consumer>) -> Running {
        let service = infra.service;
        let party = TokenParty { issuer: "test".to_owned(), audience: "test".to_owned() };
        let context = Context::new(infra.clone(), Identity::new(infra, party), &ProcessState::default());
        let running =
            server::start(Service { consumers, ..Service::new(context, OpenApiRouter::new) }, &self.config.server);
        self.connections.local().fill(service, running.local());
        running
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// An empty place on the mix of this run, its databases without the template's tables.
pub async fn empty_place() -> Place {
    Place::empty(Backend::current()).await
}

/// Notes a migration as applied that this version does not have.
pub async fn plant_migration(db: &Db, name: &str, contracting: bool) {
    let txn = db.begin().await.unwrap();
    let insert = "INSERT INTO schema_migrations (name, contracting, applied_at) VALUES ($1, $2, $3)";
    let values = [name.into(), contracting.into(), Clock::system().now().into()];
    txn.execute_raw(statement(txn.connection(), insert, values)).await.unwrap();
    txn.commit().await.unwrap();
}

/// Keeps what arrives; refuses the first tries when told to.
#[derive(Default)]
pub struct Recorder {
    seen: Mutex<Vec<Event>>,
    refusals: Mutex<u32>,
    poison: Mutex<Option<EventId>>,
}

impl Recorder {
    /// Consumers that record what a service listens to.
    pub fn consumers(self: Arc<Self>, service: ServiceName) -> Vec<Consumer> {
        let consumers = Consumers::new(self);
        match service {
            ServiceName::Admin => consumers.all("recorder", record),
            ServiceName::Notifications => consumers.on::<RegistrationRepeated>("recorder", record),
            _ => consumers,
        }
        .list()
    }

    /// Refuses the next events so many times.
    pub fn refuse(&self, times: u32) {
        *self.refusals.lock().unwrap() = times;
    }

    /// Refuses this event from now on, or none any more.
    pub fn refuse_always(&self, id: Option<EventId>) {
        *self.poison.lock().unwrap() = id;
    }

    /// The events with this id that arrived.
    pub fn with_id(&self, id: EventId) -> Vec<Event> {
        self.seen.lock().unwrap().iter().filter(|event| event.id == id).cloned().collect()
    }

    /// How many events arrived.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

/// Records an event, whatever it tells.
pub async fn record<P>(recorder: &Arc<Recorder>, _: &mut Change, event: &Event, _: P) -> Result<(), Problem> {
    if *recorder.poison.lock().unwrap() == Some(event.id) {
        return Err(Problem::internal());
    }
    let mut refusals = recorder.refusals.lock().unwrap();
    if *refusals > 0 {
        *refusals -= 1;
        return Err(Problem::unavailable());
    }
    recorder.seen.lock().unwrap().push(event.clone());
    Ok(())
}

/// An event of a kind that this version does not know, as a newer one would tell it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FutureEvent {
    pub planet: String,
}

impl EventPayload for FutureEvent {
    const KIND: &'static str = "user.future";
    const LISTENERS: &'static [ServiceName] = &[];
}

/// An event that notifications listens to.
pub fn repeated(infra: &Infra) -> RegistrationRepeated {
    let user_id = infra.random.id(&infra.clock);
    RegistrationRepeated { user_id, email: "a@example.com".parse().unwrap(), locale: "en".to_owned() }
}

/// Tells an event in a change of its own.
pub async fn tell(infra: &Infra, version: i64, payload: impl EventPayload + Clone) -> EventId {
    let told = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        Ok::<_, DbError>(change.tell(uuid::Uuid::nil(), version, payload.clone()))
    });
    told.await.unwrap()
}
