//! What one core of the edge owns: its time, and how many connections it has.

use super::settings::EdgeSettings;
use crate::wire::{TICK, Ticker};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use orion_infra::Clock;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// Bytes that most heads fit in.
const HEAD: usize = 4 * 1024;

/// Something that is done at each tick, given the tick's number.
type AtTick = Box<dyn Fn(u64)>;

/// One core of the edge.
pub struct Core {
    /// How it behaves.
    pub settings: EdgeSettings,
    /// Its deadlines.
    pub ticker: Rc<Ticker>,
    pub(super) clock: Clock,
    /// Whether the edge is about to end.
    pub(super) draining: Cell<bool>,
    /// Whether its drain time is over: what is left is cut.
    pub(super) cut: Cell<bool>,
    pub(super) connections: Cell<usize>,
    /// Wall time and monotonic time at the last tick.
    wall: Cell<(DateTime<Utc>, Duration)>,
    /// The wall time of this second as answers tell it (RFC 9110, section 6.6.1).
    date: RefCell<Bytes>,
    /// Who wants to know of ticks.
    each_tick: RefCell<Vec<AtTick>>,
    /// Where heads are written.
    heads: RefCell<BytesMut>,
}

impl Core {
    pub(super) fn new(settings: EdgeSettings, clock: Clock) -> Self {
        let ticker = Rc::new(Ticker::default());
        ticker.set_now(clock.monotonic().as_millis() as u64);
        let (wall, monotonic) = (clock.now(), clock.monotonic());
        Self {
            settings,
            ticker,
            clock,
            draining: Cell::new(false),
            cut: Cell::new(false),
            connections: Cell::new(0),
            wall: Cell::new((wall, monotonic)),
            date: RefCell::new(date(wall)),
            each_tick: RefCell::default(),
            heads: RefCell::default(),
        }
    }

    /// Monotonic time.
    pub fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Waits. Deadlines are cheaper, and less exact.
    pub async fn sleep(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    /// Wall time at a moment of the monotonic time, told from the last tick's: asking the system again is not needed.
    pub fn wall_at(&self, moment: Duration) -> DateTime<Utc> {
        let (wall, at) = self.wall.get();
        wall + TimeDelta::from_std(moment.saturating_sub(at)).unwrap_or_default()
    }

    /// Calls a function at each tick, with the tick's number, for as long as the core lives.
    pub fn at_each_tick(&self, act: impl Fn(u64) + 'static) {
        self.each_tick.borrow_mut().push(Box::new(act));
    }

    /// A head, written into the core's buffer. Room that earlier heads no longer need is used again.
    pub fn write_head(&self, write: impl FnOnce(&mut BytesMut)) -> Bytes {
        let mut heads = self.heads.borrow_mut();
        heads.reserve(HEAD);
        write(&mut heads);
        heads.split().freeze()
    }

    /// The time of an answer.
    pub(super) fn date(&self) -> Bytes {
        self.date.borrow().clone()
    }

    /// Moves the coarse time on, for as long as the core lives.
    pub(super) async fn tick(self: Rc<Self>) {
        let clock: Clock = self.clock.clone();
        for round in 1_u64.. {
            clock.sleep(Duration::from_millis(TICK)).await;
            let (wall, now) = (clock.now(), clock.monotonic());
            if wall.timestamp() != self.wall.get().0.timestamp() {
                *self.date.borrow_mut() = date(wall);
            }
            self.wall.set((wall, now));
            self.ticker.set_now(now.as_millis() as u64);
            self.each_tick.borrow().iter().for_each(|act| act(round));
        }
    }
}

fn date(wall: DateTime<Utc>) -> Bytes {
    wall.format("date: %a, %d %b %Y %H:%M:%S GMT\r\n").to_string().into()
}
