//! `events`: the event log while it grows, all of it or what a filter holds of.

mod batch;
mod feed;
mod filters;
mod ring;

use crate::domain::events::View;
use crate::live::following::follow;
use crate::live::topic::{Part, Refusal, Told, Topic, Wish};
use crate::live::watchers::{Watchers, Watching};
use batch::{frame, up_to};
use feed::{EventFeed, Start};
use filters::Filters;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};
use orion_contracts::bus::BusMessage;
use orion_contracts::live::LiveTopic;
use orion_contracts::permissions::{Demand, EventsRead};
use orion_contracts::{Permission, UserId};
use orion_infra::{DbError, Infra};
use ring::{FIRST_SIGHT, REMEMBERED};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The filter of whoever is not shown all, and has chosen none.
const EVERYTHING: &str = "true";

/// The topic.
pub(super) struct Events {
    watchers: Watchers,
    feed: EventFeed,
    filters: Filters,
}

impl Events {
    /// Has read nothing yet.
    pub(super) fn new(infra: &Infra) -> Self {
        Self {
            watchers: Watchers::default(),
            feed: EventFeed::new(infra.db.clone(), infra.clock.clone()),
            filters: Filters::new(infra.clock.clone()),
        }
    }

    /// What was seen before goes on, whoever is new sees the last few; then what comes.
    async fn all(&self, resume: Option<u64>, watching: Watching) -> Result<Told, Refusal> {
        let (start, frames) =
            self.feed.start(resume, FIRST_SIGHT, || self.feed.frames.subscribe()).await.map_err(unreadable)?;
        let Start { events, missed, last, .. } = start;
        let first = events.first().map_or(last, |event| event.sequence.unsigned_abs());
        let backlog = (!events.is_empty()).then(|| frame(&events, (first, last))).flatten();
        Ok(told(missed, backlog).chain(follow(last, frames, watching)).boxed())
    }

    /// The same, of what a filter holds of; whoever is new sees the last few of those. It has a place of a person's, where a person
    /// has chosen it.
    async fn filtered(
        &self,
        (text, view): (String, View),
        whose: Option<UserId>,
        resume: Option<u64>,
        watching: Watching,
    ) -> Result<Told, Refusal> {
        let place = whose.map(|whose| self.filters.place(whose)).transpose()?;
        let filter = self.filters.read(text, view).await?;
        let join = || filter.join(&self.feed.batches);
        let (Start { events, seen, missed, last }, frames) =
            self.feed.start(resume, REMEMBERED as usize, join).await.map_err(unreadable)?;
        let sight = if resume.is_some() { REMEMBERED as usize } else { FIRST_SIGHT };
        let (backlog, unseen) = match filter.look_back(events, sight).await {
            Some(found) => (frame(&found.events, (seen + 1, found.last.unwrap_or(last))), up_to(found.last, last)),
            None => (None, last.saturating_sub(seen)),
        };
        let rest = stream::iter((unseen > 0).then_some(Ok(Part::Missed(unseen))));
        Ok(told(missed, backlog).chain(rest).chain(follow(last, frames, (watching, filter, place))).boxed())
    }
}

/// What was missed for good, and the message after it.
fn told(missed: u64, frame: Option<crate::live::frame::Frame>) -> Told {
    let missed = (missed > 0).then_some(Ok(Part::Missed(missed)));
    let frame = frame.map(|frame| Ok(Part::Frame(Arc::new(frame))));
    stream::iter([missed, frame].into_iter().flatten()).boxed()
}

fn unreadable(error: DbError) -> Refusal {
    tracing::warn!(%error, "the event log cannot be read");
    Refusal::new("The event log cannot be read at the moment.")
}

impl Topic for Events {
    fn name(&self) -> LiveTopic {
        LiveTopic::Events
    }

    fn permission(&self) -> Permission {
        EventsRead::PERMISSION
    }

    fn whole(&self) -> Option<Permission> {
        Some(View::WHOLE)
    }

    fn takes_filter(&self) -> bool {
        true
    }

    fn open(self: Arc<Self>, Wish { whose, sees_all, filter, resume_after }: Wish) -> Told {
        let watching = self.watchers.watch();
        let opened = async move {
            let view = View::of(sees_all);
            match (filter, view) {
                (Some(text), view) => self.filtered((text, view), Some(whose), resume_after, watching).await,
                (None, View::Whole) => self.all(resume_after, watching).await,
                (None, view) => self.filtered((EVERYTHING.to_owned(), view), None, resume_after, watching).await,
            }
        };
        stream::once(opened).try_flatten().boxed()
    }

    fn run(self: Arc<Self>, stop: CancellationToken) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let _ = stop.run_until_cancelled(self.feed.follow(&self.watchers)).await;
        })
    }

    fn hear(&self, message: Option<&BusMessage>) {
        if matches!(message, None | Some(BusMessage::EventLogged { .. })) {
            self.feed.logged();
        }
    }
}
