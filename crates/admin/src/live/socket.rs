//! One live socket: its requests, the frames of what it watches, and the end of its session.

use super::flood::Allowance;
use super::hub::{Hub, Place};
use super::subscriptions::{self, Subscriptions};
use super::topic::{Part, Refusal, Wish};
use crate::domain::sessions::{ActiveSession, Sessions};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use orion_contracts::Problem;
use orion_contracts::bus::Revocation;
use orion_contracts::live::{CLOSE_FORBIDDEN, CLOSE_SESSION_ENDED, LiveMessage, LiveRequest, LiveTopic};
use orion_contracts::permissions::{ConsoleUse, Demand};
use orion_http::Context;
use orion_http::identity::{AccessChange, Revocations};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The longest request, in bytes: a filter of 2,000 bytes may be written with an escape for each.
const MAX_REQUEST: usize = 16 * 1024;
/// How often the session is checked again.
const CHECK: Duration = Duration::from_secs(60);
/// How long after the end of something it is looked for that it is gone: a timer may be early.
const PAST_THE_END: Duration = Duration::from_millis(10);
/// How often a sign of life is asked for.
const PING: Duration = Duration::from_secs(20);
/// A socket that left so many of them unanswered is gone.
const UNANSWERED: u32 = 3;
/// A socket that does not take a message for this long is gone. Until then it misses messages and is told so.
const STUCK: Duration = Duration::from_secs(10);
/// How long the other side's goodbye is waited for.
const GOODBYE: Duration = Duration::from_secs(2);

/// What a socket needs from its surroundings.
pub(crate) struct Socket {
    /// What all sockets share.
    pub(crate) hub: Arc<Hub>,
    /// Clock and identities.
    pub(crate) context: Context,
    /// To check the session again.
    pub(crate) sessions: Sessions,
    /// Whose socket it is.
    pub(crate) session: ActiveSession,
    /// Given back at the end.
    pub(crate) _place: Place,
}

/// Answers the upgrade; the socket lives on by itself.
pub(crate) fn accept(upgrade: WebSocketUpgrade, socket: Socket) -> Response {
    upgrade
        .max_message_size(MAX_REQUEST)
        .max_frame_size(MAX_REQUEST)
        .on_upgrade(|stream| async move { socket.run(stream).await })
}

