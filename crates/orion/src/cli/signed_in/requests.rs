//! Single requests to a platform, and what is made of their answers.

use super::refusals::Refused;
use crate::cli::Failure;
use orion_contracts::Problem;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A client that waits for nobody for long.
pub(super) fn client() -> Result<reqwest::Client, Failure> {
    Ok(reqwest::Client::builder().timeout(LIMIT).user_agent(concat!("orion/", env!("CARGO_PKG_VERSION"))).build()?)
}

/// Sends a body, and reads what comes of it.
pub(super) async fn ask<T: DeserializeOwned>(request: reqwest::RequestBuilder, url: &str) -> Result<T, Refused> {
    let answer = request.send().await.map_err(|error| Refused::Away(away(url, &error)))?;
    let status = answer.status();
    let bytes = answer.bytes().await.map_err(|error| Refused::Away(away(url, &error)))?;
    if !status.is_success() {
        return Err(match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Refused::Problem(Box::new(problem)),
            Err(_) => Refused::Away(format!("{url} answered {status}, and not as ORION does; is it ORION's gateway?")),
        });
    }
    let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(bytes)
        .map_err(|error| Refused::Away(format!("{url} gave an answer that cannot be read: {error}")))
}

pub(super) fn away(url: &str, error: &reqwest::Error) -> String {
    let why = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    format!("{url} does not answer ({error}{why}); is ORION running there? Another place is named by --url")
}

/// A URL as paths are put behind it.
pub(super) fn trimmed(url: &str) -> String {
    url.trim().trim_end_matches('/').to_owned()
}
