//! The pages that the edge answers itself: whether the gateway is there, without details that are nobody's business
//! outside, and what this is, for whoever comes to its root.

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use orion_contracts::ServiceName;
use orion_contracts::health::ReadyStatus;
use orion_http::server::{not_served_here, nothing_here};
use orion_http::{Context, health};
use orion_infra::config::leads_here;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use url::Url;

/// The first page loads nothing and runs nothing.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");

/// Where to go from the gateway's root.
#[derive(Debug, Serialize)]
pub(crate) struct Directory {
    name: &'static str,
    version: &'static str,
    console: String,
    /// Each service's documentation, where the services are on this host: addresses of another network are nobody's
    /// business, and of no use, outside.
    docs: BTreeMap<ServiceName, String>,
}

impl Directory {
    /// With the console's URL and those of the services.
    pub(crate) fn new(console: &str, services: &BTreeMap<ServiceName, String>) -> Self {
        let docs = services.iter().filter(|(_, url)| Url::parse(url).is_ok_and(|url| leads_here(&url)));
        let docs = docs.map(|(name, url)| (*name, format!("{}/docs", url.trim_end_matches('/'))));
        Self { name: "ORION", version: env!("CARGO_PKG_VERSION"), console: console.to_owned(), docs: docs.collect() }
    }

    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn html(&self) -> String {
        let console = escape(&self.console);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>ORION</title>\
             <meta name=\"viewport\" content=\"width=device-width\"></head><body>\n<h1>ORION {}</h1>\n\
             <p>This is the gateway: APIs are called here. The console is at <a href=\"{console}\">{console}</a>.</p>\n",
            self.version,
        );
        if !self.docs.is_empty() {
            page.push_str("<p>The documentation of the APIs:</p>\n<ul>\n");
            for (service, url) in &self.docs {
                // Writing to a string cannot fail.
                let _ = writeln!(page, "<li><a href=\"{}\">{service}</a></li>", escape(url));
            }
            page.push_str("</ul>\n");
        }
        page.push_str("</body></html>\n");
        page
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// All of them.
pub(crate) fn routes(context: Context, directory: &Directory) -> Router {
    let (json, html) = (Arc::<str>::from(directory.json()), Arc::<str>::from(directory.html()));
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/", get(move |headers: HeaderMap| async move { root(&headers, &json, &html) }))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_served_here)
        .with_state(context)
}

/// A page for browsers, JSON for everybody else.
fn root(headers: &HeaderMap, json: &str, html: &str) -> Response {
    let accepts = headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|media| media.to_ascii_lowercase().contains("text/html")));
    let mut response = if accepts {
        Html(html.to_owned()).into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], json.to_owned()).into_response()
    };
    let answered = response.headers_mut();
    answered.insert(header::VARY, HeaderValue::from_static("accept"));
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answered.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

async fn readyz(State(context): State<Context>) -> (StatusCode, &'static str) {
    match health::readiness(&context).await.status {
        ReadyStatus::Ready => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_on_this_host_are_named() {
        let urls = [
            (ServiceName::Auth, "http://127.0.0.1:3001"),
            (ServiceName::Users, "http://users.internal:3002"),
            (ServiceName::Admin, "http://10.0.0.4:3004/"),
            (ServiceName::Notifications, "http://[::1]:3003/"),
        ];
        let directory =
            Directory::new("https://console.example/?a=\"b\"", &urls.map(|(name, url)| (name, url.to_owned())).into());
        let told: serde_json::Value = serde_json::from_str(&directory.json()).expect("JSON");
        let documents =
            serde_json::json!({ "auth": "http://127.0.0.1:3001/docs", "notifications": "http://[::1]:3003/docs" });
        assert_eq!(told["docs"], documents);
        assert!(directory.html().contains("href=\"https://console.example/?a=&quot;b&quot;\""), "{}", directory.html());
    }
}
