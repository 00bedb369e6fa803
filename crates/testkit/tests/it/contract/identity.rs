//! What a process knows of identities, while its bus loses messages and users is slow to answer.

use async_trait::async_trait;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use orion_contracts::bus::{BusMessage, RevocationList};
use orion_contracts::users::{Grants, PermissionGrant, RoleCatalogue};
use orion_contracts::{AccessClaims, EventId, ServiceName, TokenId, UserId};
use orion_http::identity::TokenParty;
use orion_http::server::{self, Running};
use orion_http::{Context, Identity, Service};
use orion_infra::bus::{Bus, BusBackend, BusError, Inbound};
use orion_infra::tasks::TaskStates;
use orion_testkit::backend::Place;
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

/// A bus in memory whose connection can be dropped.
struct Wire {
    inbound: Inbound,
    dropped: Notify,
}

#[async_trait]
impl BusBackend for Wire {
    async fn publish(&self, message: &BusMessage) -> Result<(), BusError> {
        self.inbound.deliver(message.clone());
        Ok(())
    }

    async fn receive(&self, inbound: &Inbound) -> Result<(), BusError> {
        inbound.connected();
        self.dropped.notified().await;
        Err(BusError("dropped".to_owned()))
    }
}

/// What auth and users would answer, and how often they were asked.
struct Owners {
    catalogues: AtomicU64,
    grants: AtomicU64,
    active: AtomicBool,
    /// Each answer about grants takes one.
    answers: Semaphore,
}

impl Owners {
    fn count(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::SeqCst)
    }
}

async fn keys() -> Json<Value> {
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] }))
}

async fn roles(State(owners): State<Arc<Owners>>) -> Json<RoleCatalogue> {
    owners.catalogues.fetch_add(1, Ordering::SeqCst);
    Json(RoleCatalogue::default())
}

/// Reads at once and answers when it may, as over a slow network.
async fn grants(State(owners): State<Arc<Owners>>) -> Json<Grants> {
    let active = owners.active.load(Ordering::SeqCst);
    owners.grants.fetch_add(1, Ordering::SeqCst);
    owners.answers.acquire().await.unwrap().forget();
    let permission = PermissionGrant { permission: "profile.read".to_owned(), organisation_id: None, expires_at: None };
    Json(Grants { user_id: bob(), version: 1, active, roles: Vec::new(), permissions: vec![permission] })
}

fn bob() -> UserId {
    UserId(uuid::Uuid::nil())
}

/// A process that knows of identities what the owners tell it.
struct Process {
    identity: Identity,
    owners: Arc<Owners>,
    wire: Arc<Wire>,
    bus: Bus,
    node: Node,
    stop: CancellationToken,
    _services: Vec<Running>,
    _place: Place,
}

impl Process {
    async fn start() -> Self {
        let place = empty_place().await;
        let node = Node::start(&place).await;
        let owners = Arc::new(Owners {
            catalogues: AtomicU64::new(0),
            grants: AtomicU64::new(0),
            active: AtomicBool::new(true),
            answers: Semaphore::new(0),
        });
        let party = TokenParty { issuer: "test".to_owned(), audience: "test".to_owned() };
        let router = Router::new()
            .route("/.well-known/jwks.json", get(keys))
            .route("/internal/v1/revocations", get(async || Json(RevocationList::default())))
            .route("/internal/v1/roles", get(roles))
            .route("/internal/v1/grants/{id}", get(grants))
            .with_state(owners.clone());
        let mut services = Vec::new();
        for name in [ServiceName::Auth, ServiceName::Users] {
            let infra = node.infra(name).await;
            let context = Context::new(infra.clone(), Identity::new(infra, party.clone()), &TaskStates::default());
            let service = Service::new(context, OpenApiRouter::from(router.clone()));
            let running = server::start(service, &node.config.server);
            node.connections.local().fill(name, running.local());
            services.push(running);
        }
        let mut infra = node.infra(ServiceName::Gateway).await;
        let wire = Arc::new(Wire { inbound: Inbound::default(), dropped: Notify::new() });
        infra.bus = Bus::new(wire.clone(), wire.inbound.clone(), infra.clock.clone(), &infra.random);
        let (bus, identity, stop) = (infra.bus.clone(), Identity::new(infra, party), CancellationToken::new());
        let running = (bus.clone(), identity.clone(), stop.clone());
        tokio::spawn(async move { tokio::join!(running.0.run(running.2.clone()), running.1.run(running.2)) });
        eventually("knowing all", || async { identity.check().ok() }).await;
        Self { identity, owners, wire, bus, node, stop, _services: services, _place: place }
    }

    /// Returns when all that was said over the bus until now has been taken: it is taken in order, and what is said here
    /// makes the roles be read.
    async fn heard(&self) {
        let before = Owners::count(&self.owners.catalogues);
        self.bus.publish(BusMessage::RolesChanged { version: 1 }).await;
        let read = || async { (Owners::count(&self.owners.catalogues) > before).then_some(()) };
        eventually("the roles", read).await;
    }

    /// Whether bob may do anything, as a request of his would find.
    async fn may(&self) -> bool {
        let claims = AccessClaims {
            iss: String::new(),
            sub: bob(),
            aud: String::new(),
            exp: 0,
            iat: 0,
            nbf: None,
            jti: TokenId(uuid::Uuid::nil()),
            client_id: String::new(),
            scope: None,
            sid: None,
            roles: Vec::new(),
            org: None,
            act: None,
            amr: Vec::new(),
            auth_time: 0,
        };
        !self.identity.access(&claims).await.unwrap().permissions().is_empty()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_read_again_each_minute_while_messages_keep_coming() {
    let process = Process::start().await;
    let before = Owners::count(&process.owners.catalogues);
    for number in 1..=160 {
        process.node.clock.advance(Duration::from_millis(400));
        process.bus.publish(BusMessage::EventLogged { event_id: EventId(uuid::Uuid::nil()) }).await;
        if number % 10 == 0 {
            process.heard().await;
        }
    }
    // Once for each time that it was told that roles changed, and once of its own accord.
    let read = || async { (Owners::count(&process.owners.catalogues) > before + 16).then_some(()) };
    eventually("the minute's reading", read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_the_bus_was_away_is_not_missed() {
    let process = Process::start().await;
    process.owners.answers.add_permits(10);
    assert!(process.may().await && process.may().await);
    assert_eq!(Owners::count(&process.owners.grants), 1, "kept in the cache");
    let before = Owners::count(&process.owners.catalogues);
    // A message about it would be lost: nobody listens.
    process.owners.active.store(false, Ordering::SeqCst);
    process.wire.dropped.notify_one();
    let known = || async { (!process.may().await).then_some(()) };
    tokio::time::timeout(Duration::from_secs(2), eventually("the change", known)).await.unwrap();
    let read = || async { (Owners::count(&process.owners.catalogues) > before).then_some(()) };
    eventually("the roles", read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_read_when_it_changes_is_read_again() {
    let process = Arc::new(Process::start().await);
    let asking = tokio::spawn({
        let process = process.clone();
        async move { process.may().await }
    });
    let asked = || async { (Owners::count(&process.owners.grants) == 1).then_some(()) };
    eventually("the question", asked).await;
    process.owners.active.store(false, Ordering::SeqCst);
    process.bus.publish(BusMessage::GrantsChanged { user_id: bob(), version: 2 }).await;
    process.heard().await;
    process.owners.answers.add_permits(10);
    assert!(!asking.await.unwrap(), "the answer from before is not used");
    assert!(!process.may().await, "and not kept");
}
