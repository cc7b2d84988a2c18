//! Streams of differences become ropes.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{
    draft::RopeState, rope_diff::RopeBatch, rope_ref::RopeRef, rope_snapshot::RopeSnapshot,
};
use crate::{
    bind_stream::{BindStreamDriver, bind_stream_driver},
    collections::state::Watched,
};

/// Makes a rope of a stream of its differences, on one background thread that all such ropes share: the inverse of
/// [`follow_changes`](RopeRef::follow_changes).
///
/// So a rope crosses a channel or, with the feature `serde`, a network. It is empty until the stream has given
/// something; all batches that are ready together are one commit. When the stream ends the rope stays, and
/// [`is_ended`](RopeRef::is_ended) tells. When the last handle of the rope is dropped, so is the stream.
/// **[`bind_rope_driver`] gives you the future to poll.**
///
/// # Panics
/// Not here. A difference that does not fit the rope, and a panic of the stream, end it: the rope stays as it then
/// stands, and [`ended`](RopeRef::ended) has the text.
///
/// ```
/// use flo_bind::{BoundExt, RopeBinding, bind_rope};
/// use futures::executor::block_on;
///
/// let text = RopeBinding::from_iter([('a', 0), ('b', 0)]);
/// let mirror = bind_rope(text.follow_changes());
/// text.set_attributes(1.., 7);
/// block_on(mirror.wait_for(|mirror| *mirror == [('a', 0), ('b', 7)])).unwrap();
/// ```
#[cfg(feature = "driver-thread")]
#[track_caller]
pub fn bind_rope<C, A, S>(changes: S) -> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    S: Stream<Item = RopeBatch<C, A>> + Send + 'static,
{
    let (rope, driver) = bind_rope_driver(changes);
    crate::driver_thread::spawn(driver);
    rope
}

/// As [`bind_rope`](crate::bind_rope()), with the driver for you to poll.
///
/// ```
/// use flo_bind::{RopeBinding, bind_rope_driver};
/// use futures::executor::block_on;
///
/// let text = RopeBinding::from_iter([('a', 0)]);
/// let (mirror, driver) = bind_rope_driver(text.follow_changes());
/// drop(text);
/// block_on(driver);
/// assert_eq!(mirror.snapshot(), [('a', 0)]);
/// assert!(mirror.is_ended());
/// ```
#[track_caller]
pub fn bind_rope_driver<C, A, S>(changes: S) -> (RopeRef<C, A>, BindRopeDriver<C, A>)
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    S: Stream<Item = RopeBatch<C, A>> + Send + 'static,
{
    let watched = Watched::default();
    let empty = RopeState::new(RopeSnapshot::default(), watched.clone(), None);
    let (state, driver) = bind_stream_driver(changes, empty, |state, batch| apply(state, &batch));
    let rope = RopeRef::of(state.into_node(), watched);
    (rope, BindRopeDriver(driver))
}

fn apply<C: Clone, A: Clone + PartialEq>(state: &mut RopeState<C, A>, batch: &RopeBatch<C, A>) {
    let mut draft = state.draft();
    for diff in batch {
        if let Err(diverged) = draft.apply(diff) {
            panic!("{diverged}");
        }
    }
    if let Some(next) = state.next(draft, None) {
        *state = next;
    }
}

/// Applies a stream to the rope that [`bind_rope_driver`] gave with it; completes when the stream has ended, does not
/// fit, has panicked, or nobody holds the rope any more.
///
/// # Concurrency
/// The stream, and the effects that a commit causes, run in `poll`, with no lock of ours held. A panic of theirs never
/// leaves it.
///
/// # Cancel safety
/// Dropped, it ends the rope as it stands at the last commit, and drops the stream with what it had not given yet.
#[must_use = "futures do nothing unless polled"]
pub struct BindRopeDriver<C, A>(BindStreamDriver<RopeState<C, A>>);

impl<C, A> Future for BindRopeDriver<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.get_mut().0).poll(cx)
    }
}

impl<C, A> fmt::Debug for BindRopeDriver<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BindRopeDriver").field(&self.0).finish()
    }
}
