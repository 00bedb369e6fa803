//! A connection's life: a request, its answer, the next request, until either side has enough.

use super::answer::About;
use super::head::Taken;
use super::io::SHORT;
use crate::edge::client::{Client, RequestBody};
use crate::edge::{Arrival, Refusal};
use bytes::{Bytes, BytesMut};
use http::{Method, Response, Version};
use http_body::Body;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// Bytes that are read and thrown away after the last answer, so that the client gets to read it before a reset.
const MAX_DISCARDED: usize = 256 * 1024;
/// How long that may take, in milliseconds.
const DISCARD_TIME: u64 = 2_000;
/// Bytes of a body that nobody wanted, which are read to keep the connection when they are there already.
const MAX_SKIPPED: usize = 64 * 1024;

/// Serves a connection until either side ends it.
pub(in crate::edge) async fn serve<S, F, B>(client: Rc<Client>, answer: S)
where
    S: Fn(Rc<Client>, Arrival) -> F,
    F: Future<Output = Response<B>>,
    B: Body<Data = Bytes>,
{
    while let Some(arrival) = poll_fn(|context| client.poll_arrival(context)).await {
        let (arrival, about) = arrived(&client, arrival);
        let mut exchange = pin!(async {
            let response = answer(client.clone(), arrival).await;
            client.send(response, about).await
        });
        let keeps = poll_fn(|context| match exchange.as_mut().poll(context) {
            Poll::Ready(keeps) => Poll::Ready(keeps),
            Poll::Pending => client.poll_gone(context).map(|()| false),
        });
        if !keeps.await || !client.skip_body() {
            break;
        }
        client.arrival.set_in(client.core.settings.idle.as_millis() as u64);
    }
    client.close().await;
}

/// A request with its body, and what its answer must know of it.
fn arrived(client: &Rc<Client>, arrival: Result<Taken, Refusal>) -> (Arrival, About) {
    match arrival {
        Ok(Taken { request, closes, .. }) => {
            let about = About {
                is_old: request.version() == Version::HTTP_10,
                of_head: request.method() == Method::HEAD,
                closes,
            };
            (Ok(request.map(|()| RequestBody::of(client))), about)
        }
        // Nothing is read behind it.
        Err(refusal) => (Err(refusal), About { is_old: false, of_head: false, closes: true }),
    }
}

impl Client {
    /// Reads the rest of a body that nobody wanted, as far as it is here. False when there is more: then the connection ends.
    fn skip_body(&self) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut skipped = 0;
        while !self.io.borrow().body.is_ended() {
            if self.io.borrow().expects || skipped >= MAX_SKIPPED {
                return false;
            }
            match self.poll_body(&mut context) {
                Poll::Ready(Some(Ok(frame))) => skipped += frame.data_ref().map_or(0, Bytes::len),
                Poll::Ready(None) => return true,
                Poll::Ready(Some(Err(_))) | Poll::Pending => return false,
            }
        }
        true
    }

    /// Ends the connection. When the client is not done sending, its bytes are read for a while: closing at once would reset the
    /// connection and could take the answer from it.
    async fn close(&self) {
        if self.broke.get().is_some() || self.io.borrow().is_open_ended {
            return;
        }
        self.departure.set_in(DISCARD_TIME);
        let mut discarded = 0;
        poll_fn(|context| {
            let ended = self.poll_end(context, &mut discarded);
            if ended.is_pending() { self.departure.poll(context) } else { Poll::Ready(()) }
        })
        .await;
    }

    fn poll_end(&self, context: &mut Context<'_>, discarded: &mut usize) -> Poll<()> {
        let io = &mut *self.io.borrow_mut();
        if *discarded == 0 {
            if ready!(io.stream.poll_shutdown(context)).is_err() {
                return Poll::Ready(());
            }
            // Only who was in the middle of something sends on.
            if io.is_ended || (io.body.is_ended() && io.incoming.is_empty()) {
                return Poll::Ready(());
            }
            *discarded = 1;
        }
        while *discarded < MAX_DISCARDED {
            let mut space = BytesMut::new();
            match ready!(io.stream.poll_read(context, &mut space, SHORT)) {
                Ok(bytes @ 1..) => *discarded += bytes,
                Ok(0) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}
