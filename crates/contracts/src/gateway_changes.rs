//! What of the gateway changes while it runs: a document of routes in versions. The gateway keeps it, each of its processes
//! applies it over what its own file has.

use crate::problem::FieldError;
use crate::{InstanceId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What kind of thing the gateway's document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GatewayItemKind {
    /// A route to a service of the user's own.
    Route,
}

impl GatewayItemKind {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Route];

    /// The word as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Route => "route",
        }
    }

    /// The list of the document that has things of this kind; also their segment after `/api/v1/`.
    pub const fn list(self) -> &'static str {
        match self {
            Self::Route => "routes",
        }
    }

    /// The kind of a word as stored; none of a word that this version does not know.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Where something of the gateway's stands, and so where it is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GatewaySource {
    /// It is ORION's own, and does not change.
    Orion,
    /// It stands in the file of the process, and is changed there.
    File,
    /// It is kept in the database, and is changed by the API, the console and the command line.
    Stored,
}

/// What a change did to one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GatewayEdit {
    /// It was not there before.
    Added,
    /// It is another one since.
    Replaced,
    /// It is no more.
    Removed,
}

/// What a change did to one thing of the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "kind": "route", "name": "shop", "edit": "replaced",
    "before": { "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8080/" },
    "after": { "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8081/" },
}))]
pub struct GatewayItemChange {
    /// What kind of thing.
    pub kind: GatewayItemKind,
    /// Which one.
    pub name: String,
    /// What became of it.
    pub edit: GatewayEdit,
    /// As it was; null when it was not there.
    #[schema(required, value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// As it is since; null when it was removed.
    #[schema(required, value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

/// A version of the document, `GET /api/v1/gateway/versions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayVersion {
    /// Counts up with each change.
    #[schema(example = 7)]
    pub version: i64,
    /// Why it was made.
    #[schema(required, example = "the shop has moved")]
    pub reason: Option<String>,
    /// The version that was restored by it.
    #[schema(required, example = json!(null))]
    pub restored: Option<i64>,
    /// Who made it.
    #[schema(required)]
    pub changed_by: Option<UserId>,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// How many things it changed.
    #[schema(example = 1)]
    pub changed: u64,
    /// The first of them, such as "route shop added".
    #[schema(example = json!(["route shop replaced"]))]
    pub summary: Vec<String>,
}

/// A version and what it changed, `GET /api/v1/gateway/versions/{version}`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayVersionDetail {
    /// The version.
    #[serde(flatten)]
    pub version: GatewayVersion,
    /// Which version it is compared with: the one before, unless another was asked for.
    #[schema(example = 6)]
    pub against: i64,
    /// What differs.
    pub changes: Vec<GatewayItemChange>,
}

/// The query of `GET /api/v1/gateway/versions/{version}`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GatewayVersionQuery {
    /// The version to compare with; the one before when absent. 0 is the empty document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 0)]
    pub against: Option<i64>,
}

/// Why something is changed, in the query of each change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GatewayReasonQuery {
    /// Why, for those who read the history: 500 characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(max_length = 500)]
    pub reason: Option<String>,
}

/// What would become of a document, `POST /api/v1/gateway/validate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayVerdict {
    /// Whether it would be taken.
    pub is_valid: bool,
    /// All that is wrong with it.
    pub faults: Vec<FieldError>,
    /// What is allowed, and may not be meant.
    #[schema(example = json!([]))]
    pub warnings: Vec<String>,
    /// What it would change.
    pub changes: Vec<GatewayItemChange>,
}

/// Which version each gateway process has applied, `GET /api/v1/gateway/applied`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayAppliedList {
    /// The version of the document now.
    #[schema(example = 7)]
    pub version: i64,
    /// The processes that are there.
    pub instances: Vec<GatewayApplied>,
}

/// What a gateway process has in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayApplied {
    /// Which process.
    pub instance: InstanceId,
    /// The version that it has applied; null where it could apply none since its start, and serves ORION's own routes alone.
    #[schema(required, example = 7)]
    pub version: Option<i64>,
    /// Why it has not applied the version that it saw last; the one that it has applied is in force meanwhile.
    #[schema(example = json!([]))]
    pub refused: Vec<String>,
    /// What is wrong with its file since that was changed; what stood there before is in force meanwhile.
    #[serde(default)]
    #[schema(example = json!([]))]
    pub file_refused: Vec<String>,
    /// When it applied what is in force.
    #[schema(required)]
    pub applied_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::GatewayItemKind;

    #[test]
    fn a_kind_is_found_by_its_word_and_no_other() {
        for kind in GatewayItemKind::ALL {
            assert_eq!(GatewayItemKind::of_word(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).expect("a word"), kind.as_str());
        }
        assert_eq!(GatewayItemKind::of_word("of_tomorrow"), None);
    }
}
