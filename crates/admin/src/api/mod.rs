//! The endpoints of the admin service.
//!
//! What a browser sends passes three gates: nothing changes without proof that the console's own page asked (CSRF),
//! a cookie is swapped for the access token that it stands for, and from there on the extractors that all services
//! share decide.

mod acting;
mod acting_for;
mod cookie;
mod csrf;
mod encoding;
mod events;
mod forward;
mod jobs;
mod live;
mod mails;
mod overview;
mod reset;
mod session;
mod settings;
mod setup;
mod sign_in;
mod signed_in;
mod state;
mod web_app;

use crate::config::AdminConfig;
use crate::domain::health::HealthMonitor;
use crate::domain::origin::ConsoleOrigin;
use crate::domain::searches::Searches;
use crate::domain::sessions::Sessions;
use crate::domain::settings::PlatformSettings;
use crate::live::{Hub, topics};
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, put};
use orion_contracts::users::LARGEST_AVATAR_KIB;
use orion_http::{BuildError, Context, Serve};
use orion_infra::Settings;
use orion_infra::places::Places;
use orion_infra::settings::Catalogue;
use std::convert::Infallible;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the endpoints share.
#[derive(Clone)]
pub(crate) struct Console(Arc<ConsoleInner>);

/// The parts of a [`Console`].
pub(crate) struct ConsoleInner {
    /// The service's context.
    pub(crate) context: Context,
    /// Console sessions.
    pub(crate) sessions: Sessions,
    /// Where the console is.
    pub(crate) origin: ConsoleOrigin,
    /// What can be changed while the platform runs.
    pub(crate) settings: PlatformSettings,
    /// The services' health.
    pub(crate) health: Arc<HealthMonitor>,
    /// Searches through the event log.
    pub(crate) searches: Searches,
    /// Pictures that come in.
    pub(crate) pictures: Places,
    /// Live data.
    pub(crate) hub: Arc<Hub>,
}

impl Console {
    /// As configured.
    pub(crate) fn new(
        config: &Settings<AdminConfig>,
        catalogue: Catalogue,
        context: Context,
    ) -> Result<Self, BuildError> {
        let start = config.get();
        let health = Arc::new(HealthMonitor::new(context.clone()));
        Ok(Self(Arc::new(ConsoleInner {
            sessions: Sessions::new(context.clone(), config.clone()),
            origin: ConsoleOrigin::new(&start.console_url)?,
            settings: PlatformSettings::new(context.infra.clone(), catalogue),
            hub: Arc::new(Hub::new(context.clone(), topics::all(&context, &health), start.max_sockets)),
            searches: Searches::new(context.infra.clock.clone()),
            pictures: Places::new(forward::PICTURES, forward::PICTURES_OF_ONE),
            health,
            context,
        })))
    }
}

impl std::ops::Deref for Console {
    type Target = ConsoleInner;
    fn deref(&self) -> &ConsoleInner {
        &self.0
    }
}

/// All routes.
pub(crate) fn routes(console: Console) -> OpenApiRouter {
    // What concerns the session itself, whomever it acts as.
    let session = OpenApiRouter::new()
        .routes(routes!(session::read, session::end))
        .routes(routes!(sign_in::step_up))
        .routes(routes!(acting::begin, acting::end))
        .routes(routes!(acting_for::put))
        .route_layer(from_fn_with_state(console.clone(), signed_in::in_person));
    let signed_in = OpenApiRouter::new()
        .routes(routes!(overview::read))
        .routes(routes!(mails::preview))
        .route("/console/live", get(live::open))
        .route_layer(from_fn_with_state(console.clone(), signed_in::required));
    let picture =
        (from_fn_with_state(console.clone(), forward::room), DefaultBodyLimit::max(LARGEST_AVATAR_KIB as usize * 1024));
    // The room and the larger bound are for who sends one; whoever looks at one brings no body.
    let avatar = put(forward::forward).layer::<_, Infallible>(picture).fallback(forward::forward);
    let others = OpenApiRouter::new()
        .route("/api/v1/{*path}", any(forward::forward))
        .route("/api/v1/users/{id}/avatar", avatar)
        .route_layer(from_fn_with_state(console.clone(), signed_in::required))
        // What nobody owns is not there, whoever asks.
        .route_layer(from_fn(forward::owned));
    // Owned by this service: the console comes with its cookie, everybody else with a token.
    let owned = OpenApiRouter::new()
        .routes(routes!(events::list))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::find))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::replay))
        .routes(routes!(settings::list))
        .routes(routes!(settings::changes))
        .routes(routes!(settings::find, settings::put, settings::reset))
        .route_layer(from_fn_with_state(console.clone(), signed_in::accepted));
    let open = OpenApiRouter::with_openapi(live::Messages::openapi())
        .routes(routes!(state::read))
        .routes(routes!(setup::complete))
        .routes(routes!(reset::complete))
        .routes(routes!(setup::check))
        .routes(routes!(reset::check))
        .routes(routes!(session::start))
        .routes(routes!(sign_in::step))
        .routes(routes!(sign_in::totp_enrolment))
        .routes(routes!(sign_in::begin_with_passkey))
        .routes(routes!(sign_in::passkey_options))
        .routes(routes!(sign_in::provider_visit))
        .routes(routes!(sign_in::passkey_enrolment_options))
        .serve(settings::snapshot)
        .route("/", any(web_app::serve))
        .route("/{*path}", any(web_app::serve));
    let all = session.merge(signed_in).merge(others).merge(owned).merge(open);
    all.route_layer(from_fn_with_state(console.clone(), csrf::check)).with_state(console)
}
