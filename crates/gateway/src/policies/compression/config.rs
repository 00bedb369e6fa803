//! Compression as the operator writes it.

use super::coding::Coding;
use super::media::{Media, USUAL};
use super::plan::Compression;
use crate::policies::faults::Faults;
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use utoipa::ToSchema;

/// The most media types of a route.
const MOST_TYPES: usize = 100;
/// A mebibyte.
const LARGEST_MINIMUM: u64 = 1_048_576;

/// Answers are compressed on their way to clients that take that. A route has this policy only where it is written: an answer
/// that holds a secret beside what a stranger can put into it tells of the secret by its length (BREACH), and an
/// `ETag` that an upstream demands back by `If-Match` is no longer the one that it gave.
///
/// An answer passes as it is when it is compressed already, says `Cache-Control: no-transform` or has a digest of its content,
/// is a part (206), has no body, or is asked for by HEAD. What is compressed is sent on whenever the upstream pauses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct CompressionConfig {
    /// Codings, the one that is taken first before others that a client likes as well.
    #[default(Coding::ALL.into())]
    pub codings: Vec<Coding>,
    /// Media types of what is compressed, without parameters: `application/json`, `text/*`, `application/*+json`. Streams of
    /// events only where `text/event-stream` is among them.
    #[default(USUAL.map(str::to_owned).into())]
    pub types: Vec<String>,
    /// How large an answer has to be, in bytes; one whose length is not known is.
    #[schemars(range(max = LARGEST_MINIMUM))]
    #[default = 1024]
    pub min_bytes: u64,
    /// Whether that is also done for what pages of other sites make a browser ask for with its cookies (`Sec-Fetch-Site`): by
    /// such requests strangers guess secrets from the length of answers. Only for answers without any secret.
    pub cross_site: bool,
}

impl CompressionConfig {
    /// Prepares it; or all that is wrong, with keys below `key`.
    pub fn prepare(&self, key: &str) -> Result<Compression, Vec<ConfigFault>> {
        let mut faults = Faults::of(key);
        if self.codings.is_empty() {
            faults.add("codings", FieldCode::Required, "must name one at least: \"zstd\", \"brotli\" or \"gzip\"");
        }
        for (at, coding) in self.codings.iter().enumerate() {
            if self.codings[..at].contains(coding) {
                faults.add(format_args!("codings[{at}]"), FieldCode::Repeated, "is there already");
            }
        }
        if self.types.is_empty() || self.types.len() > MOST_TYPES {
            faults.add("types", FieldCode::OutOfRange, format!("must have 1 to {MOST_TYPES} media types"));
        }
        let mut types = Vec::with_capacity(self.types.len());
        for (at, text) in self.types.iter().enumerate() {
            match Media::read(text) {
                Some(media) => types.push(media),
                None => {
                    let message = format!(
                        "\"{text}\" is no media type such as \"application/json\", \"text/*\" or \"application/*+json\""
                    );
                    faults.add(format_args!("types[{at}]"), FieldCode::Invalid, message);
                }
            }
        }
        faults.within("min_bytes", self.min_bytes, 0, LARGEST_MINIMUM);
        faults.or(Compression::new(self.codings.clone(), types, self.min_bytes, self.cross_site))
    }
}
