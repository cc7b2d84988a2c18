//! What belongs to an effect: the effects made in its run, and its cleanups. It ends when the effect runs
//! again, or ends.
//!
//! ```text
//!   RUNNING (of the thread)           Owner, made when there is something to own
//!     Effect ──slot──────────────▶    1 ▶ effect made inside     ended last first:
//!     (Nobody while cleaning up)      2 ▶ cleanup                3, 2, 1
//!                                     3 ▶ effect made inside
//! ```
//!
//! Inner effects are held strongly, and their subscriptions hold the owner weakly, so there is no circle.

use std::{
    cell::Cell,
    collections::BTreeMap,
    mem,
    panic::{self, AssertUnwindSafe},
};

use flo_core::{
    End, Subscription,
    sync::{Arc, Mutex, Weak, thread_local},
};

use crate::{
    effect_panic,
    graph::{
        commit::{self, Mode},
        end::{self, Reaction},
        surface, thread,
        value::Payload,
    },
    transaction::untracked,
};

/// Runs `f` when the effect around it runs again, before that run, and when the effect ends: once.
///
/// What was registered last is called first, together with the effects made inside: each of them ends in
/// its turn, with what belongs to it. What `f` reads is not tracked. An effect that one of these ends does not run again. Outside of an effect's run, and in a computed or a
/// [`snapshot`](crate::snapshot()), there is nothing to clean up after: `f` is dropped without a call.
///
/// # Concurrency
/// On the thread that runs the effect again, or that ends it, with no lock of ours held; of an effect in a
/// [`LocalEffectQueue`](crate::LocalEffectQueue) on the thread of that.
///
/// # Panics
/// Not here. A panic of `f` stops no other cleanup and not the run; it reaches who made the change, or
/// who ended the effect, as an effect's own does.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use flo_bind::{BoundExt, bind, effect, on_cleanup};
///
/// let log = Arc::new(Mutex::new(Vec::new()));
/// let page = bind(1);
/// let showing = effect({
///     let (page, log) = (page.clone(), log.clone());
///     move || {
///         let (page, log_of_cleanup) = (page.get(), log.clone());
///         log.lock().unwrap().push(format!("open {page}"));
///         on_cleanup(move || log_of_cleanup.lock().unwrap().push(format!("close {page}")));
///     }
/// });
/// page.set(2);
/// drop(showing);
/// assert_eq!(*log.lock().unwrap(), ["open 1", "close 1", "open 2", "close 2"]);
/// ```
pub fn on_cleanup<F: FnOnce() + Send + 'static>(f: F) {
    match current() {
        Some(owner) => {
            owner.add(Member::Cleanup(Box::new(f)));
        }
        None => drop(f),
    }
}

#[derive(Default)]
pub(crate) struct Owner {
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    added: u64,
    /// In the order in which they were added.
    held: BTreeMap<u64, Member>,
    /// Effects that were ended, and were not over then.
    left: Vec<Arc<Reaction>>,
}

enum Member {
    Cleanup(Box<dyn FnOnce() + Send>),
    /// With what belongs to it in turn, if that may end on this thread.
    Effect(Arc<Reaction>, Option<Arc<Owner>>),
}

/// A step on the way to the end of all that belongs to an effect, and to whom that belongs which it ends, where this is an inner
/// effect.
struct Step(What, Option<Arc<Owner>>);

enum What {
    End(Member),
    /// What belonged to this one, which this thread has stopped, has ended.
    Drop(Arc<Reaction>),
}

impl Members {
    fn add(&mut self, member: Member) -> u64 {
        self.added += 1;
        self.held.insert(self.added, member);
        self.added
    }
}

impl Owner {
    fn add(&self, member: Member) -> u64 {
        self.members.lock().add(member)
    }

    /// Takes a member out that is about to be ended by its own subscription. Who waits for the owner's end waits for that as well.
    fn give_up(&self, key: u64) -> Option<Member> {
        let mut members = self.members.lock();
        let member = members.held.remove(&key);
        if let Some(Member::Effect(effect, _)) = &member {
            members.left.push(Arc::clone(effect));
        }
        member
    }

    /// It was ended since, and need not be waited for if it is over.
    fn given_up(&self, effect: &Arc<Reaction>) {
        if effect.is_over() {
            // The caller has another one.
            self.members.lock().left.retain(|left| !Arc::ptr_eq(left, effect));
        }
    }

    /// Ends all that belongs to it, the last first, and whatever belongs to that in its place; gives the
    /// first panic. A loop, since effects may be nested to any depth.
    fn clean(&self) -> Option<Payload> {
        let mut steps = Vec::new();
        let mut first = None;
        self.empty_into(&mut steps, None);
        while let Some(Step(what, whose)) = steps.pop() {
            let ended = panic::catch_unwind(AssertUnwindSafe(|| match what {
                What::End(Member::Cleanup(f)) => aside(f),
                What::End(Member::Effect(effect, Some(owner))) if effect.stop() => {
                    steps.push(Step(What::Drop(effect), whose));
                    owner.empty_into(&mut steps, Some(&owner));
                }
                // One that is running cleans up when that run is over.
                What::End(Member::Effect(effect, _)) => {
                    whose.as_deref().unwrap_or(self).end(&effect);
                }
                What::Drop(effect) => {
                    effect.give_back();
                    whose.as_deref().unwrap_or(self).end(&effect);
                }
            }));
            surface::keep_first(&mut first, ended.err());
        }
        let mut left = mem::take(&mut self.members.lock().left);
        left.retain(|effect| !effect.is_over());
        self.members.lock().left.append(&mut left);
        first
    }

