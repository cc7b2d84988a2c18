//! Running the closure of a claimed computed, and publishing what it came to.

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::{
    Arc,
    atomic::Ordering::{Relaxed, Release},
};

use crate::trace;

#[cfg(test)]
use super::steps;
use super::{
    carried::Held,
    cell::{self, Access},
    edges, end,
    frame::{self, Frame},
    garbage::{self, Garbage},
    mark,
    node::{Bits, Id, Role},
    now, read,
    running::{self, OVERTAKEN, is_right_at},
    staged, surface, thread,
    value::{Outcome, Panicked, Payload, Seen, Value},
};

/// Runs `id`, claimed by this thread, whose number is `me`, with the lock released meanwhile, and publishes it.
pub(crate) fn run(access: Access, id: Id, me: u32) -> Access {
    if !id.state.has(Bits::PLAIN) {
        let is_carried = id.state.has(Bits::CARRIED);
        return if is_carried { run_carried(access, id, me) } else { run_boxed(access, id) };
    }
    let frame = Frame::tracked(id);
    let cause = trace::cause(&access, id);
    drop(access);
    match evaluate(id, Held::NOTHING, &frame, &cause) {
        Ok(value) => publish_plain(cell::lock_by(id, me), id, value, &frame, me),
        Err(payload) => publish_panic(cell::lock_by(id, me), id, payload, &frame),
    }
}

#[cold]
#[inline(never)]
fn publish_panic(mut access: Access, id: Id, payload: Payload, frame: &Frame) -> Access {
    publish(&mut access, id, Came::To(panicked(payload)), frame);
    access
}

/// As [`run`], of one whose run carries on what its node held (`carried`), and says whether it is the same.
#[inline(never)]
fn run_carried(mut access: Access, id: Id, me: u32) -> Access {
    let frame = Frame::tracked(id);
    let cause = trace::cause(&access, id);
    // D1
    let held = if access.begin_alone(me).is_some() { access.take_sole(id) } else { Held::NOTHING };
    drop(access);
    match evaluate(id, held, &frame, &cause) {
        Ok(value) => publish_carried(cell::lock_by(id, me), id, value, &frame, me),
        Err(payload) => publish_panic(cell::lock_by(id, me), id, payload, &frame),
    }
}

/// As [`run`], of one whose values are compared by user code, or not at all.
///
/// Out of line, as all that is not usual: a run is on the stack once for each computed of a chain, and fresh memory for
/// its frame takes longer than all that it does.
#[inline(never)]
fn run_boxed(access: Access, id: Id) -> Access {
    let old = access.outcome(id);
    let frame = Frame::tracked(id);
    let cause = trace::cause(&access, id);
    drop(access);
    let outcome = match evaluate(id, Held::NOTHING, &frame, &cause) {
        Ok(value) => Outcome::Value(value),
        Err(payload) => panicked(payload),
    };
    let came = match old {
        Some(old) => compared(id, old, outcome),
        None => Came::To(outcome),
    };
    let mut access = cell::lock(id);
    publish(&mut access, id, came, &frame);
    access
}

/// What a run has come to.
enum Came {
    /// To something equal to what is stored.
    Same,
    /// To what was stored, carried on.
    On(Outcome),
    /// To something else.
    To(Outcome),
}

impl Came {
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Same => None,
            Self::On(outcome) | Self::To(outcome) => Some(outcome),
        }
    }
}

fn panicked(payload: Payload) -> Outcome {
    Outcome::Panicked(Arc::new(Panicked::new(payload)))
}

/// Runs the user's closure in a frame. What recurses, recurses through here.
#[inline(always)]
#[expect(clippy::inline_always, reason = "one of its callers is the way of every run")]
fn evaluate(id: Id, held: Held, frame: &Frame, cause: &trace::Cause) -> Result<Value, Payload> {
    let _entered = frame.enter();
    panic::catch_unwind(AssertUnwindSafe(|| {
        trace::runs(id, cause);
        if frame.is_nested() { running::with_stack(|| id.compute(held)) } else { id.compute(held) }
    }))
}

/// Compares the new outcome with the old one. A comparison that panics makes the outcome that panic.
fn compared(id: Id, old: Outcome, new: Outcome) -> Came {
    let (Outcome::Value(before), Outcome::Value(value)) = (&old, &new) else {
        garbage::drop_caught(old);
        return Came::To(new);
    };
    let result = panic::catch_unwind(AssertUnwindSafe(|| running::equal(id, before, value)));
    let came = match result {
        Ok(false) => Came::To(new),
        Ok(true) => {
            garbage::drop_caught(new);
            Came::Same
        }
        Err(payload) => {
            garbage::drop_caught(new);
            Came::To(panicked(payload))
        }
    };
    garbage::drop_caught(old);
    came
}

