//! The part of a stream that follows: frames as they come, and how much was left out between two of them.

use super::frame::Frame;
use super::topic::{Part, Refusal};
use futures_util::stream::{self, Stream};
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError};

/// The frames after `seen`; what a slow socket has missed shows in the next frame's number. The keeper is dropped with
/// the stream.
pub(super) fn follow<K: Send + 'static>(
    seen: u64,
    frames: broadcast::Receiver<Arc<Frame>>,
    keeper: K,
) -> impl Stream<Item = Result<Part, Refusal>> + Send {
    let start = (seen, frames, None, keeper);
    stream::unfold(start, |(seen, mut frames, waiting, keeper)| async move {
        if let Some(frame) = waiting {
            return Some((Ok(Part::Frame(frame)), (seen, frames, None, keeper)));
        }
        loop {
            let frame: Arc<Frame> = match frames.recv().await {
                Ok(frame) if frame.last <= seen => continue,
                Ok(frame) => frame,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return None,
            };
            let missed = missed(seen, &frame);
            let seen = frame.last;
            return Some(if missed > 0 {
                (Ok(Part::Missed(missed)), (seen, frames, Some(frame), keeper))
            } else {
                (Ok(Part::Frame(frame)), (seen, frames, None, keeper))
            });
        }
    })
}

/// How much lies between what was seen and a frame. Who has seen nothing misses nothing: the log may have been cut.
fn missed(seen: u64, frame: &Frame) -> u64 {
    if seen == 0 { 0 } else { frame.first.saturating_sub(seen + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use orion_contracts::live::LiveTopic;

    async fn told(seen: u64, frames: &[(u64, u64)], room: usize) -> Vec<String> {
        let sender = broadcast::Sender::new(room);
        let receiver = sender.subscribe();
        for range in frames {
            let frame = Frame::raw(LiveTopic::Events, *range, "{}").expect("JSON");
            sender.send(Arc::new(frame)).expect("a receiver");
        }
        drop(sender);
        let parts = follow(seen, receiver, ()).map(|part| match part.expect("no refusal") {
            Part::Frame(frame) => format!("{}-{}", frame.first, frame.last),
            Part::Missed(missed) => format!("missed {missed}"),
        });
        parts.collect().await
    }

    #[tokio::test]
    async fn what_was_seen_is_not_told_again_and_what_lies_between_is_told_as_missed() {
        assert_eq!(told(4, &[(1, 2), (3, 4), (5, 9)], 4).await, ["5-9"]);
        assert_eq!(told(4, &[(7, 9), (10, 10), (12, 12)], 4).await, ["missed 2", "7-9", "10-10", "missed 1", "12-12"]);
        assert_eq!(told(0, &[(700, 701)], 4).await, ["700-701"], "a log that was cut before anybody watched");
    }

    #[tokio::test]
    async fn a_socket_that_falls_behind_goes_on_with_what_is_still_there() {
        assert_eq!(told(1, &[(2, 2), (3, 3), (4, 4), (5, 5)], 2).await, ["missed 2", "4-4", "5-5"]);
    }
}
