//! The tables of the notifications service, in the order in which they came.

mod m0001_templates;
mod m0002_ledger;
mod m0004_addressees;

use orion_infra::db::schema::Migration;
use orion_infra::mailer::capture;

/// All migrations.
pub(crate) fn all() -> Vec<Migration> {
    vec![
        Migration::new("0001_templates", m0001_templates::up),
        Migration::new("0002_ledger", m0002_ledger::up),
        Migration::new("0003_captured_mails", capture::table),
        Migration::new("0004_addressees", m0004_addressees::up),
    ]
}
