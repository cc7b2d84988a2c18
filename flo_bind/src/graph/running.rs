//! What surrounds a run: the snapshot it reads, the count of computations, the stack it stands on.
//!
//! A thread has one snapshot at most, and who comes second joins it. It is registered in each group that it has
//! read in, with the commit that it reads there: parts of the graph that nothing has connected have no
//! common order.
//!
//! A registration can be *overtaken*: groups were merged after the snapshot had fallen behind in one of them, so
//! that no one commit number says what it reads. Such a snapshot takes sources as they are, or as they were
//! saved for it, and evaluates computeds for itself.

use flo_core::sync::atomic::Ordering::Relaxed;
use rustc_hash::FxHashMap;

use super::{
    cell::{self, Access, Group, Inner},
    frame::untracked,
    garbage::{self, Garbage, drop_caught},
    node::{Bits, Id, NodeRef, Role},
    now::{self, Now, SNAPSHOT},
    thread::{self, Mail, Record},
    value::{Outcome, Seen, Value},
};

/// What was right for a snapshot and is no longer stored, or never was. Most snapshots have none.
#[derive(Default)]
pub(crate) struct Overrides(Option<Box<Saved>>);

#[derive(Default)]
struct Saved {
    of: FxHashMap<Id, Seen>,
    /// Outcomes that a run may be looking at (`read::kept`), of a snapshot that no interval says they are right for.
    kept: Vec<Outcome>,
}

impl Overrides {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Seen> {
        self.0.as_ref()?.of.get(&id)
    }

    /// Keeps `seen`, and gives what was there before.
    pub(crate) fn insert(&mut self, id: Id, seen: Seen) -> Option<Seen> {
        self.0.get_or_insert_default().of.insert(id, seen)
    }

    pub(crate) fn remove(&mut self, id: Id) -> Option<Seen> {
        self.0.as_mut()?.of.remove(&id)
    }

    /// Keeps an outcome that is replaced, for its memory alone.
    fn keep(&mut self, outcome: Option<Outcome>) {
        self.0.get_or_insert_default().kept.extend(outcome);
    }

    /// All that was saved: of different nodes, so that each is to be dropped by itself.
    pub(crate) fn into_outcomes(self) -> impl Iterator<Item = Outcome> {
        self.0.into_iter().flat_map(|saved| {
            let Saved { of, kept } = *saved;
            of.into_values().map(|seen| seen.outcome).chain(kept)
        })
    }

    /// Takes what another has over. No node is in both.
    pub(crate) fn extend(&mut self, other: Self) {
        if let Some(other) = other.0 {
            let saved = self.0.get_or_insert_default();
            saved.of.extend(other.of);
            saved.kept.extend(other.kept);
        }
    }
}

/// A snapshot, as a group knows it.
pub(crate) struct Registration {
    pub(crate) thread: &'static Record,
    /// The thread's number.
    pub(crate) number: u32,
    /// The state after this commit is what it reads; [`OVERTAKEN`] where there is none.
    pub(crate) begin: u64,
    pub(crate) overrides: Overrides,
}

/// Before the first commit, so that no computed is right for it.
pub(crate) const OVERTAKEN: u64 = 0;

/// How a thread finds a group again in which its snapshot is registered, other than that of the node for which
/// it was opened.
pub(crate) enum Anchor {
    /// A nursery.
    Group(&'static Group),
    /// The group of a node that might not live as long otherwise.
    Held(NodeRef),
}

impl Registration {
    /// No commit number says any more what the snapshot reads here.
    pub(crate) fn overtake(&mut self) {
        self.begin = OVERTAKEN;
        self.thread.overtake();
    }
}

impl Inner {
    #[inline]
    pub(crate) fn registration(&self, thread: u32) -> Option<&Registration> {
        match &self.snapshots[..] {
            [] => None,
            [one] => (one.number == thread).then_some(one),
            many => many.iter().find(|snapshot| snapshot.number == thread),
        }
    }

    #[inline]
    pub(crate) fn registration_mut(&mut self, thread: u32) -> Option<&mut Registration> {
        self.snapshots.iter_mut().find(|snapshot| snapshot.number == thread)
    }

