//! Pushing marks down: what a commit does to those who depend on what it wrote.
//!
//! Iterative, with its own stack (G11). Descends through a computed once until it is read or computed
//! again: those below have been told (G5).

use flo_core::sync::atomic::Ordering::Relaxed;

#[cfg(test)]
use super::steps;
use super::{
    cell::Access,
    node::{Bits, Hears, Id, Role},
    now,
    stack::Stack,
    state::Loaded,
    thread,
};

/// Marks what depends on `source`, of which commit number `commit` changes the value.
///
/// A source that is told of was not read since: all that depend on it are marked, and those who listen have been told (G5).
#[inline(always)]
#[expect(clippy::inline_always, reason = "a look, where nobody depends on the source")]
pub(crate) fn mark_dependents(access: &mut Access, source: Id, commit: u64) {
    if !source.state.has(Bits::TOLD) && !access.subs(source).is_empty() {
        push_down(access, source, Bits::DIRTY, commit);
    }
}

/// Tells those below a computed that was published stale: what it holds is not right from `since` on.
pub(crate) fn tell_below(access: &mut Access, id: Id, since: u64) {
    push_down(access, id, Bits::CHECK, since);
}

/// The next version of `id` has a number that was used before, so that nobody may rely on it.
#[cold]
pub(crate) fn versions_came_round(access: &mut Access, id: Id) {
    for sub in access.subs(id).iter() {
        let sub = sub.node;
        sub.state.set(Bits::DIRTY);
    }
}

/// How many nodes a walk can put off without memory of its own.
const INLINE: usize = 32;

fn push_down(access: &mut Access, from: Id, first: Bits, since: u64) {
    let mut stack = Stack::<Id, INLINE>::new();
    // Listeners are told once until the node is read again. Only where there are some is that worth knowing.
    let tell = !from.state.has(Bits::TOLD);
    let mut node = from;
    let mut mark = first;
    loop {
        let subs = access.subs(node);
        // Most nodes have one dependent, which needs neither a loop nor a stack.
        if let [only] = **subs {
            let only = only.node;
            let was = only.state.now();
            if was.role() != Role::Listener {
                #[cfg(test)]
                steps::touch();
                let next = if was.role() == Role::Effect {
                    queue_for(only, mark);
                    stack.pop()
                } else if mark_computed(only, was, mark, since) {
                    Some(only)
                } else {
                    stack.pop()
                };
                let Some(next) = next else { break };
                (node, mark) = (next, Bits::CHECK);
                continue;
            }
        }
        let mut next = None;
        for sub in subs.iter() {
            #[cfg(test)]
            steps::touch();
            let sub = sub.node;
            let was = sub.state.now();
            match was.role() {
                Role::Computed => {
                    if mark_computed(sub, was, mark, since)
                        && let Some(put_off) = next.replace(sub)
                    {
                        stack.push(put_off);
                    }
                }
                Role::Effect => queue_for(sub, mark),
                Role::Listener => {
                    // Of a computed this is its first telling, or the walk would not have come to it.
                    if node != from || tell {
                        queue(sub);
                    }
                    if node == from {
                        from.state.set(Bits::TOLD);
                    }
                }
                Role::Source => {}
            }
        }
        match next.or_else(|| stack.pop()) {
            Some(next) => node = next,
            None => break,
        }
        mark = Bits::CHECK;
    }
    if from.role() == Role::Computed {
        from.state.set(Bits::TOLD);
    }
}

/// Marks a computed, which `was` so; whether those below it are to be told, too (G5).
#[inline]
fn mark_computed(id: Id, was: Loaded, mark: Bits, since: u64) -> bool {
    id.state.replace_in(was, Bits::AWAITED, mark | Bits::TOLD);
    if !was.has(Bits::STALE) {
        // While it is busy or stale its outcome ended earlier: `since` stands.
        id.derived().since.store(since, Relaxed);
    }
    !was.has(Bits::TOLD)
}

/// Tells those who listen for the end of `id`.
pub(crate) fn tell_end(access: &Access, id: Id) {
    for sub in access.subs(id).iter() {
        if sub.node.role() == Role::Listener && sub.node.reaction().hears == Hears::ChangesAndEnd {
            queue(sub.node);
        }
    }
}

/// G8: puts a marked effect or listener into this thread's queue; it may stand in others' too. A busy one
/// is queued by its owner on every way out. Under the lock of its group.
pub(crate) fn queue(id: Id) {
    let mark = if id.state.has(Bits::MARKED) { Bits::NONE } else { Bits::CHECK };
    queue_for(id, mark);
}

/// Marks it with `mark`, and does as [`queue`].
fn queue_for(id: Id, mark: Bits) {
    let state = id.state.now();
    if state.has(Bits::BUSY | Bits::DEAD) {
        id.state.set(mark);
        return;
    }
    id.state.set(mark | Bits::PENDING);
    let me = thread::number();
    let reaction = id.reaction();
    if state.has(Bits::PENDING) && reaction.queuer.load(Relaxed) == me {
        return;
    }
    reaction.queuer.store(me, Relaxed);
    reaction.queued.store(reaction.queued.load(Relaxed) + 1, Relaxed);
    thread::with(|thread| thread.queue.borrow_mut().push(id));
    now::want(now::FLUSH);
}
