//! The tables of the auth service.

mod m0001_accounts;
mod m0002_sessions;
mod m0003_protection;
mod m0004_signing_keys;
mod m0005_flows;
mod m0007_two_factor;
mod m0008_passkeys;
mod m0009_password_resets;
mod m0010_security_lists;
mod m0011_sign_in_codes;
mod m0012_providers;
mod m0013_devices;
mod m0014_sign_in_epochs;
mod m0016_flow_returns;
mod m0017_list_filters;
mod m0018_device_blocks;
mod m0020_sign_in_code_epochs;
mod m0021_throttle_keys;
mod m0022_throttles_of_user;
mod m0023_session_organisations;
mod m0025_impersonations;
mod m0028_withdrawn_invitations;
mod m0029_revoked_subjects;
mod m0030_shut_accounts;

use orion_infra::db::schema::Migration;

/// All migrations, oldest first.
pub(crate) fn all() -> Vec<Migration> {
    vec![
        Migration::new("0001_accounts", m0001_accounts::up),
        Migration::new("0002_sessions", m0002_sessions::up),
        Migration::new("0003_protection", m0003_protection::up),
        Migration::new("0004_signing_keys", m0004_signing_keys::up),
        Migration::new("0005_flows", m0005_flows::up),
        Migration::new("0007_two_factor", m0007_two_factor::up),
        Migration::new("0008_passkeys", m0008_passkeys::up),
        Migration::new("0009_password_resets", m0009_password_resets::up),
        Migration::new("0010_security_lists", m0010_security_lists::up),
        Migration::new("0011_sign_in_codes", m0011_sign_in_codes::up),
        Migration::new("0012_providers", m0012_providers::up),
        Migration::new("0013_devices", m0013_devices::up),
        Migration::new("0014_sign_in_epochs", m0014_sign_in_epochs::up),
        Migration::new("0016_flow_returns", m0016_flow_returns::up),
        Migration::new("0017_list_filters", m0017_list_filters::up),
        Migration::new("0018_device_blocks", m0018_device_blocks::up),
        Migration::new("0020_sign_in_code_epochs", m0020_sign_in_code_epochs::up),
        Migration::new("0021_throttle_keys", m0021_throttle_keys::up),
        Migration::new("0022_throttles_of_user", m0022_throttles_of_user::up),
        Migration::new("0023_session_organisations", m0023_session_organisations::up),
        Migration::new("0025_impersonations", m0025_impersonations::up),
        Migration::new("0028_withdrawn_invitations", m0028_withdrawn_invitations::up),
        Migration::new("0029_revoked_subjects", m0029_revoked_subjects::up),
        Migration::new("0030_shut_accounts", m0030_shut_accounts::up),
    ]
}