    /// The commit whose state this thread reads, if it is the newest one, nobody else reads here, and nothing was
    /// saved for it.
    #[inline]
    pub(crate) fn begin_alone(&self, me: u32) -> Option<u64> {
        let [one] = &self.snapshots[..] else { return None };
        let is_alone = one.number == me && one.begin == self.commits && one.overrides.is_empty();
        is_alone.then_some(one.begin)
    }

    /// The commit whose state this thread reads.
    #[inline]
    pub(crate) fn begin(&self) -> u64 {
        if !now::is(SNAPSHOT) || self.snapshots.is_empty() {
            return self.commits;
        }
        let me = thread::number();
        self.registration(me).map_or(self.commits, |snapshot| snapshot.begin)
    }
}

impl Access {
    /// Registers this thread's snapshot here, if it is open and not yet. `id` is a node of this group.
    #[inline]
    pub(crate) fn register(&mut self, id: Id) {
        if !now::is(SNAPSHOT) {
            return;
        }
        let group: *const Group = self.group();
        let known = now::with(|now| now.group.get() == group && now.begin.get() != OVERTAKEN);
        if !known {
            self.register_new(id);
        }
    }

    /// The same, unless `id` is in a nursery and never ran: then it has nothing yet that could be saved, and it moves on
    /// to where what it reads is.
    #[inline]
    pub(crate) fn register_if_known(&mut self, id: Id) {
        if !(id.state.has(Bits::EMPTY) && self.group().is_nursery()) {
            self.register(id);
        }
    }

    fn register_new(&mut self, id: Id) {
        let (group, commits) = (self.group(), self.commits);
        let thread = thread::record();
        let number = thread.number();
        let mine = self.registration(number).map(|registration| registration.begin);
        now::with(|now| {
            if mine.is_none() {
                let overrides = Overrides::default();
                self.snapshots.push(Registration { thread, number, begin: commits, overrides });
                let is_here = |lent| lent == id || std::ptr::eq(cell::root_of(lent), group);
                if now.lent.get().is_some_and(is_here) && !group.is_nursery() {
                    now.is_lent.set(true);
                } else {
                    anchor(group, id);
                }
            }
            now.group.set(group);
            now.begin.set(mine.unwrap_or(commits));
        });
    }

    /// The commit whose state this thread reads, and whether something was saved here for its snapshot.
    #[inline]
    pub(crate) fn view(&self, me: u32) -> (u64, bool) {
        let mine = self.registration(me);
        mine.map_or((self.commits, false), |one| (one.begin, !one.overrides.is_empty()))
    }

    /// Ends this thread's registration here.
    #[inline]
    fn unregister(&mut self, thread: u32) {
        if let [one] = &self.snapshots[..]
            && one.number == thread
            && one.overrides.is_empty()
        {
            // Nothing is saved, so there is nothing to drop.
            if let Some(closed) = self.snapshots.pop() {
                std::mem::forget(closed);
            }
            return;
        }
        let mine = self.snapshots.iter().position(|one| one.number == thread);
        if let Some(at) = mine {
            let closed = self.snapshots.swap_remove(at);
            if !closed.overrides.is_empty() {
                garbage::add(Garbage::Overrides(closed.overrides));
            }
        }
    }

    /// G6: before the outcome of `id` is replaced, or its interval shortened, every running snapshot
    /// for which it is right gets it. `but` is the thread whose own commit this is.
    #[inline]
    pub(crate) fn save_for_snapshots(&mut self, id: Id, but: Option<u32>) {
        match &self.snapshots[..] {
            [] => {}
            [one] if Some(one.number) == but => {}
            _ => self.save(id, but),
        }
    }

