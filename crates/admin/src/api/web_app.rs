//! The console's web app, out of this binary: files under their names, and its page for every other address. What the
//! build has compressed is sent compressed to those who take it.

use super::encoding::{self, Coding};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use orion_contracts::Problem;
use orion_http::ApiProblem;
use orion_infra::secrets::hex;
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `./orion web build` has made.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist/"]
struct WebApp;

/// Runs with a static page and no nonce; nothing inline, nothing from elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'",
);
/// Files whose names change with their content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about before each use.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");
/// Addresses below these belong to the server; nothing there is a page.
const RESERVED: [&str; 4] = ["api", "console", "internal", "assets"];
const NOT_BUILT: &str = "The web app of this console was not built.\n\nBuild it and the binary with:\n\n    \
    ./orion web build\n\nand start again. The APIs work without it.\n";

/// A file of the web app, its page, or 404 below reserved addresses.
pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, ApiProblem> {
    let path = uri.path().trim_start_matches('/');
    let file = named(path);
    let reserved = path.split('/').next().is_some_and(|first| RESERVED.contains(&first));
    if file.is_none() && reserved {
        return Err(Problem::nothing_at(method.as_str(), uri.path()).into());
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(Problem::not_served_at(method.as_str(), uri.path()).into());
    }
    let (name, file) = match file {
        Some(file) => (path, file),
        None => match WebApp::get("index.html") {
            Some(page) => ("index.html", page),
            None => return Ok(not_built()),
        },
    };
    Ok(answer(name, file, &headers))
}

/// The file at a path. The compressed forms have no address of their own: they are sent in their file's place.
fn named(path: &str) -> Option<EmbeddedFile> {
    let is_form = Coding::ALL.iter().any(|coding| path.ends_with(coding.ending()));
    if path.is_empty() || is_form { None } else { WebApp::get(path) }
}

fn answer(name: &str, plain: EmbeddedFile, request: &HeaderMap) -> Response {
    // The build leaves out forms that would save nothing; those that it made are sent to whoever takes them.
    let forms = Coding::ALL.map(|coding| (coding, WebApp::get(&format!("{name}{}", coding.ending()))));
    let offered: Vec<Coding> = forms.iter().filter(|(_, form)| form.is_some()).map(|(coding, _)| *coding).collect();
    let chosen = encoding::choose(request, &offered);
    let form = forms.into_iter().find(|(coding, _)| Some(*coding) == chosen).and_then(|(_, form)| form);
    let file = form.unwrap_or(plain);
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let known = request.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.to_str().is_ok_and(|list| list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.data {
            std::borrow::Cow::Borrowed(bytes) => bytes.into_response(),
            std::borrow::Cow::Owned(bytes) => bytes.into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    headers.insert(header::CACHE_CONTROL, if name.starts_with("assets/") { IMMUTABLE } else { ASK_FIRST });
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if !offered.is_empty() {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if let Some(coding) = chosen.filter(|_| !known) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if name.ends_with(".html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    }
    response
}

fn not_built() -> Response {
    let media = HeaderValue::from_static("text/plain; charset=utf-8");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, media)], NOT_BUILT).into_response()
}

/// By the name's ending: those that a web app of this kind consists of.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
