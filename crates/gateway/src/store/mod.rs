//! Queries, as plain functions over a connection or a change. Only this folder knows tables.

pub(crate) mod items;
pub(crate) mod versions;

use orion_infra::jobs::{RetentionRule, days};

/// How long versions stay that nobody has in force: three months, and the last 200 whatever their age. What stood in one that
/// is kept is kept a day longer, so that none is cut while the version is still there.
pub(crate) const RETENTION: &[RetentionRule] = &[
    RetentionRule {
        table: "gateway_versions",
        key: "version",
        column: "changed_at",
        keep: days(90),
        only: Some("version <= (SELECT last - 200 FROM gateway_version WHERE id = 1)"),
    },
    RetentionRule {
        table: "gateway_items",
        key: "name",
        column: "ended_at",
        keep: days(91),
        only: Some("until <= (SELECT last - 200 FROM gateway_version WHERE id = 1)"),
    },
];