/// G4, G6, G7: stores what a run at this thread's snapshot came to.
fn publish(access: &mut Access, id: Id, came: Came, frame: &Frame) {
    let begin = access.begin();
    if begin == OVERTAKEN {
        // The old outcome stays, and with it the edges that say what it follows from.
        return publish_for_me(access, id, came.outcome());
    }
    edges::unlink_gone(access, id, frame);
    // For this thread's own snapshot it is right from here on, and was not before.
    access.save_for_snapshots(id, Some(thread::number()));
    id.stamp.store(begin, Relaxed);
    if matches!(came, Came::To(_)) && id.state.next_version() {
        mark::versions_came_round(access, id);
    }
    if let Some(outcome) = came.outcome() {
        access.store(id, outcome);
    }
    settle(access, id, begin, !frame.alone.get());
}

/// As [`publish`], for the usual case: a value in the word, no commit since, and no other snapshot.
#[inline]
fn publish_plain(mut access: Access, id: Id, value: Value, frame: &Frame, me: u32) -> Access {
    let is_same = access.holds(id, &value);
    let begin = access.begin_alone(me);
    let is_usual =
        !frame.alone.get() && !id.state.has(Bits::WAITED | Bits::PANICKED | Bits::AWAITED);
    let Some(begin) = begin.filter(|_| is_usual) else {
        return publish_value(access, id, value, is_same, frame);
    };
    edges::unlink_gone(&mut access, id, frame);
    // In this order: who reads without the lock and has the new word has the new stamp.
    id.stamp.store(begin, Relaxed);
    if is_same {
        id.state.settle();
    } else {
        access.store_word(id, value);
        if id.state.settle_next() {
            mark::versions_came_round(&mut access, id);
        }
    }
    end::if_over(&mut access, id);
    access
}

/// As [`publish_plain`], of what was taken out of the node and carried on, or is its first value.
#[inline]
fn publish_carried(mut access: Access, id: Id, value: Value, frame: &Frame, me: u32) -> Access {
    let begin = access.begin_alone(me);
    let is_usual = id.state.has(Bits::EMPTY)
        && !frame.alone.get()
        && !id.state.has(Bits::WAITED | Bits::PANICKED | Bits::AWAITED);
    let Some(begin) = begin.filter(|_| is_usual) else {
        let outcome = Outcome::Value(value);
        let is_same = frame.is_same.get();
        let came = if is_same { Came::On(outcome) } else { Came::To(outcome) };
        publish(&mut access, id, came, frame);
        return access;
    };
    edges::unlink_gone(&mut access, id, frame);
    // In this order, as there.
    id.stamp.store(begin, Relaxed);
    // Release: pairs with the acquire of fast reads.
    id.word.store(value.into_word(), Release);
    if frame.is_same.get() {
        id.state.clear(Bits::EMPTY);
        id.state.settle();
    } else if id.state.settle_next() {
        mark::versions_came_round(&mut access, id);
    }
    end::if_over(&mut access, id);
    access
}

#[inline(never)]
fn publish_value(mut access: Access, id: Id, value: Value, is_same: bool, frame: &Frame) -> Access {
    let came = if is_same { Came::Same } else { Came::To(Outcome::Value(value)) };
    publish(&mut access, id, came, frame);
    access
}

/// No commit number says what this thread has read (`running`): what it came to is for itself alone, and the
/// node must be computed again.
fn publish_for_me(access: &mut Access, id: Id, changed: Option<Outcome>) {
    let outcome = changed.or_else(|| access.outcome(id));
    if let Some(outcome) = outcome {
        let seen = Seen { outcome, version: None };
        if let Some(registration) = access.registration_mut(thread::number()) {
            id.state.set(Bits::SAVED);
            let replaced = registration.overrides.insert(id, seen);
            if let Some(replaced) = replaced {
                garbage::add(Garbage::Outcome(replaced.outcome));
            }
        }
    }
    unclaim(id, Bits::DIRTY);
    id.state.clear(Bits::AWAITED);
    // Not after the present: who listens to what is below must come to compute it.
    let since = access.commits;
    mark::tell_below(access, id, since);
}

