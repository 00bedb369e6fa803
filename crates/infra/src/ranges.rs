//! Asks a service what it knows below a prefix, as "Have I Been Pwned" is asked for hashes of passwords (k-anonymity). The
//! operator alone says where it is. Redirects are not followed, answers are bounded, and it has little time.

use reqwest::redirect::Policy;
use std::time::Duration;

/// How long a whole call may take: somebody waits for it.
const LIMIT: Duration = Duration::from_secs(1);
/// The largest answer that is read, in bytes. A padded one has some 40 KiB.
const MAX_ANSWER: usize = 256 * 1024;

/// The service.
#[derive(Debug, Clone)]
pub struct Ranges {
    client: reqwest::Client,
    base: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RangesError {
    /// It did not answer, or not in time.
    #[error(transparent)]
    NoAnswer(#[from] reqwest::Error),
    /// It answered with this status.
    #[error("it answered {0}")]
    Status(u16),
    /// It answered more than is read.
    #[error("it answered more than {MAX_ANSWER} bytes")]
    TooLarge,
    /// It answered something that is no text.
    #[error("its answer is no text")]
    NoText,
}

impl Ranges {
    /// The service at this address.
    pub fn new(base: &str) -> Result<Self, RangesError> {
        let client = reqwest::Client::builder()
            .timeout(LIMIT)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("ORION/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned() })
    }

    /// What the service knows below the prefix, a line for each, with lines that mean nothing between them.
    pub async fn get(&self, prefix: &str) -> Result<String, RangesError> {
        let request = self.client.get(format!("{}/range/{prefix}", self.base)).header("Add-Padding", "true");
        // The prefix is nobody's business, not even a log's.
        let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
        if response.status().as_u16() != 200 {
            return Err(RangesError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(RangesError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).map_err(|_| RangesError::NoText)
    }
}