    /// Ends one that belonged to it, and keeps it for who waits, because that may not be over then.
    fn end(&self, effect: &Arc<Reaction>) {
        self.members.lock().left.push(Arc::clone(effect));
        aside(|| effect.end());
    }

    fn empty_into(&self, steps: &mut Vec<Step>, this: Option<&Arc<Self>>) {
        let members = mem::take(&mut self.members.lock().held);
        let ends = members.into_values().map(|member| Step(What::End(member), this.cloned()));
        steps.extend(ends);
    }
}

/// What belongs to an effect from one run to the next.
pub(crate) struct Belongings {
    /// There from the start where the effect itself belongs to one, or once something belonged to it.
    owner: Option<Arc<Owner>>,
}

impl Belongings {
    /// For an effect that is made now.
    pub(crate) fn new() -> Self {
        Self { owner: current().map(|_| Arc::default()) }
    }

    /// For whoever the effect belongs to.
    pub(crate) fn owner(&self) -> Option<Arc<Owner>> {
        self.owner.clone()
    }

    /// Ends what belongs to the last run, and runs `f`, unless the effect has been ended by that.
    ///
    /// # Panics
    /// With the first panic of the cleanups and of `f`, after `f`.
    pub(crate) fn run(&mut self, f: impl FnOnce()) {
        let Some(owner) = &self.owner else {
            let _running = Running::start(self);
            return f();
        };
        let mut first = owner.clean();
        if !end::is_ended_here() {
            let running = Running::start(self);
            let ran = panic::catch_unwind(AssertUnwindSafe(f));
            drop(running);
            surface::keep_first(&mut first, ran.err());
        }
        if let Some(payload) = first {
            panic::resume_unwind(payload);
        }
    }
}

/// What is made belongs to an effect, until this goes.
struct Running<'a> {
    belongings: &'a mut Belongings,
    outer: Place,
}

impl<'a> Running<'a> {
    #[inline]
    fn start(belongings: &'a mut Belongings) -> Self {
        let outer = Place::Effect(belongings.owner.take()).enter();
        Self { belongings, outer }
    }
}

impl Drop for Running<'_> {
    #[inline]
    fn drop(&mut self) {
        // The owner that was there, or was needed meanwhile.
        if let Place::Effect(owner) = mem::take(&mut self.outer).enter() {
            self.belongings.owner = owner;
        }
    }
}

impl Drop for Belongings {
    fn drop(&mut self) {
        let Some(owner) = self.owner.take() else { return };
        let payload = owner.clean();
        let left = mem::take(&mut owner.members.lock().left);
        end::leave(left.iter().map(|effect| effect.0.clone()));
        match payload {
            Some(payload) if std::thread::panicking() => effect_panic::report(payload),
            // Not passed on from here: what the closure captured is dropped next, and may panic, too.
            Some(payload) => surface::keep(payload),
            None => {}
        }
    }
}

/// A subscription to `effect`, which belongs to the effect that is running, if there is one.
///
/// Dropped, it ends the effect before its owner would; detached, it leaves it to its owner. `inner` is what
/// belongs to the effect in turn, if that may end on any thread.
pub(crate) fn adopt(effect: Arc<Reaction>, inner: Option<Arc<Owner>>) -> Subscription {
    let Some(owner) = current() else { return Subscription::new(effect) };
    let key = owner.add(Member::Effect(Arc::clone(&effect), inner));
    Subscription::new(Arc::new(Owned { effect, owner: Arc::downgrade(&owner), key }))
}

struct Owned {
    effect: Arc<Reaction>,
    owner: Weak<Owner>,
    key: u64,
}

impl End for Owned {
    fn end(&self) {
        let owner = self.owner.upgrade();
        let member = owner.as_ref().and_then(|owner| owner.give_up(self.key));
        self.effect.end();
        if let Some(owner) = owner.filter(|_| member.is_some()) {
            owner.given_up(&self.effect);
        }
        drop(member);
    }

    fn wait(&self) {
        self.effect.wait();
    }

    fn detach(self: Arc<Self>) {
        Arc::clone(&self.effect).detach();
    }
}

thread_local! {
    /// What is running on this thread; what is running around it is kept by that.
    static RUNNING: Cell<Place> = const { Cell::new(Place::Nobody) };
}

/// To whom belongs what is made.
#[derive(Default)]
enum Place {
    Effect(Option<Arc<Owner>>),
    /// Nothing runs, or a cleanup: what that makes belongs to nobody.
    #[default]
    Nobody,
}

impl Place {
    /// Makes it that of this thread, and gives the one that was. Past the end of the thread's locals what is made belongs to
    /// nobody.
    #[inline]
    fn enter(self) -> Self {
        RUNNING.try_with(|running| running.replace(self)).unwrap_or_default()
    }
}

/// What is made belongs to nobody, until this goes.
struct Aside(Place);

impl Drop for Aside {
    fn drop(&mut self) {
        mem::take(&mut self.0).enter();
    }
}

/// The owner of what is made now.
fn current() -> Option<Arc<Owner>> {
    // A computed keeps what it came to after the effect around it has gone on, so it owes it nothing.
    if matches!(commit::mode(), Mode::Later) {
        return None;
    }
    let owner = RUNNING.try_with(|running| {
        let Place::Effect(owner) = running.take() else { return None };
        let owner = owner.unwrap_or_default();
        running.set(Place::Effect(Some(Arc::clone(&owner))));
        Some(owner)
    });
    owner.ok().flatten()
}

/// Runs a cleanup, untracked and as nobody's.
fn aside(f: impl FnOnce()) {
    let _aside = Aside(Place::Nobody.enter());
    match thread::try_with(|_| ()) {
        Some(()) => untracked(f),
        // Past the end of the thread's locals nothing is tracked.
        None => f(),
    }
}
