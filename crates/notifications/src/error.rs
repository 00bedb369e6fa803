//! What can go wrong, and how it is answered.

use crate::domain::template::TemplateError;
use orion_contracts::Problem;
use orion_contracts::notifications::Channel;
use orion_infra::DbError;
use sea_orm::DbErr;

/// Why the service did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotificationsError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("there is no published template {name} for {}", channel.as_str())]
    NoTemplate { name: &'static str, channel: Channel },
    #[error("not found")]
    NotFound,
    /// Somebody else has ended the delivery meanwhile.
    #[error("another worker has taken the delivery over")]
    TakenOver,
}

impl From<DbErr> for NotificationsError {
    fn from(error: DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<NotificationsError> for Problem {
    fn from(error: NotificationsError) -> Self {
        match error {
            NotificationsError::Db(error) => error.into(),
            NotificationsError::NotFound => Self::not_found(),
            NotificationsError::TakenOver => Self::conflict(),
            NotificationsError::Template(_) | NotificationsError::NoTemplate { .. } => {
                tracing::error!(%error, "a notification cannot be made from its template");
                Self::internal()
            }
        }
    }
}
