//! Files in a bucket that speaks S3.

use super::ObjectsError;
use crate::config::ObjectsConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use std::time::Duration;
use url::Url;

/// How long one request may take, and all tries of it together.
const TRY: Duration = Duration::from_secs(5);
const ALL_TRIES: Duration = Duration::from_secs(10);

/// A bucket.
pub(super) struct Bucket {
    name: String,
    store: Box<AmazonS3>,
}

impl Bucket {
    pub(super) fn new(config: &ObjectsConfig) -> Result<Self, ObjectsError> {
        Ok(Self { name: config.s3_bucket.clone(), store: Box::new(bucket(config)?) })
    }

    /// As it is called where it fails.
    pub(super) fn name(&self) -> String {
        format!("the bucket of files {}", self.name)
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        &*self.store
    }

    /// Whether it says that there is no such file. Where there is no such bucket, or something else answers in its place, nothing is known
    /// of files: only this code says so (S3, "Error responses").
    pub(super) fn is_no_such_file(error: &object_store::Error) -> bool {
        matches!(error, object_store::Error::NotFound { source, .. } if source.to_string().contains("NoSuchKey"))
    }
}

fn bucket(config: &ObjectsConfig) -> Result<AmazonS3, ObjectsError> {
    let refused = |reason: &dyn std::fmt::Display| ObjectsError(format!("objects.s3_bucket: {reason}"));
    let is_plain = config.s3_endpoint.starts_with("http://");
    let client = ClientOptions::new().with_timeout(TRY).with_connect_timeout(TRY).with_allow_http(is_plain);
    let retry = RetryConfig { backoff: BackoffConfig::default(), max_retries: 2, retry_timeout: ALL_TRIES };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&config.s3_bucket)
        .with_region(&config.s3_region)
        .with_access_key_id(&config.s3_access_key_id)
        .with_secret_access_key(config.s3_secret_access_key.expose())
        .with_virtual_hosted_style_request(!config.s3_path_style)
        // Not every server that speaks S3 deletes several at once.
        .with_disable_bulk_delete(true)
        .with_client_options(client)
        .with_retry(retry);
    if !config.s3_endpoint.is_empty() {
        builder = builder.with_endpoint(endpoint(config).map_err(|error| refused(&error))?);
    }
    builder.build().map_err(|error| refused(&error))
}

/// Where the server of the bucket is called: under the bucket's own name, unless the bucket stands in the path.
fn endpoint(config: &ObjectsConfig) -> Result<String, url::ParseError> {
    let mut url = Url::parse(&config.s3_endpoint)?;
    if !config.s3_path_style {
        let host = format!("{}.{}", config.s3_bucket, url.host_str().unwrap_or_default());
        url.set_host(Some(&host))?;
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_stands_in_the_path_or_before_the_host() {
        let at = |s3_path_style| ObjectsConfig {
            s3_bucket: "faces".to_owned(),
            s3_endpoint: "https://s3.example.com:9000/".to_owned(),
            s3_path_style,
            ..ObjectsConfig::default()
        };
        assert_eq!(endpoint(&at(true)).expect("an address"), "https://s3.example.com:9000");
        assert_eq!(endpoint(&at(false)).expect("an address"), "https://faces.s3.example.com:9000");
    }
}
