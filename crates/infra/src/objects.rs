//! Files that people bring, such as pictures: in a directory, or in a bucket that speaks S3. Whoever keeps one notes its name in a
//! table of their own, so that what is there is known without listing it.

use crate::Clock;
use crate::config::ObjectsConfig;
use crate::outage::Outage;
use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use orion_contracts::Problem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use url::Url;

/// How long one request to a bucket may take, and all tries of it together.
const TRY: Duration = Duration::from_secs(5);
const ALL_TRIES: Duration = Duration::from_secs(10);
/// What is written, and deleted again, to see whether files can be kept.
const PROBE: &str = "probe";

/// Where files are kept. Cloning shares it.
#[derive(Clone)]
pub struct Objects(Arc<Inner>);

struct Inner {
    place: Arc<Place>,
    outage: Outage,
    /// Why the last use failed.
    failure: Mutex<Option<String>>,
}

enum Place {
    /// Made with the first file.
    Directory(PathBuf, OnceLock<LocalFileSystem>),
    Bucket(Box<AmazonS3>),
}

/// Why a file cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ObjectsError(String);

/// What makes an adapter say no: the directory itself, or what it was asked for.
enum Failed {
    Place(ObjectsError),
    Store(object_store::Error),
}

impl From<ObjectsError> for Failed {
    fn from(error: ObjectsError) -> Self {
        Self::Place(error)
    }
}

