//! Lists of users, roles and permissions.

use super::Users;
use crate::error::UsersError;
use crate::store;
use orion_contracts::users::{PermissionInfo, Role, User, UserQuery};
use orion_contracts::{FieldCode, Page, PageQuery, PermissionId, UserId};
use orion_http::identity::Scope;
use orion_http::page;

/// The longest text that is searched for, in characters.
const MAX_SEARCH: usize = 200;

impl Users {
    /// Users, newest first. They belong to no organisation yet, so who may see an organisation's sees none.
    pub(crate) async fn list(&self, scope: &Scope, query: &UserQuery) -> Result<Page<User>, UsersError> {
        let limit = page::limit(query.limit)?;
        if *scope != Scope::Everything {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        }
        let after: Option<UserId> = page::decode(query.cursor.as_deref())?;
        let text = query.search.as_deref().unwrap_or_default();
        if text.chars().count() > MAX_SEARCH {
            return Err(UsersError::invalid("search", FieldCode::TooLong, "must have at most 200 characters"));
        }
        let search = Some(store::terms::normalised(text)).filter(|text| !text.is_empty());
        let filter = store::users::Filter { search, status: query.status, after, limit: u64::from(limit) + 1 };
        let db = self.infra.db.read_aside();
        let found = store::users::list(db, &filter).await?;
        let ids: Vec<_> = found.iter().map(|user| user.id).collect();
        let mut names = store::user_roles::names(db, &ids, self.infra.clock.now()).await?;
        let users = found
            .into_iter()
            .map(|user| {
                let roles = names.remove(&user.id).unwrap_or_default();
                user.with_roles(roles)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(page::page(users, limit, |user| user.id))
    }

    /// Roles by name. All of them are in every process's memory, so a page is cut from the whole.
    pub(crate) async fn roles(&self, query: &PageQuery) -> Result<Page<Role>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<String> = page::decode(query.cursor.as_deref())?;
        let mut roles = self.catalogue().await?.roles;
        roles.sort_by(|left, right| left.name.cmp(&right.name));
        roles.retain(|role| after.as_ref().is_none_or(|after| role.name > *after));
        roles.truncate(limit as usize + 1);
        Ok(page::page(roles, limit, |role| role.name.clone()))
    }

    /// Permissions by name. There are as many as the program knows.
    pub(crate) async fn permissions(&self, query: &PageQuery) -> Result<Page<PermissionInfo>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<String> = page::decode(query.cursor.as_deref())?;
        let mut permissions: Vec<_> = store::permissions::all(self.infra.db.read())
            .await?
            .into_iter()
            .map(|permission| PermissionInfo {
                id: PermissionId(permission.id),
                name: permission.name,
                display_name: permission.display_name,
                resource: permission.resource,
                action: permission.action,
            })
            .collect();
        permissions.sort_by(|left, right| left.name.cmp(&right.name));
        permissions.retain(|permission| after.as_ref().is_none_or(|after| permission.name > *after));
        permissions.truncate(limit as usize + 1);
        Ok(page::page(permissions, limit, |permission| permission.name.clone()))
    }
}
