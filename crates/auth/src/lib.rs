//! ORION's auth service: registration, sign-in, tokens, sessions, signing keys. Only auth revokes.
//!
//! Login and refresh ask no other service: what they need to know of a user is kept from the users service's events.

mod api;
mod config;
mod consumers;
mod domain;
mod error;
mod jobs;
mod migrations;
#[allow(
    unreachable_pub,
    missing_docs,
    reason = "sea-orm's derives need public rows; columns are explained where needed"
)]
mod store;

pub use config::{AuthConfig, check};

use domain::{Auth, CarryOutRegistration, signing};
use orion_contracts::Problem;
use orion_http::{BuildError, Context, Service};
use orion_infra::Infra;
use orion_infra::db::Migrations;

/// The tables of the service.
pub const MIGRATIONS: Migrations = Migrations(migrations::all);

/// Makes the first signing key, unless there is one.
pub async fn seed(infra: &Infra) -> Result<(), Problem> {
    if signing::make_first(infra).await? {
        tracing::debug!("made the first signing key");
    }
    Ok(())
}

/// The service, built but not running. `product_name` stands on the pages that people see.
pub async fn service(config: AuthConfig, product_name: String, context: Context) -> Result<Service, BuildError> {
    let auth = Auth::new(config, product_name, &context).await?;
    let mut service = Service::new(context, api::router(auth.clone()));
    service.consumers = consumers::all(auth.clone());
    service.jobs = service.jobs.handle::<CarryOutRegistration>(&auth);
    service.retention = store::RETENTION.to_vec();
    service.tasks = vec![jobs::key_rotation::task(auth.clone()), jobs::active_sessions::task(auth)];
    Ok(service)
}

#[cfg(test)]
mod tests {
    use super::{AuthConfig, check};

    /// The defaults, but with hashes of this many KiB.
    pub(crate) fn config(argon2_memory_kib: u32) -> AuthConfig {
        AuthConfig {
            access_token_seconds: 300,
            refresh_token_days: 30,
            session_absolute_days: 90,
            refresh_grace_seconds: 10,
            password_min_length: 15,
            argon2_memory_kib,
            argon2_iterations: 2,
            argon2_parallelism: 1,
            hash_concurrency: 0,
            hash_queue: 64,
            key_rotation_days: 30,
            login_failures_before_delay: 5,
            login_attempts_per_address_per_minute: 60,
            registrations_per_address_per_minute: 30,
            verification_url: String::new(),
            sign_in_url: String::new(),
        }
    }

    #[test]
    fn a_configuration_that_cannot_work_names_its_key() {
        assert_eq!(check(&config(64)), Ok(()));
        for (broken, key) in [
            (AuthConfig { key_rotation_days: 0, ..config(64) }, "auth.key_rotation_days"),
            // Dates beyond what there are.
            (AuthConfig { session_absolute_days: 96_000_000, ..config(64) }, "auth.session_absolute_days"),
            (AuthConfig { refresh_token_days: u32::MAX, ..config(64) }, "auth.refresh_token_days"),
            (AuthConfig { key_rotation_days: u32::MAX, ..config(64) }, "auth.key_rotation_days"),
            (AuthConfig { access_token_seconds: 3601, ..config(64) }, "auth.access_token_seconds"),
            (AuthConfig { refresh_grace_seconds: 3601, ..config(64) }, "auth.refresh_grace_seconds"),
            (AuthConfig { verification_url: "nowhere".to_owned(), ..config(64) }, "auth.verification_url"),
            (AuthConfig { sign_in_url: "javascript:0".to_owned(), ..config(64) }, "auth.sign_in_url"),
            (AuthConfig { password_min_length: 7, ..config(64) }, "auth.password_min_length"),
            (AuthConfig { password_min_length: 65, ..config(64) }, "auth.password_min_length"),
            (config(1), "auth.argon2_memory_kib"),
            (config(300_000), "auth.argon2_memory_kib"),
            (AuthConfig { argon2_iterations: 17, ..config(64) }, "auth.argon2_iterations"),
            (AuthConfig { argon2_parallelism: 9, ..config(256) }, "auth.argon2_parallelism"),
            (AuthConfig { argon2_iterations: 0, ..config(64) }, "auth.argon2_iterations"),
            (AuthConfig { argon2_parallelism: 0, ..config(64) }, "auth.argon2_parallelism"),
        ] {
            assert_eq!(check(&broken).expect_err("refused").key, key);
        }
    }
}
