//! The endpoints of the auth service.

mod devices;
mod email_change;
mod flows;
mod impersonations;
mod internal;
mod introspect;
mod jwks;
mod login;
mod logout;
mod pages;
mod passkeys;
mod password;
mod providers;
mod refresh;
mod register;
mod security;
mod sessions;
mod sign_in_code;
mod signing_keys;
mod two_factor;
mod verify_email;

use crate::domain::Auth;
use orion_http::Serve;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes; internal ones are left out of the public documentation.
pub(crate) fn routes(auth: Auth) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(verify_email::verify))
        .routes(routes!(email_change::answer))
        .routes(routes!(login::login))
        .routes(routes!(sign_in_code::exchange))
        .routes(routes!(flows::begin))
        .routes(routes!(flows::state))
        .routes(routes!(flows::password))
        .routes(routes!(flows::totp))
        .routes(routes!(flows::backup_code))
        .routes(routes!(flows::passkey_options))
        .routes(routes!(flows::passkey))
        .routes(routes!(flows::provider_visit))
        .routes(routes!(flows::provider))
        .routes(routes!(flows::totp_enrolment))
        .routes(routes!(flows::passkey_enrolment_options))
        .routes(routes!(flows::passkey_enrolment))
        .routes(routes!(flows::kept_backup_codes))
        .routes(routes!(flows::new_password))
        .routes(routes!(password::change))
        .routes(routes!(password::request_reset))
        .routes(routes!(password::confirm_reset))
        .routes(routes!(password::order_reset))
        .routes(routes!(two_factor::find))
        .routes(routes!(two_factor::begin_totp, two_factor::remove_totp))
        .routes(routes!(two_factor::confirm_totp))
        .routes(routes!(two_factor::renew_backup_codes))
        .routes(routes!(two_factor::find_of))
        .routes(routes!(two_factor::reset_of))
        .routes(routes!(passkeys::list, passkeys::add))
        .routes(routes!(passkeys::options))
        .routes(routes!(passkeys::rename, passkeys::remove))
        .routes(routes!(sessions::me))
        .routes(routes!(sessions::list, sessions::end_all))
        .routes(routes!(sessions::act_for))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::list_of, sessions::end_all_of))
        .routes(routes!(sessions::end_of))
        .routes(routes!(impersonations::begin))
        .routes(routes!(impersonations::end))
        .routes(routes!(devices::list))
        .routes(routes!(devices::rename, devices::forget))
        .routes(routes!(devices::block, devices::unblock))
        .routes(routes!(devices::distrust))
        .routes(routes!(devices::list_of))
        .routes(routes!(devices::forget_of))
        .routes(routes!(devices::block_of, devices::unblock_of))
        .routes(routes!(providers::list))
        .routes(routes!(providers::link))
        .routes(routes!(providers::linked))
        .routes(routes!(providers::unlink))
        .routes(routes!(providers::make_primary))
        .routes(routes!(providers::linked_of))
        .routes(routes!(providers::unlink_of))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(security::own_events))
        .routes(routes!(security::events))
        .routes(routes!(security::own_attempts))
        .routes(routes!(security::attempts))
        .routes(routes!(security::throttles))
        .routes(routes!(security::lift_throttle))
        .routes(routes!(signing_keys::list))
        .routes(routes!(signing_keys::rotate))
        .routes(routes!(jwks::jwks))
        .routes(routes!(introspect::introspect))
        .routes(routes!(introspect::revoke))
        .merge(pages::routes(&auth))
        .serve(internal::revocations)
        .serve(internal::put_administrator)
        .serve(internal::begin_provider_visit)
        .with_state(auth)
}
