//! Permissions as administrators may change them: whether decisions about one are logged.

use super::powers::Powers;
use super::roles::Hierarchy;
use super::{Users, ranks};
use crate::error::UsersError;
use crate::store;
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::users::{PermissionInfo, UpdatePermission};
use orion_http::Permitted;
use orion_http::identity::{Bounds, Object};
use orion_infra::audit::AuditRecord;
use serde_json::json;

impl Users {
    /// Has decisions about a permission logged, or no more; the permission after it. Nobody decides that of what they do not hold.
    pub(crate) async fn update_permission(
        &self,
        caller: &Permitted,
        name: &str,
        request: &UpdatePermission,
    ) -> Result<PermissionInfo, UsersError> {
        self.infra
            .write(&caller.caller, async |change| {
                store::role_catalogue::lock(change).await?;
                ranks::lock_caller(change, caller, &Object::PLATFORM).await?;
                let known = Hierarchy::read(change).await?;
                let all = store::permissions::all(change).await?;
                let found = all.into_iter().find(|found| found.name == name).ok_or(UsersError::PermissionNotFound)?;
                if found.log_decisions == request.log_decisions {
                    change.unaudited("nothing changed");
                    return Ok(found.into());
                }
                let powers = Powers::of_caller(change, caller, Bounds::from(&*caller.claims), &known).await?;
                powers.refuse_beyond([&found.name], &Object::PLATFORM, None)?;
                store::permissions::log_decisions(change, found.id, request.log_decisions).await?;
                let words = match request.log_decisions {
                    true => "Has decisions logged about",
                    false => "Has decisions logged no more about",
                };
                let value = |logged: bool| Some(json!({ "log_decisions": logged }));
                let record = AuditRecord::new(AuditAction::Update, "permission", format!("{words} {name}")).on(name);
                change.audit(record.values(value(found.log_decisions), value(request.log_decisions)));
                let version = store::role_catalogue::raise(change).await?;
                change.announce(BusMessage::RolesChanged { version });
                Ok(store::permissions::Model { log_decisions: request.log_decisions, ..found }.into())
            })
            .await
    }
}