    #[cold]
    fn save(&mut self, id: Id, but: Option<u32>) {
        let is_source = id.role() == Role::Source;
        for at in 0..self.snapshots.len() {
            let snapshot = &self.snapshots[at];
            if Some(snapshot.number) == but {
                continue;
            }
            if !is_source && snapshot.begin == OVERTAKEN {
                let outcome = self.outcome(id);
                self.snapshots[at].overrides.keep(outcome);
                continue;
            }
            let has_other = snapshot.overrides.get(id).is_some();
            if has_other && id.stamp.load(Relaxed) <= snapshot.begin {
                // It has another, and may be looking at this one.
                let outcome = self.outcome(id);
                self.snapshots[at].overrides.keep(outcome);
                continue;
            }
            // What is stored in a source is right for all who have no other value of it.
            let wants = (is_source || is_right_at(id, snapshot.begin)) && !has_other;
            if wants && let Some(seen) = self.seen(id) {
                id.state.set(Bits::SAVED);
                let _none = self.snapshots[at].overrides.insert(id, seen);
            }
        }
    }
}

#[cold]
fn anchor(group: &'static Group, id: Id) {
    let is_nursery = group.is_nursery();
    let anchor = if is_nursery { Anchor::Group(group) } else { Anchor::Held(NodeRef::of(id)) };
    thread::with(|thread| thread.anchors.borrow_mut().push(anchor));
    now::with(|now| now.is_anchored.set(true));
}

/// G4: whether what a computed holds is right for the state after commit `begin`.
#[inline]
pub(crate) fn is_right_at(id: Id, begin: u64) -> bool {
    if id.state.has(Bits::EMPTY) || id.stamp.load(Relaxed) > begin {
        return false;
    }
    !id.state.has(Bits::STALE)
        || id.role() != Role::Source && begin < id.derived().since.load(Relaxed)
}

/// A computation under way on this thread: until it is over, writes wait and nothing is flushed.
pub(crate) struct Computing(());

impl Computing {
    #[inline]
    pub(crate) fn start() -> Self {
        now::with(|now| now.computing.set(now.computing.get() + 1));
        Self(())
    }
}

impl Drop for Computing {
    #[inline]
    fn drop(&mut self) {
        now::with(|now| now.computing.set(now.computing.get() - 1));
    }
}

/// This thread's snapshot, where it was opened here.
pub(crate) struct Snapshotted {
    opened: bool,
}

impl Snapshotted {
    #[inline]
    pub(crate) fn open() -> Self {
        let opened = now::with(|now| {
            let opened = now.mode.get() & SNAPSHOT == 0;
            if opened {
                now.has_moved.set(false);
                now.has_alone.set(false);
            }
            now.mode.set(now.mode.get() | SNAPSHOT);
            opened
        });
        Self { opened }
    }

    /// As [`open`](Self::open), for a node that lives until it is closed.
    #[inline]
    pub(crate) fn open_for(id: Id) -> Self {
        let snapshot = Self::open();
        if snapshot.opened {
            now::with(|now| now.lent.set(Some(id)));
        }
        snapshot
    }

    /// Whether it is registered in this group alone, of which `next` is, too, with nothing saved for it: so that it can
    /// go on for that one.
    #[inline]
    pub(crate) fn can_go_on(&self, access: &Access, next: Id, me: u32) -> bool {
        let is_here_alone = now::with(|now| {
            now.is_lent.get()
                && !now.is_anchored.get()
                && now
                    .record
                    .get()
                    .is_some_and(|record| !record.has_mail() && !record.is_overtaken())
        });
        self.opened
            && is_here_alone
            && std::ptr::eq(cell::root_of(next), access.group())
            && access.registration(me).is_some_and(|mine| mine.overrides.is_empty())
    }

    /// Begins anew for `id`, at the present, after [`can_go_on`](Self::can_go_on).
    #[inline]
    pub(crate) fn begin_anew(self, access: &mut Access, id: Id, me: u32) -> Self {
        let (group, commits) = (access.group(), access.commits);
        if let Some(mine) = access.registration_mut(me) {
            mine.begin = commits;
        }
        now::with(|now| {
            now.has_moved.set(false);
            now.has_alone.set(false);
            now.lent.set(Some(id));
            now.group.set(group);
            now.begin.set(commits);
        });
        self
    }

