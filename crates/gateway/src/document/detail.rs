//! The document and what stands in it, as the API takes and gives it.

use super::Item;
use crate::routing::RouteConfig;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::gateway_changes::GatewaySource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The whole document, `PUT /api/v1/gateway/document`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "routes": [{ "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8080" }] }))]
pub struct GatewayDocument {
    /// Routes to services of the user's own.
    pub routes: Vec<RouteConfig>,
}

/// The whole document as it is kept, `GET /api/v1/gateway/document`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoredDocument {
    /// Its version, and its `ETag`.
    #[schema(example = 7)]
    pub version: i64,
    /// What stands in it.
    pub document: GatewayDocument,
    /// What is allowed, and may not be meant; told when it is saved.
    #[serde(default)]
    #[schema(example = json!([]))]
    pub warnings: Vec<String>,
}

/// A route with where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "source": "stored", "version": 7, "changed_at": "2026-05-21T09:30:00Z",
    "changed_by": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
    "route": {
        "name": "shop", "path": "/shop/*", "upstream": "http://127.0.0.1:8080/", "access": "authenticated",
        "strip_prefix": false, "encoded_slashes": false, "forward_token": false, "api_keys": true,
    },
    "warnings": [],
}))]
pub struct RouteDetail {
    /// Where it stands, and so where it is changed.
    pub source: GatewaySource,
    /// The version of the document that changed it last, and its `ETag`; 0 of one that stands in the file.
    #[schema(example = 7)]
    pub version: i64,
    /// When that was.
    #[schema(required)]
    pub changed_at: Option<DateTime<Utc>>,
    /// Who did it: a user, or a service account.
    #[schema(required)]
    pub changed_by: Option<UserId>,
    /// What it is.
    pub route: RouteConfig,
    /// What is allowed, and may not be meant; told when it is saved.
    #[serde(default)]
    #[schema(example = json!([]))]
    pub warnings: Vec<String>,
}

impl RouteDetail {
    /// One that stands in the file.
    pub(crate) fn of_file(route: RouteConfig) -> Self {
        let source = GatewaySource::File;
        Self { source, version: 0, changed_at: None, changed_by: None, route, warnings: Vec::new() }
    }

    /// One that is kept; or why this version cannot read it.
    pub(crate) fn of_item(item: &Item) -> Result<Self, &str> {
        let route = item.route.clone().map_err(|_| item.route.as_ref().err().map_or("", String::as_str))?;
        Ok(Self {
            source: GatewaySource::Stored,
            version: item.since,
            changed_at: Some(item.changed_at),
            changed_by: item.changed_by,
            route,
            warnings: Vec::new(),
        })
    }
}
