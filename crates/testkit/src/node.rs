//! One service's adapters without the service: what contract suites are run on.

use crate::backend::{Backend, Place};
use async_trait::async_trait;
use orion::Config;
use orion_contracts::events::Event;
use orion_contracts::{EventId, Problem, ServiceName};
use orion_http::identity::TokenParty;
use orion_http::server::{self, Running};
use orion_http::{Context, Identity, Service};
use orion_infra::clock::ClockControl;
use orion_infra::db::Migrations;
use orion_infra::db::dialect::statement;
use orion_infra::events::EventHandler;
use orion_infra::tasks::TaskStates;
use orion_infra::{Clock, Connections, Db, Infra, Random};
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
        let mut sources = place.sources();
        sources.flags.push(("mail.smtp_url".to_owned(), "smtp+plain://127.0.0.1:9".to_owned()));
        let (config, _) = Config::load(&sources).unwrap();
        let (clock, control) = Clock::adjustable();
        let connections = Connections::open(config.infra(), &ServiceName::ALL, clock, Random::system()).await.unwrap();
        let stop = CancellationToken::new();
        let (bus, token) = (connections.bus().clone(), stop.clone());
        tokio::spawn(async move { bus.run(token).await });
        Self { connections, clock: control, config, stop }
    }

    /// A service's adapters, its common tables made.
    pub async fn infra(&self, service: ServiceName) -> Infra {
        let infra = self.connections.service(service).await.unwrap();
        Migrations(Vec::new).apply(&infra.db, infra.clock.now()).await.unwrap();
        infra
    }

    /// Runs a service that has nothing but an event handler.
    pub fn listen(&self, infra: Infra, handler: Arc<dyn EventHandler>) -> Running {
        let service = infra.service;
        let party = TokenParty { issuer: "test".to_owned(), audience: "test".to_owned() };
        let context = Context::new(infra.clone(), Identity::new(infra, party), &TaskStates::default());
        let running = server::start(
            Service { events: Some(handler), ..Service::new(context, OpenApiRouter::new()) },
            &self.config.server,
        );
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
    /// Refuses the next events so many times.
    pub fn refuse(&self, times: u32) {
        *self.refusals.lock().unwrap() = times;
    }

    /// Refuses this event for ever.
    pub fn refuse_always(&self, id: EventId) {
        *self.poison.lock().unwrap() = Some(id);
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

#[async_trait]
impl EventHandler for Recorder {
    async fn handle(&self, event: &Event) -> Result<(), Problem> {
        if *self.poison.lock().unwrap() == Some(event.id) {
            return Err(Problem::internal());
        }
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            return Err(Problem::unavailable());
        }
        self.seen.lock().unwrap().push(event.clone());
        Ok(())
    }
}
