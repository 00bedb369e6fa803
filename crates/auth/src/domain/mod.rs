//! What auth does: rules and transactions. No HTTP, no SQL.

mod accounts;
mod administrators;
mod attempts;
mod change_password;
mod choose_password;
mod devices;
mod email_changes;
mod flights;
mod flows;
mod introspect;
mod login;
mod logo;
mod logout;
mod metrics;
mod organisation_invitations;
mod owners;
mod page_visitors;
mod passkeys;
mod password;
mod password_reset;
mod places;
mod providers;
mod refresh;
mod register;
mod revocations;
mod second_factor;
mod security_events;
mod security_kinds;
mod sessions;
mod sign_in_codes;
pub(crate) mod signing;
mod subjects;
mod throttle;
mod throttles;
mod verify_email;

pub(crate) use accounts::PROJECTION;
pub(crate) use devices::{DeviceOrder, MOST_OF_BROWSER};
pub(crate) use flows::{Coded, Ending, Led, Look, Offer, Return, ReturnTo, SignIn};
pub(crate) use owners::Reader;
pub(crate) use page_visitors::{KNOWN_SECONDS, PageVisitor};
pub(crate) use password_reset::{ResetLink, SendPasswordReset};
pub(crate) use providers::{Arrival, Brought, Going};
pub(crate) use register::CarryOutRegistration;
pub(crate) use subjects::Subject;
pub(crate) use verify_email::Link as VerificationLink;

use crate::AuthConfig;
pub(crate) use logo::Logo;
use metrics::AuthMetrics;
use orion_contracts::Problem;
use orion_http::{BuildError, Context, Identity};
use orion_infra::turns::Turns;
use orion_infra::{Infra, Settings};
pub(crate) use password::Parameters;
use password::{Breaches, HashingPool, StoredHash};
use signing::KeyRing;
use std::sync::Arc;
use uuid::Uuid;

/// The service's state. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Auth(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) infra: Infra,
    pub(crate) config: Settings<AuthConfig>,
    pub(crate) keys: KeyRing,
    pub(crate) metrics: AuthMetrics,
    identity: Identity,
    hashing: HashingPool,
    /// Who knows passwords from leaks, where somebody is asked.
    breaches: Option<Breaches>,
    /// What the product is called on the pages that people see.
    pub(crate) product_name: String,
    /// And its logo.
    pub(crate) logo: Option<Logo>,
    /// One refresh of a session at a time.
    refreshing: Turns<Uuid>,
    registering: register::Pace,
    signing_in: flights::Flights,
    /// What providers of sign-ins tell of themselves.
    discoveries: providers::Discoveries,
    /// A hash that no password has: an unknown address costs as much as a wrong password.
    unmatchable: StoredHash,
}

impl std::ops::Deref for Auth {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Auth {
    /// Where people reach ORION, as tokens say it.
    pub(crate) fn issuer(&self) -> &str {
        self.identity.issuer()
    }

    /// The service's state, its signing keys read.
    pub(crate) async fn new(
        config: Settings<AuthConfig>,
        product_name: String,
        context: &Context,
    ) -> Result<Self, BuildError> {
        let (infra, start) = (context.infra.clone(), config.get());
        let parameters = Parameters::new(&start)?;
        let unmatchable = parameters.unmatchable(infra.random.bytes()).map_err(Problem::from)?;
        let keys = KeyRing::default();
        signing::reload(&infra, &keys).await.map_err(Problem::from)?;
        let metrics = AuthMetrics::new(&infra.metrics);
        let (random, room) = (infra.random.clone(), (start.hash_concurrency, start.hash_queue));
        Ok(Self(Arc::new(Inner {
            hashing: HashingPool::new(parameters, random, metrics.hashes.clone(), room),
            breaches: Breaches::new(&start.breach_check_url, &infra.clock).map_err(Problem::from)?,
            metrics,
            identity: context.identity.clone(),
            product_name,
            logo: Logo::read(&start.logo_path)?,
            refreshing: Turns::default(),
            registering: register::Pace::default(),
            signing_in: flights::Flights::default(),
            discoveries: providers::Discoveries::default(),
            infra,
            config,
            keys,
            unmatchable,
        })))
    }
}
