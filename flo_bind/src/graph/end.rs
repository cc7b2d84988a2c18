//! Endings: of sources whose last writer went, of what depends on nothing else, and of subscriptions.
//!
//! ```text
//!   last Binding gone ─▶ source ended ─▶ for each dependent: open − 1
//!                                        none left and clean: ended too ─▶ its dependents …
//!                                        followers are told; a detached effect is let go
//! ```
//!
//! A stale computed does not end: its next run may read something else. It ends when it is published
//! clean with no open dep.

use flo_core::{
    End,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use super::{
    cell::{self, Access},
    edges, flush, frame,
    garbage::{self, Garbage},
    mark, named,
    node::{Bits, Closure, Ended, Id, NodeRef, Role},
    refresh,
    retire::{self, Spoilt},
    run, running, thread,
    wait::{self, Waited},
};

/// Ends a source.
pub(crate) fn close(node: &NodeRef, why: Ended) {
    if thread::try_with(|_| ()).is_none() {
        return thread::elsewhere(|| close(node, why));
    }
    let id = node.id();
    let mut access = cell::lock(id);
    if !id.state.has(Bits::ENDED) {
        if why != Ended::Closed {
            named::set_ended(id, why);
        }
        set_ended(&mut access, id);
    }
    drop(access);
    flush::flush();
}

/// Why a node has ended, if it has. Under the lock.
pub(crate) fn ended(id: Id) -> Option<Ended> {
    id.state.has(Bits::ENDED).then(|| named::ended(id).unwrap_or(Ended::Closed))
}

/// Ends a clean node that depends on nothing that could change: a computed ends for its readers, a
/// detached reaction is let go.
#[inline]
pub(crate) fn if_over(access: &mut Access, id: Id) {
    if id.derived().open.load(Relaxed) == 0 && !id.state.has(Bits::ENDED) {
        match id.role() {
            Role::Computed => set_ended(access, id),
            Role::Effect | Role::Listener => let_go(access, id),
            Role::Source => {}
        }
    }
}

fn set_ended(access: &mut Access, id: Id) {
    id.state.set(Bits::ENDED);
    let mut stack = vec![id];
    let mut over = Vec::new();
    while let Some(id) = stack.pop() {
        mark::tell_end(access, id);
        for sub in access.subs(id).iter() {
            let sub = sub.node;
            let open = &sub.derived().open;
            open.store(open.load(Relaxed) - 1, Relaxed);
            if open.load(Relaxed) > 0 || sub.state.has(Bits::MARKED | Bits::BUSY) {
                continue;
            }
            match sub.role() {
                // One that had ended is counted as ended by those below it.
                Role::Computed if sub.state.has(Bits::ENDED | Bits::EMPTY) => {}
                Role::Computed => {
                    sub.state.set(Bits::ENDED);
                    stack.push(sub);
                }
                Role::Effect | Role::Listener => over.push(sub),
                Role::Source => {}
            }
        }
    }
    for reaction in over {
        let_go(access, reaction);
    }
}

fn let_go(access: &mut Access, id: Id) {
    if let Some(life) = access.rest_mut(id).detached.take() {
        garbage::add(Garbage::Node(life));
    }
}

/// Unlinks a reaction that nobody holds or that was ended; what users own goes when the lock does.
pub(crate) fn take_apart(access: &mut Access, id: Id) {
    id.state.replace(Bits::PENDING, Bits::DEAD);
    edges::unlink_all(access, id);
    if let Some(closure) = Spoilt::of(access, id) {
        garbage::add(Garbage::Closure(closure));
    }
    let_go(access, id);
}

/// What stands behind the subscription of an effect or a listener.
pub(crate) struct Reaction(pub(crate) NodeRef);

impl Reaction {
    /// No run starts from here on; whether none is under way. Then this thread has claimed it, so that who waits for its end
    /// waits, until it [gives that back](Self::give_back) and ends it.
    pub(crate) fn stop(&self) -> bool {
        let id = self.0.id();
        let _access = cell::lock(id);
        id.state.set(Bits::DEAD);
        let is_idle = !id.state.has(Bits::BUSY);
        if is_idle {
            refresh::claim(id, thread::number());
        }
        is_idle
    }

    /// Gives the claim of [`stop`](Self::stop) back.
    pub(crate) fn give_back(&self) {
        let id = self.0.id();
        let _access = cell::lock(id);
        run::unclaim(id, Bits::NONE);
    }

    /// Whether it was ended and nothing of it, or of what has ended with it, is under way any more.
    pub(crate) fn is_over(&self) -> bool {
        let mut asked = Vec::new();
        let mut next = Some(self.0.clone());
        while let Some(node) = next {
            let id = node.id();
            let mut access = cell::lock(id);
            let rest = access.rest_mut(id);
            if rest.closure != Closure::Gone || id.state.has(Bits::BUSY) {
                return false;
            }
            asked.extend(rest.left.iter().cloned());
            drop(access);
            next = asked.pop();
        }
        true
    }
}

/// Whether what runs here at this moment was ended since its run began.
pub(crate) fn is_ended_here() -> bool {
    frame::computing().is_some_and(|id| id.state.has(Bits::DEAD))
}

/// Keeps those that ended with the reaction whose closure is being dropped, if one is, for who waits for its end.
pub(crate) fn leave(reactions: impl Iterator<Item = NodeRef>) {
    thread::try_with(|thread| {
        if let Some(left) = &mut *thread.left.borrow_mut() {
            left.extend(reactions);
        }
    });
}

/// Ends an effect or a listener.
pub(crate) fn end(node: &NodeRef) {
    if thread::try_with(|_| ()).is_none() {
        return thread::elsewhere(|| end(node));
    }
    let id = node.id();
    // At once, so that no run starts from here on; taken apart in the loop that has no recursion,
    // since what it captured may be subscriptions in turn.
    {
        let _access = cell::lock(id);
        id.state.set(Bits::DEAD);
    }
    retire::take_apart(node.clone());
}

impl End for Reaction {
    fn end(&self) {
        end(&self.0);
    }

    fn wait(&self) {
        let mut waited_for = vec![self.0.clone()];
        while let Some(node) = waited_for.pop() {
            let id = node.id();
            let mut access = cell::lock(id);
            // Again where it has been claimed anew since the lock was given back: for its end, when its cleanups were over.
            while id.state.has(Bits::BUSY) && id.derived().owner.load(Relaxed) != thread::number() {
                let waited = wait::wait_over(access, id);
                access = cell::lock(id);
                if let Waited::GaveUp = waited {
                    // Waiting would close a circle of threads: it ends a little later.
                    break;
                }
            }
            if !id.state.has(Bits::BUSY)
                && access.rest_mut(id).closure != Closure::Gone
                && thread::try_with(|_| ()).is_some()
            {
                // Whoever ended it has not come to it yet: another thread, or this one, which is taking apart what
                // this is called from. What is dropped here may call this in turn.
                take_apart(&mut access, id);
                running::with_stack(|| drop(access));
                access = cell::lock(id);
            }
            let left = access.rest_mut(id).left.clone();
            drop(access);
            for inner in left {
                end(&inner);
                waited_for.push(inner);
            }
        }
    }

    fn detach(self: Arc<Self>) {
        let id = self.0.id();
        let mut access = cell::lock(id);
        if id.state.has(Bits::DEAD) {
            // Ended already, by whom it belongs to: nobody would let it go again.
            return;
        }
        access.rest_mut(id).detached = Some(self.0.clone());
        let is_clean = !id.state.has(Bits::MARKED | Bits::BUSY);
        if is_clean && id.derived().open.load(Relaxed) == 0 {
            let_go(&mut access, id);
        }
    }
}
