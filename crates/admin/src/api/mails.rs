//! `/console/mails`: captured mails as pages of their own, for a sandboxed frame.

use super::Console;
use crate::domain::sessions::ActiveSession;
use crate::domain::upstream::Upstream;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use orion_contracts::notifications::CapturedMail;
use orion_contracts::permissions::CapturedMailRead;
use orion_contracts::{CapturedMailId, ServiceName};
use orion_http::{ApiProblem, Require, ValidPath};

/// A mail may style itself and show pictures that it carries; it runs nothing, loads nothing and sends nothing. Its links
/// open tabs that are like any other: a tab that kept the sandbox could run nothing either.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'",
);

/// Links of a mail name no target, and would open in the frame, where no page lets itself be shown.
const NEW_TAB: &str = "<base target=\"_blank\">";

/// Shows a captured mail as a page.
///
/// Its HTML, or its text when it has none. It runs nothing and loads nothing; its links open tabs. Needs the permission
/// `captured-mail.read`.
#[utoipa::path(get, path = "/console/mails/{id}/preview", tag = "console", security(("console" = [])), params(("id" = inline(CapturedMailId), Path, description = "The mail's id")), responses(
    (status = 200, content((String = "text/html"), (String = "text/plain"))),
))]
pub(super) async fn preview(
    _: Require<CapturedMailRead>,
    session: ActiveSession,
    State(console): State<Console>,
    ValidPath(id): ValidPath<CapturedMailId>,
) -> Result<Response, ApiProblem> {
    let notifications =
        Upstream::new(&console.context.infra, ServiceName::Notifications).with(&session.credential().access_token);
    let mail: CapturedMail = notifications.get(&format!("/api/v1/notifications/captured-mails/{id}")).await?;
    let (media, body) = match mail.html {
        Some(html) => ("text/html; charset=utf-8", with_new_tabs(&html)),
        None => ("text/plain; charset=utf-8", mail.text),
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    Ok((headers, body).into_response())
}

/// The mail with its links opening tabs. The doctype stays in front, for without it a page is laid out as in the nineties.
fn with_new_tabs(html: &str) -> String {
    let begins_with_doctype = html.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
    let doctype_end = if begins_with_doctype { html.find('>').map_or(0, |end| end + 1) } else { 0 };
    let (doctype, rest) = html.split_at(doctype_end);
    format!("{doctype}{NEW_TAB}{rest}")
}

#[cfg(test)]
mod tests {
    use super::with_new_tabs;

    #[test]
    fn links_open_tabs_and_the_doctype_stays_in_front() {
        let tabs = "<base target=\"_blank\">";
        assert_eq!(with_new_tabs("\n<!DOCTYPE html>\n<html>"), format!("\n<!DOCTYPE html>{tabs}\n<html>"));
        assert_eq!(with_new_tabs("<p>Grüße</p>"), format!("{tabs}<p>Grüße</p>"));
        assert_eq!(with_new_tabs("ü"), format!("{tabs}ü"));
        assert_eq!(with_new_tabs(""), tabs);
    }
}