/// Why a conversation is over.
enum End {
    /// The other side left, or does not answer.
    Gone,
    /// It is told why.
    Close(u16, &'static str),
}

/// A conversation under way.
struct Conversation {
    socket: Socket,
    sink: SplitSink<WebSocket, Message>,
    subscriptions: Subscriptions,
    allowance: Allowance,
    unanswered: u32,
    check_at: Duration,
    ping_at: Duration,
}

impl Socket {
    async fn run(self, stream: WebSocket) {
        let (sink, mut stream) = stream.split();
        let now = self.context.infra.clock.monotonic();
        let mut conversation = Conversation {
            subscriptions: Subscriptions::default(),
            allowance: Allowance::new(now),
            unanswered: 0,
            // At once: the session may have ended between the upgrade and now.
            check_at: now,
            ping_at: now + PING,
            sink,
            socket: self,
        };
        let Err(end) = conversation.follow(&mut stream).await;
        if let End::Close(code, reason) = end {
            let _ = conversation.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
            // Reading on flushes what was written and takes the other side's goodbye.
            let _ = tokio::time::timeout(GOODBYE, async { while let Some(Ok(_)) = stream.next().await {} }).await;
        }
    }
}

impl Conversation {
    async fn follow(&mut self, stream: &mut SplitStream<WebSocket>) -> Result<std::convert::Infallible, End> {
        let mut revocations = self.socket.hub.revocations.subscribe();
        let mut changes = self.socket.sessions.changes();
        let mut access_changes = self.socket.context.identity.access_changes();
        let closing = self.socket.hub.closing.clone();
        let clock = self.socket.context.infra.clock.clone();
        loop {
            tokio::select! {
                () = closing.cancelled() => return Err(End::Close(close_code::AWAY, "the console's server ends")),
                message = stream.next() => match message {
                    // A close is answered by reading on; the stream ends after that.
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(error)) => {
                        tracing::debug!(%error, "live socket ended badly");
                        return Err(End::Close(close_code::PROTOCOL, "not understood"));
                    }
                    None => return Err(End::Gone),
                },
                revocation = revocations.recv() => self.consider(revocation).await?,
                changed = changes.recv() => match changed {
                    Ok(id_hash) if !self.socket.session.is_of(&id_hash) => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => self.check_session().await?,
                    Err(RecvError::Closed) => return Err(End::Gone),
                },
                change = access_changes.recv() => self.consider_access(change).await?,
                (id, told) = self.subscriptions.next() => self.tell(id, told).await?,
                () = clock.sleep_until(self.check_at.min(self.ping_at)) => self.look_after().await?,
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.unanswered = 0;
        if matches!(message, Message::Close(_)) {
            return Ok(());
        }
        // Signs of life count as well: nothing forbids a page to send them without being asked, and without end.
        if !self.allowance.take(self.now()) {
            return Err(End::Close(close_code::POLICY, "too many messages"));
        }
        let request = match message {
            Message::Text(text) => subscriptions::read(&text),
            Message::Binary(_) => Err(Refusal::new("Requests are text.").message(None)),
            // Answered below us.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        match request {
            Ok(LiveRequest::Subscribe { id, topic, filter, resume_after }) => {
                // As in a URL, an empty filter is none.
                let whose = self.socket.session.credential().claims.sub;
                let filter = filter.filter(|text| !text.is_empty());
                let wish = Wish { whose, sees_all: false, filter, resume_after };
                match self.subscribe(id, topic, wish).await {
                    Ok(()) => Ok(()),
                    Err(refusal) => self.say(&refusal.message(Some(id))).await,
                }
            }
            Ok(LiveRequest::Unsubscribe { id }) if self.subscriptions.remove(id) => Ok(()),
            Ok(LiveRequest::Unsubscribe { id }) => {
                self.say(&Refusal::new("There is no such subscription.").message(Some(id))).await
            }
            Err(refusal) => self.say(&refusal).await,
        }
    }

    async fn subscribe(&mut self, id: u32, name: LiveTopic, mut wish: Wish) -> Result<(), Refusal> {
        self.subscriptions.check(id)?;
        let topic = self.socket.hub.topic(name).ok_or_else(|| Refusal::new("This cannot be watched here."))?;
        let demanded = topic.permission();
        let mut permissions = vec![demanded];
        match self.socket.context.identity.access(&self.socket.session.credential().claims).await {
            Ok(access) if access.allows(demanded) => {
                permissions.extend(topic.whole().filter(|whole| access.allows(*whole)));
                wish.sees_all = topic.whole().is_none_or(|whole| access.allows(whole));
            }
            Ok(_) => return Err(Refusal::new(format!("This needs the permission {}.", demanded.name))),
            Err(problem) => return Err(Refusal::new(problem.to_string())),
        }
        if wish.filter.is_some() && !topic.takes_filter() {
            return Err(Refusal::filter("This topic takes no filter; leave it out."));
        }
        self.subscriptions.add(id, permissions, topic.open(wish));
        Ok(())
    }

    async fn tell(&mut self, id: u32, told: Result<Part, Refusal>) -> Result<(), End> {
        match told {
            Ok(Part::Frame(frame)) => self.send(Message::Text(frame.text(id))).await,
            Ok(Part::Missed(missed)) => self.say(&LiveMessage::Lagged { id, missed }).await,
            Err(refusal) => self.say(&refusal.message(Some(id))).await,
        }
    }

    /// Ends when the revocation concerns this session.
    async fn consider(&mut self, revocation: Result<Option<Revocation>, RecvError>) -> Result<(), End> {
        match revocation {
            Ok(Some(revocation)) => {
                let mut one = Revocations::default();
                one.add(&revocation);
                let ActiveSession { own, .. } = &self.socket.session;
                let is_over = one.refuse(&own.claims) || one.refuse(&self.socket.session.credential().claims);
                if is_over { Err(session_ended()) } else { Ok(()) }
            }
            Ok(None) | Err(RecvError::Lagged(_)) => self.check_session().await,
            Err(RecvError::Closed) => Err(End::Gone),
        }
    }

    /// Looks again at what may be watched, when this user's permissions may have changed.
    async fn consider_access(&mut self, change: Result<AccessChange, RecvError>) -> Result<(), End> {
        // Of both, where somebody acts as somebody else.
        let ActiveSession { own, .. } = &self.socket.session;
        let whose = [own.claims.sub, self.socket.session.credential().claims.sub];
        match change {
            Ok(AccessChange::Of(user)) if !whose.contains(&user) => Ok(()),
            // What was missed may concern the session as well.
            Ok(AccessChange::OfAnybody) | Err(RecvError::Lagged(_)) => self.check_session().await,
            Ok(AccessChange::Of(_)) => self.check_access().await,
            Err(RecvError::Closed) => Err(End::Gone),
        }
    }

    async fn look_after(&mut self) -> Result<(), End> {
        let now = self.now();
        if now >= self.ping_at {
            if self.unanswered >= UNANSWERED {
                return Err(End::Gone);
            }
            self.unanswered += 1;
            self.ping_at = now + PING;
            self.send(Message::Ping(Bytes::new())).await?;
        }
        if now >= self.check_at {
            self.check_at = now + CHECK;
            self.check_session().await?;
        }
        Ok(())
    }

    /// Whether the session still counts, and what it may still watch.
    async fn check_session(&mut self) -> Result<(), End> {
        let Socket { sessions, session, .. } = &self.socket;
        match sessions.is_alive(session).await {
            Ok(true) => {}
            Ok(false) => return Err(session_ended()),
            Err(problem) => tracing::debug!(%problem, "the session of a live socket cannot be checked now"),
        }
        self.check_access().await
    }

    /// Whether its user may still use the console, and what may still be watched.
    async fn check_access(&mut self) -> Result<(), End> {
        let Socket { session, context, .. } = &self.socket;
        // The console is for whoever signed in; what it shows, for those as whom they act as well.
        let both = async {
            let own = context.identity.access(&session.own.claims).await?;
            Ok((own, context.identity.access(&session.credential().claims).await?))
        };
        let (own, access) = match both.await {
            Ok(both) => both,
            // The subject is gone.
            Err(Problem { status: 401, .. }) => return Err(session_ended()),
            Err(problem) => {
                tracing::debug!(%problem, "what a live socket may watch cannot be checked now");
                return Ok(());
            }
        };
        // Nobody tells of what ends by its time: that is looked for at that moment.
        if let Some(end) = [own.next_end(), access.next_end()].into_iter().flatten().min() {
            let until = (end - context.infra.clock.now()).to_std().unwrap_or_default() + PAST_THE_END;
            self.check_at = self.check_at.min(context.infra.clock.monotonic() + until);
        }
        if !own.allows(ConsoleUse::PERMISSION) {
            return Err(End::Close(CLOSE_FORBIDDEN, "you may no longer use the console"));
        }
        for id in self.subscriptions.keep(|permission| access.allows(permission)) {
            self.say(&Refusal::new("You may no longer watch this.").message(Some(id))).await?;
        }
        Ok(())
    }

    async fn say(&mut self, message: &LiveMessage) -> Result<(), End> {
        match serde_json::to_string(message) {
            Ok(text) => self.send(Message::Text(text.into())).await,
            Err(error) => {
                tracing::error!(%error, "a live message cannot be written as JSON");
                Ok(())
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(STUCK, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    fn now(&self) -> Duration {
        self.socket.context.infra.clock.monotonic()
    }
}

fn session_ended() -> End {
    End::Close(CLOSE_SESSION_ENDED, "the session has ended")
}
