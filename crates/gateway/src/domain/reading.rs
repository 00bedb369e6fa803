//! What is kept, and what stands in the file, as it is read.

use super::{Gateway, GatewayError};
use crate::document::{Document, GatewayDocument, RouteDetail, StoredDocument};
use crate::routing::Route;
use crate::store::{items, versions};
use orion_contracts::gateway_changes::{GatewayItemKind, GatewaySource};
use orion_contracts::{Problem, UserId};
use std::collections::HashSet;
use std::sync::Arc;

impl Gateway {
    /// The newest version, whether this process could apply it or not.
    pub(super) async fn newest(&self) -> Result<Arc<Document>, Problem> {
        let read = self.infra.db.read();
        let newest = versions::newest(read).await?;
        let known = self.in_force.document();
        if known.stamp == newest {
            return Ok(known);
        }
        Ok(Arc::new(Document::new(newest, items::at(self.infra.db.read_aside(), newest.version).await?)))
    }

    /// One route, kept or of the file of this process.
    pub(crate) async fn route(&self, name: &str) -> Result<RouteDetail, Problem> {
        let newest = self.newest().await?;
        if let Some(item) = newest.items.get(&(GatewayItemKind::Route, name.to_owned())) {
            return RouteDetail::of_item(item).map_err(|why| GatewayError::Unread(why.to_owned()).into());
        }
        let base = self.in_force.base();
        let at = base.place_of_route(name).ok_or(GatewayError::NoSuchRoute)?;
        let route = base.config.routes.get(at).cloned().ok_or(GatewayError::NoSuchRoute)?;
        Ok(RouteDetail::of_file(route))
    }

    /// Where the routes in force stand, and which version changed them last and who.
    pub(crate) fn sources(&self) -> impl Fn(&Route) -> (GatewaySource, i64, Option<UserId>) {
        let document = self.in_force.document();
        let base = self.in_force.base();
        let file: HashSet<String> = base.config.routes.iter().map(|route| route.name.clone()).collect();
        move |route| match document.items.get(&(GatewayItemKind::Route, route.name.to_string())) {
            _ if route.reserved => (GatewaySource::Orion, 0, None),
            Some(item) if !file.contains(&*route.name) => (GatewaySource::Stored, item.since, item.changed_by),
            _ => (GatewaySource::File, 0, None),
        }
    }

    /// The whole document.
    pub(crate) async fn document(&self) -> Result<StoredDocument, Problem> {
        let newest = self.newest().await?;
        let version = newest.stamp.version;
        Ok(StoredDocument { version, document: readable(&newest), warnings: Vec::new() })
    }
}

/// What of a document this version can read.
pub(super) fn readable(document: &Document) -> GatewayDocument {
    let routes = document.items.values().filter_map(|item| item.route.clone().ok());
    GatewayDocument { routes: routes.collect() }
}
