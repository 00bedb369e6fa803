//! Works through one queue.

use super::astray;
use super::registry::Handlers;
use super::table;
use super::{JobContext, Queue};
use crate::{DbError, Infra, Outage};
use orion_contracts::Author;
use prometheus::IntGaugeVec;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How often leases are renewed: twice may fail.
const BEAT: Duration = Duration::from_secs(20);
/// How often jobs that run are asked how far they are, and told that they are cancelled.
const TICK: Duration = Duration::from_secs(1);
/// While jobs wait, how long hands that come free are gathered before the next jobs are taken, with one change for all.
const GATHERING: Duration = Duration::from_millis(5);
/// How often leases that ran out are looked for.
const TAKE_OVER: Duration = Duration::from_secs(5);
/// How often jobs are counted that are dead or unknown, schedules looked after, and jobs fetched from another queue.
const MINUTE: Duration = Duration::from_secs(60);

/// One queue's worker in this process. Cloning shares what it knows, and not what it holds.
#[derive(Clone)]
pub struct QueueRunner {
    pub(super) infra: Infra,
    pub(super) queue: Queue,
    pub(super) handlers: Arc<Handlers>,
    /// All kinds of the service, where this is the worker that counts jobs of no kind that is known.
    counts_unknown: Option<Arc<[&'static str]>>,
}

impl QueueRunner {
    pub(super) fn new(
        infra: Infra,
        queue: Queue,
        handlers: Handlers,
        counts_unknown: Option<Arc<[&'static str]>>,
    ) -> Self {
        Self { infra, queue, handlers: Arc::new(handlers), counts_unknown }
    }

    /// What it can do; jobs of other kinds wait for somebody who knows them.
    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    /// The queue's name.
    pub fn name(&self) -> &'static str {
        self.queue.name
    }

    /// Works until told to stop, then lets what it holds come to an end.
    pub async fn run(self, stop: CancellationToken) {
        let bell = self.infra.db.doorbell().queue(self.queue.name);
        let mut shift = Shift::new(self);
        while !stop.is_cancelled() {
            shift.look_after().await;
            shift.take().await;
            let pause = shift.pause();
            tokio::select! {
                () = stop.cancelled() => break,
                () = bell.notified() => shift.may_claim(),
                Some(ended) = shift.running.join_next_with_id(), if !shift.running.is_empty() => shift.forget(ended),
                () = shift.runner.infra.clock.sleep(pause) => {}
            }
        }
        shift.held.values().for_each(JobContext::cancel);
        while !shift.running.is_empty() {
            shift.look_after().await;
            tokio::select! {
                Some(ended) = shift.running.join_next_with_id() => shift.forget(ended),
                () = shift.runner.infra.clock.sleep(TICK) => {}
            }
        }
    }
}

/// What a worker holds, and when it has to look after what.
struct Shift {
    runner: QueueRunner,
    running: JoinSet<()>,
    /// By the task that does it: a try whose lease ran out and the next one of the same job may both be here for a while.
    held: HashMap<Id, JobContext>,
    beat_at: Duration,
    tick_at: Duration,
    take_over_at: Duration,
    minute_at: Duration,
    /// When jobs are taken without looking first: they are known to wait, or more may than were taken last.
    claim_at: Option<Duration>,
    /// When it is looked whether jobs wait that nobody has told of.
    look_at: Duration,
    has_begun: bool,
    dead: Counted,
    unknown: Counted,
    /// Of its table, by taking and by looking after.
    outages: [Outage; 2],
}

impl Shift {
    fn new(runner: QueueRunner) -> Self {
        let now = runner.infra.clock.monotonic();
        let table = format!("the queue {} of {}", runner.queue.name, runner.infra.service);
        let outages = [table.clone(), format!("what looks after {table}")];
        let outages = outages.map(|subject| Outage::new(subject, runner.infra.clock.clone()));
        Self {
            outages,
            runner,
            running: JoinSet::new(),
            held: HashMap::new(),
            beat_at: now + BEAT,
            tick_at: now + TICK,
            take_over_at: now,
            // A process that starts has better things to do.
            minute_at: now + TICK,
            claim_at: None,
            look_at: now,
            has_begun: false,
            dead: Counted::default(),
            unknown: Counted::default(),
        }
    }