impl From<object_store::Error> for Failed {
    fn from(error: object_store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<ObjectsError> for Problem {
    fn from(_: ObjectsError) -> Self {
        Problem::unavailable().detail("Where files are kept cannot be reached.").retry_after(5)
    }
}

impl Objects {
    /// Where the configuration says.
    pub fn open(config: &ObjectsConfig, data_dir: &Path, clock: &Clock) -> Result<Self, ObjectsError> {
        let (place, name) = match (config.s3_bucket.as_str(), config.directory.as_str()) {
            ("", directory) => {
                let directory = if directory.is_empty() { data_dir.join("objects") } else { directory.into() };
                let name = format!("the directory of files at {}", directory.display());
                (Place::Directory(directory, OnceLock::new()), name)
            }
            (name, _) => (Place::Bucket(Box::new(bucket(config)?)), format!("the bucket of files {name}")),
        };
        let outage = Outage::new(name, clock.clone());
        Ok(Self(Arc::new(Inner { place: Arc::new(place), outage, failure: Mutex::default() })))
    }

    /// The same place for another service, which has not used it yet.
    pub(crate) fn anew(&self) -> Self {
        let Inner { place, outage, .. } = &*self.0;
        Self(Arc::new(Inner { place: place.clone(), outage: outage.clone(), failure: Mutex::default() }))
    }

    /// Keeps a file under this name, in the place of one that is there.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), ObjectsError> {
        let put = async { Ok(self.store()?.put(&Name::from(name), PutPayload::from_bytes(bytes)).await?) };
        self.noted("kept", name, put.await).map(drop)
    }

    /// A file, if it is there.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, ObjectsError> {
        let found = async {
            match self.store()?.get(&Name::from(name)).await {
                Ok(found) => Ok(Some(found.bytes().await?)),
                Err(error) if is_no_such_file(&error) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        self.noted("read", name, found.await)
    }

    /// Deletes a file; one that is gone already is no fault.
    pub async fn delete(&self, name: &str) -> Result<(), ObjectsError> {
        let deleted = async {
            match self.store()?.delete(&Name::from(name)).await {
                Err(error) if !is_no_such_file(&error) => Err(error.into()),
                _ => Ok(()),
            }
        };
        self.noted("deleted", name, deleted.await)?;
        self.delete_draft(name).await;
        Ok(())
    }

    /// Whether files can be kept, as far as is known: nobody is asked while all is well.
    pub async fn check(&self) -> Result<(), String> {
        if self.failure().is_none() {
            return Ok(());
        }
        let kept = self.put(PROBE, Bytes::new()).await.map_err(|error| error.to_string());
        kept.and(self.delete(PROBE).await.map_err(|error| error.to_string()))
    }

    /// What a process leaves that is killed while it writes: a file is written beside its place, and moved there.
    async fn delete_draft(&self, name: &str) {
        if let Place::Directory(directory, _) = &*self.0.place {
            let _ = tokio::fs::remove_file(directory.join(format!("{name}#1"))).await;
        }
    }

    /// What came of it, and with it whether the place works.
    fn noted<T>(&self, what: &str, name: &str, outcome: Result<T, Failed>) -> Result<T, ObjectsError> {
        let error = match outcome {
            Ok(value) => {
                self.works();
                return Ok(value);
            }
            Err(Failed::Store(error)) => ObjectsError(format!("{name} cannot be {what}: {error}")),
            Err(Failed::Place(error)) => error,
        };
        self.0.outage.failed(&error);
        *self.failure() = Some(error.0.clone());
        Err(error)
    }

    fn works(&self) {
        self.0.outage.over();
        *self.failure() = None;
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> Result<&dyn ObjectStore, ObjectsError> {
        let (directory, opened) = match &*self.0.place {
            Place::Bucket(bucket) => return Ok(&**bucket),
            Place::Directory(directory, opened) => (directory, opened),
        };
        if let Some(opened) = opened.get() {
            return Ok(opened);
        }
        let refused = |reason: &dyn std::fmt::Display| {
            ObjectsError(format!("objects.directory: {} cannot be used: {reason}", directory.display()))
        };
        std::fs::create_dir_all(directory).map_err(|error| refused(&error))?;
        // What is answered stays, also when the machine loses its power.
        let made = LocalFileSystem::new_with_prefix(directory).map_err(|error| refused(&error))?.with_fsync(true);
        Ok(opened.get_or_init(|| made))
    }
}

/// Whether there is no such file. Where there is no such bucket, or something else answers in its place, nothing is known of files.
fn is_no_such_file(error: &object_store::Error) -> bool {
    match error {
        object_store::Error::NotFound { source, .. } => {
            let text = source.to_string();
            // A directory says what the system does; a bucket answers with this code (S3, "Error responses").
            source.is::<std::io::Error>() || text.contains("NoSuchKey") || text.contains("os error 2")
        }
        _ => false,
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

    fn kept_in(directory: &Path) -> Objects {
        let config = ObjectsConfig { directory: directory.display().to_string(), ..ObjectsConfig::default() };
        Objects::open(&config, Path::new("/nowhere"), &Clock::system()).expect("opened")
    }

    #[tokio::test]
    async fn a_file_is_kept_read_and_deleted_and_what_a_killed_process_left_goes_with_it() {
        let place = tempfile::tempdir().expect("a directory");
        let objects = kept_in(place.path());
        assert_eq!(objects.get("of/one.jpg").await.expect("read"), None, "there is none yet");
        objects.put("of/one.jpg", Bytes::from_static(b"1")).await.expect("kept");
        objects.put("of/one.jpg", Bytes::from_static(b"2")).await.expect("kept in its place");
        assert_eq!(objects.get("of/one.jpg").await.expect("read").as_deref(), Some(&b"2"[..]));
        std::fs::write(place.path().join("of/one.jpg#1"), b"half").expect("written");
        for _ in 0..2 {
            objects.delete("of/one.jpg").await.expect("deleted");
        }
        assert_eq!(objects.get("of/one.jpg").await.expect("read"), None);
        assert!(std::fs::read_dir(place.path().join("of")).is_ok_and(|mut left| left.next().is_none()));
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_used_is_named_until_it_can_be() {
        let place = tempfile::tempdir().expect("a directory");
        let directory = place.path().join("files");
        std::fs::write(&directory, b"no directory").expect("written");
        let objects = kept_in(&directory);
        objects.check().await.expect("nobody has tried");
        let error = objects.put("one", Bytes::new()).await.expect_err("refused");
        assert!(error.to_string().contains("objects.directory"), "{error}");
        assert!(objects.check().await.expect_err("known").contains("objects.directory"));
        assert_eq!(Problem::from(error).status, 503);
        std::fs::remove_file(&directory).expect("removed");
        objects.check().await.expect("it can be used");
        objects.put("one", Bytes::new()).await.expect("kept");
    }

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