    /// Ends it where `access` is the only place in which it is registered, which saves taking the lock again.
    /// Otherwise gives it back, to be dropped when the lock was given back quietly.
    #[inline]
    #[must_use]
    pub(crate) fn close_in(self, access: &mut Access) -> Option<Self> {
        if !self.opened {
            return None;
        }
        let record = thread::record();
        now::with(|now| {
            let is_lent = now.is_lent.get();
            let is_here = |lent| std::ptr::eq(cell::root_of(lent), access.group());
            let is_elsewhere =
                now.is_anchored.get() || is_lent && !now.lent.get().is_some_and(is_here);
            if is_elsewhere || record.has_mail() {
                return Some(self);
            }
            if is_lent {
                access.unregister(record.number());
            }
            std::mem::forget(self);
            record.begin_anew();
            end_mode(now);
            None
        })
    }
}

fn end_mode(now: &Now) {
    now.mode.set(now.mode.get() & !SNAPSHOT);
    now.group.set(std::ptr::null());
    now.lent.set(None);
    now.is_lent.set(false);
    now.is_anchored.set(false);
}

impl Drop for Snapshotted {
    #[inline]
    fn drop(&mut self) {
        if self.opened {
            close();
        }
    }
}

fn close() {
    let lent = now::with(|now| {
        let lent = if now.is_lent.get() { now.lent.get() } else { None };
        end_mode(now);
        lent
    });
    let record = thread::record();
    let number = record.number();
    // Everywhere first, and nothing of a user's is dropped in between: what that reads is the present.
    if let Some(lent) = lent {
        cell::lock(lent).quietly().unregister(number);
    }
    let anchors = thread::with(|thread| thread.anchors.take());
    for anchor in &anchors {
        match anchor {
            Anchor::Group(group) => cell::lock_group(group).unregister(number),
            Anchor::Held(node) => cell::lock(node.id()).quietly().unregister(number),
        }
    }
    let mut nodes = Vec::new();
    loop {
        // Who had this thread's registration moved on before it was ended has posted that.
        let list = record.take_mail();
        if list.is_empty() {
            break;
        }
        for mail in list {
            match mail {
                Mail::Registered(node) => {
                    cell::lock(node.id()).quietly().unregister(number);
                    nodes.push(node);
                }
                Mail::Pinned(group) => group.unknown(),
            }
        }
    }
    record.begin_anew();
    garbage::dispose_if_any();
    nodes.into_iter().for_each(drop_caught);
    let mut anchors = anchors;
    anchors.drain(..).for_each(drop_caught);
    thread::with(|thread| {
        // Its memory is used again.
        let mut kept = thread.anchors.borrow_mut();
        if kept.is_empty() {
            *kept = anchors;
        }
    });
}

/// Compares by the node's equality: user code, which reads untracked and whose writes wait, unless the
/// comparison is the language's own.
pub(crate) fn equal(id: Id, old: &Value, new: &Value) -> bool {
    let state = id.state.load();
    if state.has(Bits::NEVER) {
        return false;
    }
    if state.has(Bits::PLAIN) {
        return id.equal(old, new);
    }
    // A word that is the value says nothing to a comparison of the user's own.
    if state.has(Bits::BOXED) && old.has_word_of(new) {
        return true;
    }
    let _computing = Computing::start();
    untracked(|| id.equal(old, new))
}

/// Runs `f` on a stack that is grown where little is left of it: a first evaluation recurses through
/// the user's closures, as deep as they are chained.
#[inline]
pub(crate) fn with_stack<R>(f: impl FnOnce() -> R) -> R {
    const LEFT: usize = 128 * 1024;
    if cfg!(any(flo_loom, flo_shuttle)) {
        // The threads of a model have stacks of their own, of which nobody knows how much is left.
        return f();
    }
    if stacker::remaining_stack().is_some_and(|left| left >= LEFT) { f() } else { on_more(f) }
}

/// Out of line, so that each run under way has no room on the stack for what this needs.
#[cold]
#[inline(never)]
fn on_more<R>(f: impl FnOnce() -> R) -> R {
    const GROWN: usize = 2 * 1024 * 1024;
    stacker::grow(GROWN, f)
}
