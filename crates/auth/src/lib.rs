//! ORION's auth service: registration, sign-in, tokens, sessions, signing keys. Only auth revokes.
//!
//! Login and refresh ask no other service: what they need to know of a user is kept from the users service's events.

mod api;
mod config;
mod config_check;
mod consumers;
mod domain;
mod error;
mod jobs;
mod migrations;
mod provider_config;
#[allow(
    unreachable_pub,
    missing_docs,
    reason = "sea-orm's derives need public rows; columns are explained where needed"
)]
mod store;

pub use config::AuthConfig;
pub use config_check::{advice, check, check_files, check_public_url};

use domain::{Auth, CarryOutRegistration, SendPasswordReset, signing};
use orion_contracts::Problem;
use orion_http::{BuildError, Context, Service};
use orion_infra::db::Migrations;
use orion_infra::{Infra, Settings};

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
pub async fn service(
    config: Settings<AuthConfig>,
    product_name: String,
    context: Context,
) -> Result<Service, BuildError> {
    let auth = Auth::new(config, product_name, &context).await?;
    let mut service = Service::new(context, {
        let auth = auth.clone();
        move || api::routes(auth.clone())
    });
    service.consumers = consumers::all(auth.clone());
    service.jobs = service.jobs.handle::<CarryOutRegistration>(&auth).handle::<SendPasswordReset>(&auth);
    service.retention = store::RETENTION.to_vec();
    service.tasks = vec![jobs::key_rotation::task(auth.clone()), jobs::active_sessions::task(auth)];
    Ok(service)
}

#[cfg(test)]
mod tests {
    use super::{AuthConfig, check};

    /// The defaults, but with hashes of this many KiB.
    pub(crate) fn config(argon2_memory_kib: u32) -> AuthConfig {
        AuthConfig { argon2_memory_kib, ..AuthConfig::default() }
    }

    #[test]
    fn a_configuration_that_cannot_work_names_its_key() {
        assert_eq!(check(&config(64)), []);
        for (broken, key) in [
            (AuthConfig { verification_url: "nowhere".to_owned(), ..config(64) }, "auth.verification_url"),
            (AuthConfig { password_reset_url: "//x".to_owned(), ..config(64) }, "auth.password_reset_url"),
            (AuthConfig { email_change_url: "//x".to_owned(), ..config(64) }, "auth.email_change_url"),
            (AuthConfig { breach_check_url: "https://a.example/?q".to_owned(), ..config(64) }, "auth.breach_check_url"),
            (AuthConfig { sign_in_url: "javascript:0".to_owned(), ..config(64) }, "auth.sign_in_url"),
            (AuthConfig { passkey_domain: "https://a.example".to_owned(), ..config(64) }, "auth.passkey_domain"),
            (
                AuthConfig { passkey_origins: "https://a.example/sign-in".to_owned(), ..config(64) },
                "auth.passkey_origins",
            ),
            (
                AuthConfig {
                    passkey_domain: "a.example".to_owned(),
                    passkey_origins: "https://b.a.example, https://ba.example".to_owned(),
                    ..config(64)
                },
                "auth.passkey_origins",
            ),
            (
                AuthConfig { return_urls: "https://a.example/ https://a.example/?code=1".to_owned(), ..config(64) },
                "auth.return_urls",
            ),
            // Argon2 wants 8 KiB for each lane.
            (AuthConfig { argon2_parallelism: 8, ..config(32) }, "auth.argon2_memory_kib"),
        ] {
            let faults = check(&broken);
            assert_eq!(faults.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(), [key]);
        }
    }
}
