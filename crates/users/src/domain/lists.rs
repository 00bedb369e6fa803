//! Lists of roles and permissions.

use super::Users;
use crate::error::UsersError;
use crate::store;
use orion_contracts::users::{PermissionInfo, Role};
use orion_contracts::{OrganisationId, Page, PageQuery};
use orion_http::{Permitted, page};

impl Users {
    /// Roles by name. All of them are in every process's memory, so a page is cut from the whole.
    pub(crate) async fn roles(&self, query: &PageQuery) -> Result<Page<Role>, UsersError> {
        self.roles_that(query, |_| true).await
    }

    /// Those that can be held inside an organisation that the caller may see, or for one of its teams.
    pub(crate) async fn roles_inside(
        &self,
        caller: &Permitted,
        id: OrganisationId,
        query: &PageQuery,
    ) -> Result<Page<Role>, UsersError> {
        self.organisation(caller, id).await?;
        let is_of_it = |role: &Role| role.organisation_id.is_none_or(|of| of == id);
        self.roles_that(query, |role| role.scope.is_inside() && is_of_it(role)).await
    }

    async fn roles_that(&self, query: &PageQuery, is_meant: impl Fn(&Role) -> bool) -> Result<Page<Role>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<String> = page::decode(query.cursor.as_deref())?;
        let mut roles: Vec<_> = self.catalogue().await?.all().collect();
        roles.sort_by(|left, right| left.name.cmp(&right.name));
        roles.retain(|role| is_meant(role) && after.as_ref().is_none_or(|after| role.name > *after));
        roles.truncate(limit as usize + 1);
        Ok(page::page(roles, limit, |role| role.name.clone()))
    }

    /// Permissions by name. There are as many as the program knows.
    pub(crate) async fn permissions(&self, query: &PageQuery) -> Result<Page<PermissionInfo>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<String> = page::decode(query.cursor.as_deref())?;
        let mut permissions: Vec<_> =
            store::permissions::all(self.infra.db.read()).await?.into_iter().map(PermissionInfo::from).collect();
        permissions.sort_by(|left, right| left.name.cmp(&right.name));
        permissions.retain(|permission| after.as_ref().is_none_or(|after| permission.name > *after));
        permissions.truncate(limit as usize + 1);
        Ok(page::page(permissions, limit, |permission| permission.name.clone()))
    }
}