    fn pause(&self) -> Duration {
        let poll = self.runner.queue.poll;
        let pause = if self.held.is_empty() && self.has_begun { poll } else { poll.min(TICK) };
        if self.free_hands() == 0 {
            return pause;
        }
        let take_at = self.claim_at.map_or(self.look_at, |claim_at| claim_at.min(self.look_at));
        pause.min(take_at.saturating_sub(self.runner.infra.clock.monotonic()))
    }

    /// Lets jobs be taken without looking first. Hands that are being gathered go on being so.
    fn may_claim(&mut self) {
        self.claim_at.get_or_insert_with(|| self.runner.infra.clock.monotonic());
    }

    fn free_hands(&self) -> usize {
        self.runner.queue.concurrency.saturating_sub(self.running.len())
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let mut next = Some(ended);
        while let Some(ended) = next {
            let id = match ended {
                Ok((id, ())) => id,
                Err(error) => {
                    // What a job does is caught; this is the program's own fault, and the lease runs out.
                    tracing::error!(queue = self.runner.queue.name, %error, "a worker ended badly");
                    error.id()
                }
            };
            if let Some(pause) = self.held.remove(&id).and_then(|context| context.due_again()) {
                self.look_at = self.look_at.min(self.runner.infra.clock.monotonic() + pause);
            }
            next = self.running.try_join_next_with_id();
        }
    }

    /// Takes as many jobs as there are hands.
    async fn take(&mut self) {
        let (free, now) = (self.free_hands(), self.runner.infra.clock.monotonic());
        let is_sure = self.claim_at.is_some_and(|claim_at| claim_at <= now);
        if free == 0 || !(is_sure || self.look_at <= now) {
            return;
        }
        self.look_at = now + self.runner.queue.poll;
        match self.take_some(free, is_sure).await {
            Ok(()) => self.outages[0].over(),
            Err(error) => self.outages[0].failed(&error),
        }
    }

    async fn take_some(&mut self, free: usize, is_sure: bool) -> Result<(), DbError> {
        let QueueRunner { infra, queue, handlers, .. } = &self.runner;
        let kinds = self.runner.kinds();
        // Looking costs a read; only when something is due is the writer asked for.
        if !is_sure && !table::is_due(infra, *queue, &kinds).await? {
            return Ok(());
        }
        self.claim_at = None;
        let taken = table::claim(infra, *queue, &kinds, free).await?;
        if taken.len() == free {
            self.claim_at = Some(infra.clock.monotonic() + GATHERING);
        }
        for taken in taken {
            let Some(handler) = handlers.get(taken.kind.as_str()).cloned() else { continue };
            let schedule = handler.schedule.as_ref().filter(|_| taken.is_scheduled());
            let context = JobContext::new(infra, &taken, schedule.map(|schedule| schedule.every));
            let (runner, held) = (self.runner.clone(), context.clone());
            let task = self.running.spawn(async move { runner.work(&taken, &handler, &context).await });
            self.held.insert(task.id(), held);
        }
        Ok(())
    }

    /// Does what its time has come for.
    async fn look_after(&mut self) {
        let now = self.runner.infra.clock.monotonic();
        let is_time = |at: &mut Duration, every| {
            let is_time = now >= *at;
            if is_time {
                *at = now + every;
            }
            is_time
        };
        let (beat, tick) = (is_time(&mut self.beat_at, BEAT), is_time(&mut self.tick_at, TICK));
        let (take_over, minute) = (is_time(&mut self.take_over_at, TAKE_OVER), is_time(&mut self.minute_at, MINUTE));
        self.has_begun |= minute;
        let mut outcome = Ok(());
        // First of all: a lease of its own that ran out while the process stood still is no reason to take itself over.
        if beat && let Err(error) = self.beat().await {
            // Not in twenty seconds again, but with the next look.
            self.beat_at = now;
            outcome = Err(error);
        }
        if tick {
            outcome = outcome.and(self.tick(now).await);
        }
        if take_over {
            outcome = outcome.and(self.take_over().await);
        }
        if minute {
            outcome = outcome.and(self.bring_back().await);
            outcome = outcome.and(self.fetch().await);
            outcome = outcome.and(self.keep_schedules().await);
            outcome = outcome.and(self.count().await);
        }
        match outcome {
            Ok(()) => self.outages[1].over(),
            Err(error) => self.outages[1].failed(&error),
        }
    }

