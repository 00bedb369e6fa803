//! The templates table.

use super::decode;
use super::entities::template::{ActiveModel, Column, Entity, Model};
use crate::domain::TemplatePosition;
use crate::domain::template::{ShippedTemplate, Template};
use orion_contracts::TemplateId;
use orion_contracts::notifications::{Channel, TemplateInfo};
use orion_infra::db::dialect::lock_table;
use orion_infra::{Change, DbError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A version, as far as seeding looks at it.
#[derive(FromQueryResult)]
pub(crate) struct Version {
    pub(crate) id: Uuid,
    name: String,
    channel: String,
    locale: String,
    pub(crate) version: i64,
    /// Which version of the program's own text it is, if it is one.
    pub(crate) shipped_version: Option<i64>,
    pub(crate) is_published: bool,
}

impl Version {
    /// Whether it is one of this template's.
    pub(crate) fn is_of(&self, template: &ShippedTemplate) -> bool {
        let ShippedTemplate { name, channel, locale, .. } = template;
        (&self.name, &*self.channel, &self.locale) == (name, channel.as_str(), locale)
    }
}

/// A version in use, as far as choosing a language looks at it.
#[derive(FromQueryResult)]
struct Published {
    id: Uuid,
    locale: String,
}

/// A shipped template to be written down.
pub(crate) struct NewVersion<'a> {
    pub(crate) template: &'a ShippedTemplate,
    /// Counted here, for what is shipped and what is written here together.
    pub(crate) version: i64,
    pub(crate) is_published: bool,
}

/// The versions that there are of these templates.
pub(crate) async fn versions(change: &Change, templates: &[ShippedTemplate]) -> Result<Vec<Version>, DbError> {
    let columns = [
        Column::Id,
        Column::Name,
        Column::Channel,
        Column::Locale,
        Column::Version,
        Column::ShippedVersion,
        Column::IsPublished,
    ];
    let names: BTreeSet<&str> = templates.iter().map(|template| &*template.name).collect();
    let query = Entity::find().select_only().columns(columns).filter(Column::Name.is_in(names));
    Ok(query.into_model().all(change).await?)
}

/// Lets nobody else write templates until the change is made.
pub(crate) async fn lock(change: &Change) -> Result<(), DbError> {
    Ok(lock_table(change, "templates").await?)
}

/// Takes versions out of use.
pub(crate) async fn unpublish(change: &Change, ids: Vec<TemplateId>) -> Result<(), DbError> {
    if !ids.is_empty() {
        let update = Entity::update_many().col_expr(Column::IsPublished, false.into());
        update.filter(Column::Id.is_in(ids.into_iter().map(|id| id.0))).exec(change).await?;
    }
    Ok(())
}

/// Writes versions down.
pub(crate) async fn insert(change: &Change, versions: Vec<NewVersion<'_>>) -> Result<(), DbError> {
    let rows = versions.into_iter().map(|new| row(change, new)).collect::<Result<Vec<ActiveModel>, DbErr>>()?;
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(change).await?;
    }
    Ok(())
}

fn row(change: &Change, NewVersion { template, version, is_published }: NewVersion) -> Result<ActiveModel, DbErr> {
    let model = Model {
        id: change.id(),
        name: template.name.clone(),
        channel: template.channel.as_str().to_owned(),
        locale: template.locale.clone(),
        version,
        shipped_version: Some(template.version),
        display_name: template.display_name.clone(),
        category: template.category.as_str().to_owned(),
        subject: Some(template.subject.clone()),
        body: template.body.clone(),
        html_body: template.html_body.clone(),
        variables: decode(serde_json::to_value(&template.variables))?,
        is_published,
        created_at: change.now(),
    };
    Ok(model.into_active_model())
}

/// One version in one locale.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: TemplateId) -> Result<Option<Template>, DbError> {
    let found = Entity::find_by_id(id.0).one(connection).await?;
    Ok(found.map(template).transpose()?)
}

/// The published versions of a template in any of the locales, each with its locale.
pub(crate) async fn published(
    connection: &impl ConnectionTrait,
    name: &str,
    channel: Channel,
    locales: &[&str],
) -> Result<Vec<(String, TemplateId)>, DbError> {
    let query = Entity::find()
        .select_only()
        .columns([Column::Locale, Column::Id])
        .filter(Column::Name.eq(name))
        .filter(Column::Channel.eq(channel.as_str()))
        .filter(Column::IsPublished.eq(true))
        .filter(Column::Locale.is_in(locales.iter().copied()));
    let rows: Vec<Published> = query.into_model().all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.locale, TemplateId(row.id))).collect())
}

/// All versions by name, channel, locale and version, after the given one.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    after: Option<TemplatePosition>,
    limit: u64,
) -> Result<Vec<TemplateInfo>, DbError> {
    let mut cursor = Entity::find().cursor_by((Column::Name, Column::Channel, Column::Locale, Column::Version));
    if let Some(TemplatePosition(name, channel, locale, version)) = after {
        cursor.after((name, channel, locale, version));
    }
    let rows = cursor.first(limit).all(connection).await?;
    rows.into_iter().map(|row| Ok(info(row)?)).collect()
}

fn template(row: Model) -> Result<Template, DbErr> {
    Ok(Template {
        subject: row.subject,
        body: row.body,
        html_body: row.html_body,
        variables: decode(serde_json::from_value(row.variables))?,
    })
}

fn info(row: Model) -> Result<TemplateInfo, DbErr> {
    Ok(TemplateInfo {
        id: TemplateId(row.id),
        name: row.name,
        display_name: row.display_name,
        channel: decode(row.channel.parse())?,
        category: decode(row.category.parse())?,
        locale: row.locale,
        version: row.version,
        is_published: row.is_published,
    })
}
