//! Followers that wait for a collection, and how they are told.
//!
//! # Idea
//! All who follow a collection are told of the same. So they share one listener of the graph, which is marked, queued and run
//! once for all of them, and each is no more than a waker beside it. Who has something to take does not wait for more, and
//! leaves no waker, unless that came while he was leaving it:
//!
//! ```text
//!   commit ──mark──▶ node ──queue──▶ one listener ──no lock held──▶ takes all wakers out, wakes them
//!                                         ▲
//!   poll   anything new? ──no──▶ leaves a waker ──▶ still nothing new? ──no──▶ pending
//!               └──yes──▶ given                              └──yes──▶ given
//! ```
//!
//! # Invariants
//! - **S1** A follower looks again after it has left its waker, and the listener takes the wakers out after the commit is there to be
//!   seen. Both take the lock of the wakers between the two; so whoever comes second finds what the other has done.
//! - **S2** A waker is cloned, woken and dropped with no lock held.
//! - **S3** There is one listener for as long as somebody has it, and none when nobody does.

use std::{
    marker::PhantomData,
    panic::resume_unwind,
    task::{Context, Poll},
};

use flo_core::{
    Seat, Subscription, Wakers,
    sync::{Arc, SpinMutex},
};

use super::{
    rev::Rev,
    state::{Watched, Watching},
};
use crate::graph::{
    end::Reaction,
    listen::{self, Glance},
    node::{Hears, Id, NodeRef},
    value::{Outcome, Version},
};

/// Those who wait for one collection.
pub(crate) struct Sleepers {
    wakers: Arc<SpinMutex<Wakers>>,
    listener: NodeRef,
    #[expect(dead_code, reason = "held for its drop")]
    told: Subscription,
}

impl Sleepers {
    /// A user's code may run: that of a collection that was never computed.
    pub(super) fn of(id: Id) -> Self {
        let wakers = Arc::new(SpinMutex::new(Wakers::default()));
        let wake = {
            let wakers = Arc::clone(&wakers);
            move || {
                let woken = wakers.lock().drain();
                if let Err(payload) = woken.try_wake() {
                    resume_unwind(payload);
                }
            }
        };
        let listener = listen::listen(id, Hears::ChangesAndEnd, wake);
        let told = Subscription::new(Arc::new(Reaction(listener.clone())));
        Self { wakers, listener, told }
    }
}

/// Reads the node of a collection for a task, and wakes that when there may be something new.
pub(crate) struct Reading<S> {
    node: NodeRef,
    /// The state that the last item led to.
    seen: Option<Rev>,
    /// The version of the node that was read last.
    version: Option<Version>,
    is_ended: bool,
    /// A waker was left since there was something new; it may have been taken out.
    is_asleep: bool,
    seat: Seat,
    /// Once it has waited.
    sleepers: Option<Arc<Sleepers>>,
    watching: Watching,
    of: PhantomData<fn() -> S>,
}

impl<S: Send + Sync + 'static> Reading<S> {
    pub(crate) fn new(node: NodeRef, watched: &Watched) -> Self {
        Self {
            node,
            seen: None,
            version: None,
            is_ended: false,
            is_asleep: false,
            seat: Seat::default(),
            sleepers: None,
            watching: watched.watch(),
            of: PhantomData,
        }
    }

    /// What `news` makes of the collection's state, where that is not the one that was seen last, which it then replaces; or the
    /// end. `news` is ours, and may be called under the lock.
    ///
    /// # Panics
    /// Where the closure of a derived collection did.
    #[inline]
    pub(crate) fn poll<N>(
        &mut self,
        cx: &Context<'_>,
        news: impl Fn(&S, &mut Option<Rev>) -> Option<N>,
    ) -> Poll<Option<N>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        let (id, seen) = (self.node.id(), &mut self.seen);
        match listen::glance(id, self.version, |state| news(state, seen)) {
            Glance::Quiet => {}
            Glance::Panicked => self.is_asleep = false,
            Glance::Seen(version, found) => {
                self.version = version;
                self.is_asleep = false;
                if found.is_some() {
                    return Poll::Ready(found);
                }
            }
        }
        self.sleep(cx);
        // S1
        match self.version {
            Some(version) if listen::is_quiet(id, version) => Poll::Pending,
            _ => self.look_again(news),
        }
    }

    /// Leaves a waker, unless that is there already.
    #[inline]
    fn sleep(&mut self, cx: &Context<'_>) {
        let sleepers = match &self.sleepers {
            Some(sleepers) => sleepers,
            None => self.sleepers.insert(self.watching.sleepers(self.node.id())),
        };
        if self.is_asleep && sleepers.wakers.lock().has(&self.seat, cx.waker()) {
            return;
        }
        // S2
        let waker = cx.waker().clone();
        let left = sleepers.wakers.lock().park(&mut self.seat, waker);
        drop(left);
        self.is_asleep = true;
    }

    /// As [`poll`](Self::poll), where something has come meanwhile, or what is read is not the present.
    #[cold]
    fn look_again<N>(
        &mut self,
        news: impl Fn(&S, &mut Option<Rev>) -> Option<N>,
    ) -> Poll<Option<N>> {
        let Some(sleepers) = &self.sleepers else { unreachable!("it has left a waker") };
        let id = self.node.id();
        let (seen, is_last) = listen::look(&sleepers.listener, id);
        let value = match seen.outcome {
            Outcome::Panicked(panicked) => panicked.again(id.site()),
            Outcome::Value(value) => value,
        };
        self.version = seen.version;
        if let Some(news) = news(value.get(), &mut self.seen) {
            return Poll::Ready(Some(news));
        }
        if is_last {
            self.is_ended = true;
            let left = sleepers.wakers.lock().leave(&mut self.seat);
            drop(left);
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

impl<S> Reading<S> {
    pub(crate) fn is_ended(&self) -> bool {
        self.is_ended
    }
}

impl<S> Drop for Reading<S> {
    fn drop(&mut self) {
        let Some(sleepers) = &self.sleepers else { return };
        let left = sleepers.wakers.lock().leave(&mut self.seat);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use flo_test::woken;

    use crate::{ListBinding, graph::steps};

    #[test]
    fn s3_an_edit_touches_as_much_whether_one_sleeps_or_a_thousand() {
        let touched = [1, 1_000].map(|count| {
            let list = ListBinding::from(vec![1; 100]);
            let even = list.filter(|item| item % 2 == 0);
            let mut followers: Vec<_> = (0..count)
                .flat_map(|_| [list.follow_changes(), even.follow_changes()])
                .map(woken)
                .collect();
            for follower in &mut followers {
                while follower.poll_next().is_ready() {}
            }
            let edits = [2, 3, 4, 5].map(|item| {
                steps::take();
                list.push(item);
                steps::take()
            });
            assert!(followers.iter().all(|follower| follower.wakes() == 1), "S1");
            edits
        });
        assert_eq!(touched[0], touched[1]);
        assert!(touched[0][0] > 0 && touched[0][1..] == [0; 3], "who was told is not told again");
    }
}
