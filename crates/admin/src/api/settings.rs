//! `/api/v1/settings`: keys of the configuration that change while the platform runs.

use super::Console;
use axum::Json;
use axum::extract::State;
use http::{HeaderName, HeaderValue};
use orion_contracts::internal::FindSettings;
use orion_contracts::permissions::{SettingsRead, SettingsWrite};
use orion_contracts::settings::{PutSetting, Setting, SettingChange, SettingChangeQuery, SettingList, SettingSnapshot};
use orion_contracts::{Page, Problem};
use orion_http::etag::{IfMatch, etag};
use orion_http::{ApiProblem, FromPeer, Require, Valid, ValidPath, ValidQuery, page};

/// A setting, and its version for whoever changes it next.
type Answer = ([(HeaderName, HeaderValue); 1], Json<Setting>);

fn answer(setting: Setting) -> Answer {
    (etag(setting.version), Json(setting))
}

/// All settings, and which version each instance has applied.
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "settings", operation_id = "list_settings", security(("bearer" = [])),
    responses(
        (status = 200, description = "All settings", body = SettingList),
    )
)]
pub(super) async fn list(
    _: Require<SettingsRead>,
    State(console): State<Console>,
) -> Result<Json<SettingList>, ApiProblem> {
    Ok(Json(console.settings.list(&console.health.instances).await?))
}

/// One setting.
#[utoipa::path(
    get, path = "/api/v1/settings/{key}", tag = "settings", operation_id = "get_setting", security(("bearer" = [])),
    params(("key" = String, Path, description = "Such as `auth.access_token_seconds`")),
    responses(
        (status = 200, description = "The setting", body = Setting, headers(("ETag" = String, description = "Its version"))),
    )
)]
pub(super) async fn find(
    _: Require<SettingsRead>,
    State(console): State<Console>,
    ValidPath(key): ValidPath<String>,
) -> Result<Answer, ApiProblem> {
    Ok(answer(console.settings.find(&key).await?))
}

/// Changes a setting. Every process applies it within a moment; `GET /api/v1/settings` says which have.
#[utoipa::path(
    put, path = "/api/v1/settings/{key}", tag = "settings", operation_id = "put_setting", security(("bearer" = [])),
    params(
        ("key" = String, Path, description = "Such as `auth.access_token_seconds`"),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen"),
    ),
    request_body = PutSetting,
    responses(
        (status = 200, description = "The setting as it is now", body = Setting, headers(("ETag" = String, description = "Its version"))),
        (status = 412, description = "Somebody else has changed it since", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    caller: Require<SettingsWrite>,
    State(console): State<Console>,
    ValidPath(key): ValidPath<String>,
    seen: IfMatch,
    body: Valid<PutSetting>,
) -> Result<Answer, ApiProblem> {
    Ok(answer(console.settings.put(&caller, &key, &seen, body.value).await?))
}

/// Takes a change back: the value with which each process started is in force again.
#[utoipa::path(
    delete, path = "/api/v1/settings/{key}", tag = "settings", operation_id = "reset_setting", security(("bearer" = [])),
    params(
        ("key" = String, Path, description = "Such as `auth.access_token_seconds`"),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen"),
    ),
    responses(
        (status = 200, description = "The setting as it is now", body = Setting, headers(("ETag" = String, description = "Its version"))),
        (status = 412, description = "Somebody else has changed it since", body = Problem,
         content_type = "application/problem+json"),
    )
)]
pub(super) async fn reset(
    caller: Require<SettingsWrite>,
    State(console): State<Console>,
    ValidPath(key): ValidPath<String>,
    seen: IfMatch,
) -> Result<Answer, ApiProblem> {
    Ok(answer(console.settings.reset(&caller, &key, &seen).await?))
}

/// Who changed what, and why, newest first.
#[utoipa::path(
    get, path = "/api/v1/settings/changes", tag = "settings", operation_id = "list_setting_changes",
    security(("bearer" = [])),
    params(SettingChangeQuery),
    responses(
        (status = 200, description = "A page of changes", body = Page<SettingChange>),
    )
)]
pub(super) async fn changes(
    _: Require<SettingsRead>,
    State(console): State<Console>,
    ValidQuery(query): ValidQuery<SettingChangeQuery>,
) -> Result<Json<Page<SettingChange>>, ApiProblem> {
    let limit = page::limit(query.limit)?;
    let before = page::decode(query.cursor.as_deref())?;
    let found = console.settings.changes(query.key.as_deref(), before, limit).await?;
    Ok(Json(page::page(found, limit, |change| change.version)))
}

/// What every process applies.
pub(super) async fn snapshot(console: Console, _: FromPeer<FindSettings>) -> Result<SettingSnapshot, ApiProblem> {
    Ok(console.settings.snapshot().await?)
}
