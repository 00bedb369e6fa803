//! `/api/v1/templates`.

use crate::domain::{Notifications, TemplatePosition};
use axum::Json;
use axum::extract::State;
use orion_contracts::notifications::TemplateInfo;
use orion_contracts::permissions::TemplatesRead;
use orion_contracts::{Page, PageQuery};
use orion_http::{ApiProblem, Require, ValidQuery, page};

/// Lists templates by name, channel, locale and version.
///
/// Needs the permission `templates.read`.
#[utoipa::path(
    get,
    path = "/api/v1/templates",
    tag = "templates",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of templates", body = Page<TemplateInfo>),
    ),
    security(("bearer" = []))
)]
pub(super) async fn list(
    _: Require<TemplatesRead>,
    State(notifications): State<Notifications>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<TemplateInfo>>, ApiProblem> {
    let (after, limit) = (page::decode(query.cursor.as_deref())?, page::limit(query.limit)?);
    let templates = notifications.templates(after, u64::from(limit) + 1).await?;
    Ok(Json(page::page(templates, limit, TemplatePosition::of)))
}
