//! A person's in-app inbox.

use super::Notifications;
use crate::error::NotificationsError;
use crate::store::{self, inbox::Marked};
use orion_contracts::audit::AuditAction;
use orion_contracts::notifications::InboxItem;
use orion_contracts::{NotificationId, UserId};
use orion_http::Caller;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;

impl Notifications {
    /// The newest entries, after the given one.
    pub(crate) async fn inbox(
        &self,
        user: UserId,
        after: Option<NotificationId>,
        limit: u64,
    ) -> Result<Vec<InboxItem>, NotificationsError> {
        Ok(store::inbox::list(self.infra.db.read(), user, after, limit).await?)
    }

    /// Marks an entry of the caller's own inbox as read. Doing it again changes nothing.
    pub(crate) async fn mark_read(&self, caller: &Caller, id: NotificationId) -> Result<(), NotificationsError> {
        self.infra
            .write(caller, async |change: &mut Change| {
                match store::inbox::mark_read(change, caller.user_id(), id, change.now()).await? {
                    Marked::NotThere => Err(NotificationsError::NotFound),
                    Marked::Before => Ok(()),
                    Marked::Now => {
                        let record = AuditRecord::new(AuditAction::Update, "notification", "Read a notification");
                        change.audit(record.on(id));
                        Ok(())
                    }
                }
            })
            .await
    }
}
