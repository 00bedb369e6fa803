//! `/api/v1/notifications/captured-mails`: mails that were kept instead of sent. Empty where SMTP is configured.

use crate::domain::Notifications;
use axum::Json;
use axum::extract::State;
use orion_contracts::notifications::{CapturedMail, CapturedMailQuery, CapturedMailSummary};
use orion_contracts::permissions::CapturedMailRead;
use orion_contracts::{CapturedMailId, Email, Page, Problem};
use orion_http::{ApiProblem, Require, ValidPath, ValidQuery, page};
use orion_infra::mailer::capture;

/// Lists captured mails, newest first.
///
/// Mails that were kept instead of sent; there are none where SMTP is configured. Needs the permission `captured-mail.read`.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/captured-mails",
    tag = "captured-mails",
    params(CapturedMailQuery),
    responses(
        (status = 200, description = "A page of captured mails", body = Page<CapturedMailSummary>),
    ),
    security(("bearer" = []))
)]
pub(super) async fn list(
    _: Require<CapturedMailRead>,
    State(notifications): State<Notifications>,
    ValidQuery(query): ValidQuery<CapturedMailQuery>,
) -> Result<Json<Page<CapturedMailSummary>>, ApiProblem> {
    let (after, limit) = (page::decode(query.cursor.as_deref())?, page::limit(query.limit)?);
    let mails = capture::list(&notifications.infra.db, query.to.as_ref().map(Email::as_str), after, limit + 1).await?;
    Ok(Json(page::page(mails, limit, |mail| mail.id)))
}

/// Reads a captured mail, with its text and HTML.
///
/// Needs the permission `captured-mail.read`.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/captured-mails/{id}",
    tag = "captured-mails",
    params(("id" = CapturedMailId, Path, description = "The mail")),
    responses(
        (status = 200, description = "The mail", body = CapturedMail),
        (status = 404, description = "There is no such mail", body = Problem,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
pub(super) async fn find(
    _: Require<CapturedMailRead>,
    State(notifications): State<Notifications>,
    ValidPath(id): ValidPath<CapturedMailId>,
) -> Result<Json<CapturedMail>, ApiProblem> {
    let mail = capture::find(&notifications.infra.db, id).await?;
    Ok(Json(mail.ok_or_else(Problem::not_found)?))
}
