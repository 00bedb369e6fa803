//! The templates table.

use super::decode;
use super::entities::template::{ActiveModel, Column, Entity, Model};
use crate::domain::TemplatePosition;
use crate::domain::template::{NewTemplate, Template};
use chrono::{DateTime, Utc};
use orion_contracts::TemplateId;
use orion_contracts::notifications::{Channel, TemplateInfo};
use orion_infra::{Change, DbError};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

/// Writes the templates that are not there yet; versions that are there stay as they are.
pub(crate) async fn insert_missing(
    change: &Change,
    templates: Vec<NewTemplate>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let mut rows: Vec<ActiveModel> = Vec::with_capacity(templates.len());
    for template in templates {
        rows.push(row(template, now)?);
    }
    let any = OnConflict::new().do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(any).exec_without_returning(change).await?;
    Ok(())
}

fn row(template: NewTemplate, now: DateTime<Utc>) -> Result<ActiveModel, DbErr> {
    let model = Model {
        id: template.id.0,
        name: template.name.to_owned(),
        channel: template.channel.as_str().to_owned(),
        locale: template.locale.to_owned(),
        version: template.version,
        display_name: template.display_name.to_owned(),
        category: template.category.as_str().to_owned(),
        subject: Some(template.subject.to_owned()),
        body: template.body,
        html_body: template.html_body,
        variables: decode(serde_json::to_value(&template.variables))?,
        is_published: true,
        created_at: now,
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
) -> Result<Vec<(String, Template)>, DbError> {
    let rows = Entity::find()
        .filter(Column::Name.eq(name))
        .filter(Column::Channel.eq(channel.as_str()))
        .filter(Column::IsPublished.eq(true))
        .filter(Column::Locale.is_in(locales.iter().copied()))
        .all(connection)
        .await?;
    rows.into_iter().map(|row| Ok((row.locale.clone(), template(row)?))).collect()
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
        id: TemplateId(row.id),
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
