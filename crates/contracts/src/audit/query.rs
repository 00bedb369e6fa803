//! What the audit log is asked for.

use crate::{OrganisationId, ServiceName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

macro_rules! filtered {
    ($(#[$meta:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// Only what this principal did: the id of a user, key, service account or client, or the name of a service.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub principal: Option<String>,
            /// Only what this user did as somebody else.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub actor: Option<UserId>,
            /// Only what this user did, by themselves or as somebody else, and what was done to their account; what was done
            /// to a session or device of theirs stands under its own id.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub about: Option<UserId>,
            /// Only what was done to this organisation, and to what belongs to it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub organisation: Option<OrganisationId>,
            /// Only this action, such as `login`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub action: Option<String>,
            /// Only what was done to this kind of thing, such as `user`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub resource: Option<String>,
            /// Only what was done to the thing with this id.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub resource_id: Option<String>,
            /// Only what was done in this service.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[param(value_type = Option<String>)]
            pub service: Option<ServiceName>,
            /// Only what was done from this address. Entries that an older version appended are not found by it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[param(value_type = Option<String>)]
            pub ip_address: Option<IpAddr>,
            /// Only what was done (`true`), or only tried (`false`).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub success: Option<bool>,
            /// Only what happened at this moment or later.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub since: Option<DateTime<Utc>>,
            /// Only what happened before this moment.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub until: Option<DateTime<Utc>>,
            $($more)*
        }
    };
}

filtered! {
    /// What is wanted of the log. What is given must all be so.
    AuditFilter {}
}

filtered! {
    /// The query of `GET /api/v1/audit`. What is given must all be so.
    AuditQuery {
        /// The `next_cursor` of the page before; opaque.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cursor: Option<String>,
        /// Items per page, 1 to 200; 50 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[param(minimum = 1, maximum = 200)]
        pub limit: Option<u32>,
    }
}

filtered! {
    /// The query of `GET /api/v1/audit/export`. What is given must all be so.
    AuditExportQuery {
        /// `csv`, or `ndjson`: each entry as JSON in a line of its own.
        #[serde(default)]
        #[param(example = "csv")]
        pub format: String,
    }
}

macro_rules! filter_of {
    ($name:ident) => {
        impl $name {
            /// What it wants of the log.
            pub fn filter(&self) -> AuditFilter {
                AuditFilter {
                    principal: self.principal.clone(),
                    actor: self.actor,
                    about: self.about,
                    organisation: self.organisation,
                    action: self.action.clone(),
                    resource: self.resource.clone(),
                    resource_id: self.resource_id.clone(),
                    service: self.service,
                    ip_address: self.ip_address,
                    success: self.success,
                    since: self.since,
                    until: self.until,
                }
            }
        }
    };
}

filter_of!(AuditQuery);
filter_of!(AuditExportQuery);
