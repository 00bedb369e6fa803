//! What a topic is: who may watch it, and the stream that it opens for a subscription.

use super::frame::Frame;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use orion_contracts::bus::BusMessage;
use orion_contracts::live::{LiveMessage, LiveTopic};
use orion_contracts::{Permission, UserId};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Something that can be watched.
pub(crate) trait Topic: Send + Sync + 'static {
    /// Which it is.
    fn name(&self) -> LiveTopic;

    /// What watching it demands; asked for at the subscription, and again whenever access changes.
    fn permission(&self) -> Permission;

    /// Without which part of it is not told; asked for at the same moments. A subscription that was told all ends when this goes.
    fn whole(&self) -> Option<Permission> {
        None
    }

    /// Whether a subscription may have a filter.
    fn takes_filter(&self) -> bool {
        false
    }

    /// Opens a subscription. What takes time belongs into the stream, for the socket goes on meanwhile. The stream is
    /// bounded: it is asked for more when the socket has taken what it gave, and tells what was left out until then. It
    /// ends after a refusal.
    fn open(self: Arc<Self>, wish: Wish) -> Told;

    /// What it does in the background, until told to stop.
    fn run(self: Arc<Self>, stop: CancellationToken) -> BoxFuture<'static, ()>;

    /// Takes a message of the bus; `None` when some were missed.
    fn hear(&self, _message: Option<&BusMessage>) {}
}

/// What a subscription asks for.
pub(crate) struct Wish {
    /// Who watches.
    pub(crate) whose: UserId,
    /// Whether all of the topic may be told.
    pub(crate) sees_all: bool,
    /// A condition, of which nothing is known but that the topic takes one.
    pub(crate) filter: Option<String>,
    /// The last sequence number that was seen.
    pub(crate) resume_after: Option<u64>,
}

/// What a topic tells a subscription.
pub(crate) type Told = BoxStream<'static, Result<Part, Refusal>>;

/// One thing that a subscription is told.
pub(crate) enum Part {
    /// A message.
    Frame(Arc<Frame>),
    /// So many items were left out.
    Missed(u64),
}

/// Why a request is not followed, or no longer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    detail: String,
    field: Option<&'static str>,
}

impl Refusal {
    /// In words for who asked.
    pub(crate) fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), field: None }
    }

    /// Because of the filter.
    pub(crate) fn filter(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), field: Some("filter") }
    }

    /// As the page is told.
    pub(crate) fn message(self, id: Option<u32>) -> LiveMessage {
        LiveMessage::Error { id, detail: self.detail, field: self.field.map(str::to_owned) }
    }
}
