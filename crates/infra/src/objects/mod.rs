//! Files that people bring, such as pictures: in a directory, or in a bucket that speaks S3. Whoever keeps one notes its name in a
//! table of their own, so that what is there is known without listing it.

mod bucket;
mod directory;

use crate::Clock;
use crate::config::ObjectsConfig;
use crate::outage::Outage;
use bucket::Bucket;
use bytes::Bytes;
use directory::Directory;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use orion_contracts::Problem;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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
    Directory(Directory),
    Bucket(Bucket),
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::Directory(directory) => directory.name(),
            Self::Bucket(bucket) => bucket.name(),
        }
    }

    fn store(&self) -> Result<&dyn ObjectStore, Failed> {
        match self {
            Self::Directory(directory) => directory.store(),
            Self::Bucket(bucket) => Ok(bucket.store()),
        }
    }

    fn is_no_such_file(&self, error: &object_store::Error) -> bool {
        match self {
            Self::Directory(_) => Directory::is_no_such_file(error),
            Self::Bucket(_) => Bucket::is_no_such_file(error),
        }
    }

    /// What is left of a file beside its place.
    async fn delete_draft(&self, name: &str) {
        match self {
            Self::Directory(directory) => directory.delete_draft(name).await,
            Self::Bucket(_) => {}
        }
    }
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
        let place = match (config.s3_bucket.as_str(), config.directory.as_str()) {
            ("", "") => Place::Directory(Directory::new(data_dir.join("objects"))),
            ("", directory) => Place::Directory(Directory::new(directory.into())),
            _ => Place::Bucket(Bucket::new(config)?),
        };
        let outage = Outage::new(place.name(), clock.clone());
        Ok(Self(Arc::new(Inner { place: Arc::new(place), outage, failure: Mutex::default() })))
    }

    /// The same place for another service, which has not used it yet.
    pub(crate) fn anew(&self) -> Self {
        let Inner { place, outage, .. } = &*self.0;
        Self(Arc::new(Inner { place: place.clone(), outage: outage.clone(), failure: Mutex::default() }))
    }

    /// Keeps a file under this name, in the place of one that is there.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), ObjectsError> {
        let put = async { Ok(self.0.place.store()?.put(&Name::from(name), PutPayload::from_bytes(bytes)).await?) };
        self.noted("kept", name, put.await).map(drop)
    }

    /// A file, if it is there.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, ObjectsError> {
        let found = async {
            match self.0.place.store()?.get(&Name::from(name)).await {
                Ok(found) => Ok(Some(found.bytes().await?)),
                Err(error) if self.0.place.is_no_such_file(&error) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        self.noted("read", name, found.await)
    }

    /// Deletes a file; one that is gone already is no fault.
    pub async fn delete(&self, name: &str) -> Result<(), ObjectsError> {
        let deleted = async {
            match self.0.place.store()?.delete(&Name::from(name)).await {
                Err(error) if !self.0.place.is_no_such_file(&error) => Err(error.into()),
                _ => Ok(()),
            }
        };
        self.noted("deleted", name, deleted.await)?;
        self.0.place.delete_draft(name).await;
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
}