    async fn beat(&mut self) -> Result<(), DbError> {
        let held: Vec<_> = self.held.values().filter(|context| !context.has_ended()).cloned().collect();
        if held.is_empty() {
            return Ok(());
        }
        let leases: Vec<_> = held.iter().map(JobContext::lease).collect();
        let renewed = table::renew(&self.runner.infra, &leases).await?;
        for lost in held.iter().filter(|context| !renewed.contains(&context.lease()) && !context.has_ended()) {
            tracing::debug!(job = %lost.id(), "its lease could not be renewed");
            lost.cancel();
        }
        Ok(())
    }

    async fn tick(&mut self, now: Duration) -> Result<(), DbError> {
        let news: Vec<_> = self.held.values().filter_map(JobContext::take_progress).collect();
        if !news.is_empty() {
            table::progress(&self.runner.infra, &news).await?;
        }
        // Most jobs are done before anybody could think of cancelling them.
        if self.held.values().any(|context| now.saturating_sub(context.taken_at()) >= TICK) {
            for id in table::cancel_wanted(&self.runner.infra, self.runner.queue).await? {
                self.held.values().filter(|context| context.id() == id).for_each(JobContext::cancel_for_good);
            }
        }
        Ok(())
    }

    async fn take_over(&mut self) -> Result<(), DbError> {
        let jobs = table::take_over(&self.runner.infra, self.runner.queue).await?;
        if jobs > 0 {
            tracing::warn!(queue = self.runner.queue.name, jobs, "workers gave no sign of life; their jobs go on");
        }
        Ok(())
    }

    /// Brings jobs here that an older or newer version has written into another queue: there nobody may look for them.
    async fn fetch(&mut self) -> Result<(), DbError> {
        let QueueRunner { infra, queue, .. } = &self.runner;
        let jobs = table::fetch(infra, *queue, &self.runner.kinds()).await?;
        if jobs > 0 {
            tracing::info!(queue = queue.name, jobs, "jobs of other queues are done here now");
        }
        Ok(())
    }

    /// Jobs whose times were reckoned by a clock that was ahead, and is right again.
    async fn bring_back(&mut self) -> Result<(), DbError> {
        let QueueRunner { infra, queue, .. } = &self.runner;
        let jobs = astray::bring_back(infra, *queue).await?;
        if jobs > 0 {
            tracing::warn!(
                queue = queue.name,
                jobs,
                "the clock was set back; jobs do not wait for it to come there again"
            );
        }
        Ok(())
    }

    async fn keep_schedules(&mut self) -> Result<(), DbError> {
        let QueueRunner { infra, handlers, .. } = &self.runner;
        for (kind, handler) in handlers.iter() {
            let Some(schedule) = &handler.schedule else { continue };
            if table::is_scheduled(infra, kind).await? {
                continue;
            }
            infra
                .write(Author::PLATFORM, async |change| {
                    change.unaudited("what is done again and again is nobody's change");
                    change.enqueue_new((schedule.first)(change.id()));
                    Ok::<_, DbError>(())
                })
                .await?;
        }
        Ok(())
    }

    async fn count(&mut self) -> Result<(), DbError> {
        let QueueRunner { infra, queue, counts_unknown, .. } = &self.runner;
        self.dead.show(&infra.queues.dead, table::dead(infra, *queue).await?);
        if let Some(known) = counts_unknown {
            self.unknown.show(&infra.queues.unknown, table::unknown(infra, known).await?);
        }
        Ok(())
    }
}

/// The kinds that a gauge has been set for.
#[derive(Default)]
struct Counted(BTreeSet<String>);

impl Counted {
    fn show(&mut self, gauge: &IntGaugeVec, counted: Vec<(String, i64)>) {
        for kind in std::mem::take(&mut self.0) {
            gauge.with_label_values(&[&kind]).set(0);
        }
        for (kind, jobs) in counted {
            gauge.with_label_values(&[&kind]).set(jobs);
            self.0.insert(kind);
        }
    }
}