/// Publishes a node whose deps are all as its last run saw them: what it holds is right at this thread's
/// snapshot too. Between the last run and now it need not have been: a dep may have gone and come back.
#[inline]
pub(crate) fn verified(access: &mut Access, id: Id, me: u32) {
    // The usual case, as in `publish_plain`.
    if !id.state.has(Bits::WAITED | Bits::AWAITED)
        && let Some(begin) = access.begin_alone(me)
    {
        id.stamp.store(begin, Relaxed);
        id.state.settle();
        return end::if_over(access, id);
    }
    verified_among_others(access, id, me);
}

fn verified_among_others(access: &mut Access, id: Id, me: u32) {
    let begin = access.begin();
    access.save_for_snapshots(id, Some(me));
    id.stamp.store(begin, Relaxed);
    settle(access, id, begin, true);
}

/// Gives the claim up with these marks.
pub(crate) fn unclaim(id: Id, marks: Bits) {
    let is_waited_for = id.state.has(Bits::WAITED);
    id.state.replace(Bits::BUSY | Bits::WAITED, marks);
    if is_waited_for {
        super::wait::tell_published();
    }
}

/// Gives the claim back: clean where the outcome is right for the present too, stale where commits have
/// overtaken it.
fn settle(access: &mut Access, id: Id, begin: u64, is_whole: bool) {
    // Without a commit since, what was right at the snapshot is right.
    let is_newest = begin == access.commits;
    let reliance = if is_newest && is_whole {
        Reliance::Present
    } else {
        match reliance(access, id, begin) {
            Reliance::Present if !was_right_since(access, id, begin) => Reliance::Overtaken,
            reliance => reliance,
        }
    };
    if matches!(reliance, Reliance::Present) {
        let is_awaited = id.state.has(Bits::AWAITED);
        let is_waited_for = id.state.has(Bits::WAITED);
        id.state.settle();
        if is_waited_for {
            super::wait::tell_published();
        }
        if is_awaited {
            id.state.clear(Bits::AWAITED);
            let newest = access.commits;
            mark::tell_below(access, id, newest);
        }
        end::if_over(access, id);
        return;
    }
    let since = access.commits.min(begin + 1);
    id.derived().since.store(since, Relaxed);
    if is_newest
        && let Some(outcome) = access.outcome(id)
        && let Some(registration) = access.registration_mut(thread::number())
    {
        // No commit came between, so no interval says so, but for this reader it is right; the next one computes
        // anew, and gets edges that tell. Without a version, so that what it is read for is not relied on either.
        id.state.set(Bits::SAVED);
        let seen = Seen { outcome, version: None };
        if let Some(replaced) = registration.overrides.insert(id, seen) {
            garbage::add(Garbage::Outcome(replaced.outcome));
        }
    }
    unclaim(id, Bits::CHECK);
    if matches!(reliance, Reliance::Awaits) {
        // Without a commit since there is nothing to tell.
        await_deps(access, id);
        id.state.set(Bits::AWAITED);
        return;
    }
    id.state.clear(Bits::AWAITED);
    // A dep that is new in this run may have changed before its edge was there to carry the mark.
    mark::tell_below(access, id, since);
}

/// Whether all that this thread's snapshot has read is the present, without a look at it: no commit since, and
/// none of its own, which may have come between two reads.
fn is_whole(access: &Access, begin: u64) -> bool {
    begin == access.commits && now::with(|now| !now.has_moved.get() && !now.has_alone.get())
}

/// How what a run has read stands to the present.
enum Reliance {
    /// It is right, and the edges tell when it is not.
    Present,
    /// It is right, but some of it this thread has computed for itself, because another one is computing it: that one's edges
    /// are not there yet, so that nobody would tell. What is published next does.
    Awaits,
    Overtaken,
}

/// How what `id` read at commit `begin` stands to the present.
///
/// A dep without a version was computed for this run alone, because another thread is computing it or because it
/// is in a cycle, or because it awaits such a one in turn. If it was published meanwhile, it is relied on only if it is
/// right: the edges of one that is stale are those of another run.
fn reliance(access: &Access, id: Id, begin: u64) -> Reliance {
    let newest = access.commits;
    let mut result = Reliance::Present;
    for dep in access.deps(id).iter() {
        #[cfg(test)]
        steps::touch();
        let node = dep.node;
        let right = node.role() == Role::Source || is_right_at(node, newest);
        match dep.seen() {
            Some(seen) if seen == node.state.version() && right => {}
            None if newest == begin && (right || is_mine(node)) => {}
            None if newest == begin && can_be_awaited(node) => result = Reliance::Awaits,
            _ => return Reliance::Overtaken,
        }
    }
    result
}

/// Whether this thread is computing `id`: who reads it is in a cycle.
fn is_mine(id: Id) -> bool {
    id.state.has(Bits::BUSY) && id.derived().owner.load(Relaxed) == thread::number()
}

