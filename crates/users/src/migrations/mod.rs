//! The tables of this service, in the order in which they came.

mod m0001_users;
mod m0002_roles;
mod m0003_audit_log;
mod m0004_life_cycle;
mod m0005_denials;
mod m0006_audit_proof;
mod m0007_people;
mod m0009_api_keys;
mod m0010_conditions;
mod m0011_preferences;
mod m0012_organisations;
mod m0013_email_changes;
mod m0014_avatars;
mod m0015_promised_roles;
mod m0016_teams;
mod m0017_conditional_roles;
mod m0018_narrow_roles;
mod m0019_role_ends;
mod m0020_ended_keys;
mod m0025_ended_organisation_invitations;
mod m0026_open_invitations;
mod m0027_spelling;
mod m0028_sent_invitations;

use orion_infra::db::schema::Migration;

pub(crate) fn all() -> Vec<Migration> {
    vec![
        Migration::new("0001_users", m0001_users::up),
        Migration::new("0002_roles", m0002_roles::up),
        Migration::new("0003_audit_log", m0003_audit_log::up),
        Migration::new("0004_life_cycle", m0004_life_cycle::up),
        Migration::new("0005_denials", m0005_denials::up),
        Migration::new("0006_audit_proof", m0006_audit_proof::up),
        Migration::new("0007_people", m0007_people::up),
        Migration::new("0009_api_keys", m0009_api_keys::up),
        Migration::new("0010_conditions", m0010_conditions::up),
        Migration::new("0011_preferences", m0011_preferences::up),
        Migration::new("0012_organisations", m0012_organisations::up),
        Migration::new("0013_email_changes", m0013_email_changes::up),
        Migration::new("0014_avatars", m0014_avatars::up),
        Migration::new("0015_promised_roles", m0015_promised_roles::up),
        Migration::new("0016_teams", m0016_teams::up),
        Migration::new("0017_conditional_roles", m0017_conditional_roles::up),
        Migration::new("0018_narrow_roles", m0018_narrow_roles::up),
        Migration::new("0019_role_ends", m0019_role_ends::up),
        Migration::new("0020_ended_keys", m0020_ended_keys::up),
        Migration::new("0025_ended_organisation_invitations", m0025_ended_organisation_invitations::up),
        Migration::new("0026_open_invitations", m0026_open_invitations::up),
        Migration::new("0027_spelling", m0027_spelling::up),
        Migration::new("0028_sent_invitations", m0028_sent_invitations::up),
    ]
}
