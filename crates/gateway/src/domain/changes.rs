//! Changes of one route: adding, replacing and removing it.

use super::make::{Made, Why};
use super::{Gateway, GatewayError};
use crate::document::{Document, Edits, Item, Key, RouteDetail};
use crate::routing::RouteConfig;
use orion_contracts::gateway_changes::GatewayItemKind;
use orion_contracts::{Author, FieldCode, FieldFault, Problem, text};
use orion_infra::Change;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use serde_json::Value as Json;
use std::sync::Arc;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

impl Gateway {
    /// Adds a route.
    pub(crate) async fn add_route(
        &self,
        author: impl Into<Author>,
        key: &IdempotencyKey,
        route: &RouteConfig,
        reason: Option<&str>,
    ) -> Result<RouteDetail, Problem> {
        reason.map_or(Ok(()), check_reason)?;
        let item = (GatewayItemKind::Route, route.name.clone());
        let definition = definition_of(route)?;
        let made = self
            .infra
            .write_once(author, key, async |change: &mut Change| {
                let standing = self.hold(change).await?;
                let base = self.in_force.base();
                if let Some(at) = base.place_of_route(&route.name) {
                    return Err(GatewayError::InFile(at).into());
                }
                if standing.items.contains_key(&item) {
                    return Err(GatewayError::NameTaken.into());
                }
                let edits = Edits::from([(item.clone(), Some(definition.clone()))]);
                let made = self.make(change, &standing, edits, Why { reason, restored: None }).await?;
                detail(&made, &item)
            })
            .await?;
        self.apply_here().await;
        Ok(made)
    }

    /// Puts another route in the place of one.
    pub(crate) async fn replace_route(
        &self,
        author: impl Into<Author>,
        name: &str,
        seen: &SeenVersions,
        route: &RouteConfig,
        reason: Option<&str>,
    ) -> Result<RouteDetail, Problem> {
        reason.map_or(Ok(()), check_reason)?;
        if route.name != name {
            let message = format!("must be \"{name}\": a route is renamed by adding it anew and removing it");
            return Err(Problem::validation().field("name", FieldCode::Invalid, message));
        }
        let item = (GatewayItemKind::Route, name.to_owned());
        let definition = definition_of(route)?;
        let made = self
            .infra
            .write(author, async |change: &mut Change| {
                let standing = self.hold(change).await?;
                seen.check(self.find_kept(&standing, &item)?.since)?;
                let edits = Edits::from([(item.clone(), Some(definition.clone()))]);
                let made = self.make(change, &standing, edits, Why { reason, restored: None }).await?;
                detail(&made, &item)
            })
            .await?;
        self.apply_here().await;
        Ok(made)
    }

    /// Removes a route.
    pub(crate) async fn remove_route(
        &self,
        author: impl Into<Author>,
        name: &str,
        seen: &SeenVersions,
        reason: Option<&str>,
    ) -> Result<(), Problem> {
        reason.map_or(Ok(()), check_reason)?;
        let item = (GatewayItemKind::Route, name.to_owned());
        self.infra
            .write(author, async |change: &mut Change| {
                let standing = self.hold(change).await?;
                seen.check(self.find_kept(&standing, &item)?.since)?;
                let edits = Edits::from([(item.clone(), None)]);
                self.make(change, &standing, edits, Why { reason, restored: None }).await.map(drop)
            })
            .await?;
        self.apply_here().await;
        Ok(())
    }

    /// What is kept under a name; or where it is otherwise.
    fn find_kept<'a>(&self, standing: &'a Document, item: &Key) -> Result<&'a Arc<Item>, Problem> {
        match (standing.items.get(item), self.in_force.base().place_of_route(&item.1)) {
            (Some(found), _) => Ok(found),
            (None, Some(at)) => Err(GatewayError::InFile(at).into()),
            (None, None) => Err(GatewayError::NoSuchRoute.into()),
        }
    }

    /// Applies what was changed in this process before its author is answered; others do at the announcement.
    pub(super) async fn apply_here(&self) {
        if let Err(error) = self.in_force.refresh().await {
            tracing::debug!(%error, "a change of the gateway's document is applied a moment later");
        }
    }
}

/// A route as it is kept: with all that it does not say, so that another default changes nothing of what stands.
pub(super) fn definition_of(route: &RouteConfig) -> Result<Json, Problem> {
    serde_json::to_value(route).map_err(|error| Problem::internal().detail(error.to_string()))
}

fn detail(made: &Made, key: &Key) -> Result<RouteDetail, Problem> {
    let item = made.document.items.get(key).ok_or(GatewayError::NoSuchRoute)?;
    let detail = RouteDetail::of_item(item).map_err(|why| GatewayError::Unread(why.to_owned()))?;
    Ok(RouteDetail { warnings: made.warnings.clone(), ..detail })
}

/// Whether a reason can be kept.
pub(super) fn check_reason(reason: &str) -> Result<(), Problem> {
    let refuse = |fault: FieldFault| Err(Problem::validation().field("reason", fault.code, fault.message));
    if reason.chars().count() > LONGEST_REASON {
        return refuse(FieldFault::new(FieldCode::TooLong, format!("must have at most {LONGEST_REASON} characters")));
    }
    text::check_name(reason).or_else(refuse)
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
