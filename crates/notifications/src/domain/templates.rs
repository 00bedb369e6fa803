//! Finding templates.

use super::Notifications;
use crate::error::NotificationsError;
use crate::store;
use orion_contracts::TemplateId;
use orion_contracts::notifications::{Channel, TemplateInfo};
use orion_contracts::text::canonical_locale;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

/// The language of last resort.
pub(crate) const FALLBACK_LOCALE: &str = "en";

/// Where a page of the list begins: after the template of this name, channel, locale and version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TemplatePosition(pub(crate) String, pub(crate) String, pub(crate) String, pub(crate) i64);

impl TemplatePosition {
    /// The position of a template in the list.
    pub(crate) fn of(template: &TemplateInfo) -> Self {
        let channel = template.channel.as_str().to_owned();
        Self(template.name.clone(), channel, template.locale.clone(), template.version)
    }
}

impl Notifications {
    /// All templates, after the given position.
    pub(crate) async fn templates(
        &self,
        after: Option<TemplatePosition>,
        limit: u64,
    ) -> Result<Vec<TemplateInfo>, NotificationsError> {
        Ok(store::templates::list(self.infra.db.read(), after, limit).await?)
    }

    /// The published version of a template in the language asked for, in whatever case, in its main language, or in English.
    pub(super) async fn template(
        &self,
        connection: &impl ConnectionTrait,
        name: &'static str,
        channel: Channel,
        locale: &str,
    ) -> Result<TemplateId, NotificationsError> {
        Ok(self.closest(connection, name, channel, locale).await?.1)
    }

    /// The language of the template by which somebody is told who asks for this one.
    pub(crate) async fn template_locale(
        &self,
        connection: &impl ConnectionTrait,
        name: &'static str,
        channel: Channel,
        locale: &str,
    ) -> Result<String, NotificationsError> {
        Ok(self.closest(connection, name, channel, locale).await?.0)
    }

    async fn closest(
        &self,
        connection: &impl ConnectionTrait,
        name: &'static str,
        channel: Channel,
        locale: &str,
    ) -> Result<(String, TemplateId), NotificationsError> {
        let locale = canonical_locale(locale).unwrap_or_else(|_| FALLBACK_LOCALE.to_owned());
        let language = locale.split('-').next().unwrap_or(&locale);
        let wanted = [&*locale, language, FALLBACK_LOCALE];
        let mut found = store::templates::published(connection, name, channel, &wanted).await?;
        wanted
            .iter()
            .find_map(|wanted| found.iter().position(|(locale, _)| locale == *wanted))
            .map(|at| found.swap_remove(at))
            .ok_or(NotificationsError::NoTemplate { name, channel })
    }
}