/// Whether `id` will be published, or told by one that will.
pub(crate) fn can_be_awaited(id: Id) -> bool {
    id.state.has(Bits::BUSY | Bits::AWAITED)
}

/// Has those deps of `id` tell when they can be relied on that were computed for its run alone.
fn await_deps(access: &Access, id: Id) {
    for dep in access.deps(id).iter().filter(|dep| dep.seen().is_none()) {
        if can_be_awaited(dep.node) {
            dep.node.state.replace(Bits::TOLD, Bits::AWAITED);
        }
    }
}

/// G4: whether no dep has gone and come back since commit `begin`, so that what was right then and is
/// right now was right all the time.
fn was_right_since(access: &Access, id: Id, begin: u64) -> bool {
    let mut deps = access.deps(id).iter();
    deps.all(|dep| dep.seen().is_none() || dep.node.stamp.load(Relaxed) <= begin)
}

/// Runs the closure of an effect or a listener that this thread has claimed, and takes its reads for
/// its deps. The claim stays. One that was ended since it was claimed, by what its check has run or by another thread
/// meanwhile, does not run.
pub(crate) fn run_reaction(access: Access, id: Id) -> (Access, Result<(), Payload>) {
    if id.state.has(Bits::DEAD) {
        return (access, Ok(()));
    }
    let cause = trace::cause(&access, id);
    let run = || {
        trace::runs(id, &cause);
        id.react();
    };
    if id.role() != Role::Effect {
        drop(access);
        let result = frame::untracked(|| panic::catch_unwind(AssertUnwindSafe(run)));
        return (cell::lock(id), result);
    }
    // Made where it stays: moved it would be read in other words than those that were written just now.
    let frame = Frame::tracked(id);
    drop(access);
    let result = {
        let _entered = frame.enter();
        panic::catch_unwind(AssertUnwindSafe(run))
    };
    if frame.has_noted() || now::wants(now::APPLY | now::AFTERWARDS) {
        // The reader's equality is a stranger's; if it panics the dep stays without a version.
        if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| settle_alone(id, &frame))) {
            surface::keep(payload);
        }
    }
    let mut access = cell::lock(id);
    edges::unlink_gone(&mut access, id, &frame);
    (access, result)
}

/// Gives those reads of an effect a version that were computed for it alone, below what a transaction of
/// its own had staged: now they can be published, and where they come to the same the run has seen that.
fn settle_alone(id: Id, frame: &Frame) {
    for (node, value) in frame.take_alone() {
        let seen = read::look(node.id());
        let Outcome::Value(now) = seen.outcome else { continue };
        if running::equal(node.id(), &value, &now) {
            frame.see(&cell::lock(id), node.id(), seen.version);
        }
    }
    staged::apply_later();
}

/// Whether an effect that this thread has claimed was overtaken, so that it must run again; otherwise it is told from here on.
///
/// Its snapshot is still open: of what was computed for it alone, and read in another group, nothing else tells that it
/// was another one when it came to this group.
#[inline]
pub(crate) fn is_overtaken(access: &Access, id: Id, me: u32) -> bool {
    let (begin, _) = access.view(me);
    !id.state.has(Bits::MARKED) && !is_whole(access, begin) && is_overtaken_at(access, id, begin)
}

fn is_overtaken_at(access: &Access, id: Id, begin: u64) -> bool {
    match reliance(access, id, begin) {
        Reliance::Present => false,
        Reliance::Awaits => {
            await_deps(access, id);
            false
        }
        Reliance::Overtaken => true,
    }
}

/// Gives the claim of a reaction back; queues it again where it was marked or overtaken meanwhile (G8), and takes it apart
/// where it was ended.
pub(crate) fn release_reaction(access: &mut Access, id: Id, is_overtaken: bool) {
    let again = is_overtaken || id.state.has(Bits::MARKED);
    debug_assert_eq!(id.derived().owner.load(Relaxed), thread::number(), "G9");
    unclaim(id, Bits::NONE);
    if id.state.has(Bits::DEAD) {
        end::take_apart(access, id);
    } else if again {
        // Checked first: the deps hold what this run saw, so an equal outcome is no reason to run.
        id.state.replace(Bits::MARKED, Bits::CHECK);
        mark::queue(id);
    } else {
        id.state.replace(Bits::MARKED | Bits::EMPTY, Bits::NONE);
        end::if_over(access, id);
    }
}

/// Whether a write of `new` over `old` is a change, by the node's own comparison.
pub(crate) fn differ(id: Id, old: &Value, new: &Value) -> bool {
    !running::equal(id, old, new)
}
