//! `/api/v1/settings`: keys of the configuration that change while the platform runs.

use super::Console;
use axum::Json;
use axum::extract::State;
use http::{HeaderName, HeaderValue};
use orion_contracts::Page;
use orion_contracts::internal::FindSettings;
use orion_contracts::permissions::{SettingsRead, SettingsWrite};
use orion_contracts::settings::{
    PutSetting, ResetSettingQuery, Setting, SettingChange, SettingChangeQuery, SettingList, SettingSnapshot,
};
use orion_http::etag::{IfMatch, etag};
use orion_http::{ApiProblem, Fresh, FromPeer, Require, Valid, ValidPath, ValidQuery, page};

/// A setting, and its version for whoever changes it next.
type Answer = ([(HeaderName, HeaderValue); 1], Json<Setting>);

fn answer(setting: Setting) -> Answer {
    (etag(setting.version), Json(setting))
}

/// Lists all settings, and which version each instance has applied.
///
/// A setting is a key of the configuration that may change while ORION runs. Needs the permission `settings.read`.
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "settings", security(("bearer" = [])),
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

/// Reads a setting.
///
/// Its `ETag` is for whoever changes it next. Needs the permission `settings.read`.
#[utoipa::path(
    get, path = "/api/v1/settings/{key}", tag = "settings", security(("bearer" = [])),
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
    Ok(answer(console.settings.kept.find(&key).await?))
}

/// Changes a setting.
///
/// The value is looked at as at a start. Every process applies it within a moment; `GET /api/v1/settings` says which have.
/// The change stands in the audit log. With `If-Match`, nobody's change is overwritten unseen. Needs the permission
/// `settings.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    put, path = "/api/v1/settings/{key}", tag = "settings", security(("bearer" = [])),
    params(
        ("key" = String, Path, description = "Such as `auth.access_token_seconds`"),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen"),
    ),
    request_body = PutSetting,
    responses(
        (status = 200, description = "The setting as it is now", body = Setting, headers(("ETag" = String, description = "Its version"))),
    )
)]
pub(super) async fn put(
    caller: Require<SettingsWrite>,
    _: Fresh,
    State(console): State<Console>,
    ValidPath(key): ValidPath<String>,
    seen: IfMatch,
    body: Valid<PutSetting>,
) -> Result<Answer, ApiProblem> {
    Ok(answer(console.settings.put(&*caller, &key, &seen, body.value).await?))
}

/// Takes the change of a setting back.
///
/// The value with which each process started is in force again. The change stands in the audit log; where there is nothing to
/// take back, nothing is changed. Needs the permission `settings.write`, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/settings/{key}", tag = "settings", security(("bearer" = [])),
    params(
        ("key" = String, Path, description = "Such as `auth.access_token_seconds`"),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen"),
        ResetSettingQuery,
    ),
    responses(
        (status = 200, description = "The setting as it is now", body = Setting, headers(("ETag" = String, description = "Its version")),
         example = json!({
             "key": "auth.access_token_seconds", "description": "How long an access token lives, in seconds.",
             "schema": {
                 "default": 300, "description": "How long an access token lives, in seconds.", "format": "uint32",
                 "maximum": 3600, "minimum": 1, "type": "integer", "x-dynamic": true,
             },
             "value": 300, "start_value": 300, "is_changed": false, "version": 8, "changed_at": "2026-05-21T11:00:00Z",
             "changed_by": "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42",
         })),
    )
)]
pub(super) async fn reset(
    caller: Require<SettingsWrite>,
    _: Fresh,
    State(console): State<Console>,
    ValidPath(key): ValidPath<String>,
    seen: IfMatch,
    ValidQuery(query): ValidQuery<ResetSettingQuery>,
) -> Result<Answer, ApiProblem> {
    Ok(answer(console.settings.reset(&*caller, &key, &seen, query.reason.as_deref()).await?))
}

/// Lists who changed which setting, and why, newest first.
///
/// Needs the permission `settings.read`.
#[utoipa::path(
    get, path = "/api/v1/settings/changes", tag = "settings",
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
    let found = console.settings.kept.changes(query.key.as_deref(), before, limit).await?;
    Ok(Json(page::page(found, limit, |change| change.version)))
}

/// What every process applies.
pub(super) async fn snapshot(console: Console, _: FromPeer<FindSettings>) -> Result<SettingSnapshot, ApiProblem> {
    Ok(console.settings.kept.snapshot().await?)
}
