//! The one place that knows all five services.

use crate::config::Config;
use crate::openapi;
use crate::settings::Handles;
use crate::topology::Topology;
use orion_admin::{KeptSettings, PlatformSettings, ResetLink};
use orion_contracts::{Email, Problem, Secret, ServiceName, UserId};
use orion_gateway::EdgeSockets;
use orion_http::{BuildError, Context, Service};
use orion_infra::config::PeersConfig;
use orion_infra::connect::ConnectError;
use orion_infra::db::Migrations;
use orion_infra::{Clock, Connections, Db, Infra, Random};
pub(crate) use orion_users::{Administrator, AuditAtRest};
use std::io;
use std::sync::Arc;

/// A service's migrations.
pub(crate) fn migrations(service: ServiceName) -> Migrations {
    match service {
        ServiceName::Gateway => orion_gateway::MIGRATIONS,
        ServiceName::Auth => orion_auth::MIGRATIONS,
        ServiceName::Users => orion_users::MIGRATIONS,
        ServiceName::Notifications => orion_notifications::MIGRATIONS,
        ServiceName::Admin => orion_admin::MIGRATIONS,
    }
}

/// Puts in what a fresh or upgraded service needs to have.
pub(crate) async fn seed(infra: &Infra) -> Result<(), Problem> {
    match infra.service {
        ServiceName::Gateway => orion_gateway::seed(infra).await,
        ServiceName::Auth => orion_auth::seed(infra).await,
        ServiceName::Users => orion_users::seed(infra).await,
        ServiceName::Notifications => orion_notifications::seed(infra).await,
        ServiceName::Admin => orion_admin::seed(infra).await,
    }
}

/// Finds the administrator with this address.
pub(crate) async fn administrator(users: &Infra, email: &Email) -> Result<Administrator, Problem> {
    orion_users::administrator(users, email).await
}

/// Makes a link by which an administrator chooses a new password.
pub(crate) async fn reset_link(admin: &Infra, id: UserId, email: &Email) -> Result<ResetLink, Problem> {
    orion_admin::reset_link(admin, id, email).await
}

/// The address of a user, as users has it.
pub(crate) async fn address_of(users: &Db, id: UserId) -> Result<Option<String>, Problem> {
    orion_users::address_of(users, id).await
}

/// Those of these names that a role has, as users has them.
pub(crate) async fn known_roles(users: &Db, names: &[&str]) -> Result<Vec<String>, Problem> {
    orion_users::known_roles(users, names).await
}

/// The settings that admin keeps, to be read, beside what a process of this configuration would start with.
pub(crate) fn kept_settings(admin: Db, config: &Config) -> KeptSettings {
    KeptSettings::new(admin, config.catalogue())
}

/// The same, to be changed.
pub(crate) fn settings(admin: Infra, config: &Config) -> PlatformSettings {
    PlatformSettings::new(admin, config.catalogue())
}

/// Listens where clients come in, when the gateway lives here.
pub(crate) fn bind_edge(config: &Config, services: &[ServiceName]) -> io::Result<Option<EdgeSockets>> {
    if !services.contains(&ServiceName::Gateway) {
        return Ok(None);
    }
    EdgeSockets::bind(config.listen.edge()).map(Some)
}

/// Builds one service.
pub(crate) async fn build(
    config: &Config,
    settings: &Handles,
    topology: &Topology,
    service: ServiceName,
    context: Context,
    edge: &mut Option<EdgeSockets>,
) -> Result<Service, BuildError> {
    match service {
        ServiceName::Gateway => {
            let sockets = edge.take().ok_or_else(|| Problem::internal().detail("the edge was not bound"))?;
            let (gateway, console) = (settings.gateway.clone(), config.admin.console_url.as_str());
            let mut service =
                orion_gateway::service(gateway, &config.server, context, sockets, &topology.urls, console).await?;
            let place = config.issuer();
            service.document = Arc::new(move |own| openapi::of_platform(own, &place));
            Ok(service)
        }
        ServiceName::Auth => {
            orion_auth::service(settings.auth.clone(), config.notifications.product_name.clone(), context).await
        }
        ServiceName::Users => orion_users::service(settings.users.clone(), context).await,
        ServiceName::Notifications => orion_notifications::service(settings.notifications.clone(), context).await,
        ServiceName::Admin => orion_admin::service(settings.admin.clone(), config.catalogue(), context).await,
    }
}

/// Connects for looking after databases: no mail is sent, so an SMTP server need not be named.
pub(crate) async fn connect_without_mail(config: &Config) -> Result<Connections, ConnectError> {
    let mut infra = config.infra();
    if infra.mail.smtp_url.expose().is_empty() {
        infra.mail.smtp_url = Secret::new("smtp+plain://localhost:25");
    }
    Connections::open(infra, &ServiceName::ALL, Clock::system(), Random::system()).await
}

/// Every peer's URL, filled in where the configuration leaves it open.
pub(crate) fn peers(config: &Config, topology: &Topology) -> PeersConfig {
    let url = |service| topology.urls.get(&service).cloned().unwrap_or_default();
    PeersConfig {
        gateway_url: url(ServiceName::Gateway),
        auth_url: url(ServiceName::Auth),
        users_url: url(ServiceName::Users),
        notifications_url: url(ServiceName::Notifications),
        admin_url: url(ServiceName::Admin),
        timeout_ms: config.peers.timeout_ms,
    }
}
