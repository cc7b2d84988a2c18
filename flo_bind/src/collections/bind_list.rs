//! Streams of differences become lists.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{
    batch::ListBatch,
    draft::ListState,
    list_ref::ListRef,
    state::Watched,
    tree::{Count, Tree},
};
use crate::bind_stream::{BindStreamDriver, bind_stream_driver};

/// Makes a list of a stream of its differences, on one background thread that all such lists share: the inverse of
/// [`follow_changes`](ListRef::follow_changes).
///
/// So a list crosses a channel or, with the feature `serde`, a network. It is empty until the stream has given
/// something; all batches that are ready together are one commit. When the stream ends the list stays, and
/// [`is_ended`](ListRef::is_ended) tells. When the last handle of the list is dropped, so is the stream.
/// **[`bind_list_driver`] gives you the future to poll.**
///
/// # Panics
/// Not here. A difference that does not fit the list, and a panic of the stream, end it: the list stays as it then
/// stands, and [`ended`](ListRef::ended) has the text.
///
/// ```
/// use flo_bind::{BoundExt, ListBinding, bind_list};
/// use futures::executor::block_on;
///
/// let lamps = ListBinding::from(vec!["oil"]);
/// let mirror = bind_list(lamps.follow_changes());
/// lamps.push("gas");
/// block_on(mirror.wait_for(|mirror| *mirror == ["oil", "gas"])).unwrap();
/// ```
#[cfg(feature = "driver-thread")]
#[track_caller]
pub fn bind_list<T, S>(changes: S) -> ListRef<T>
where
    T: Clone + Send + Sync + 'static,
    S: Stream<Item = ListBatch<T>> + Send + 'static,
{
    let (list, driver) = bind_list_driver(changes);
    crate::driver_thread::spawn(driver);
    list
}

/// As [`bind_list`](crate::bind_list()), with the driver for you to poll.
///
/// ```
/// use flo_bind::{ListBinding, bind_list_driver};
/// use futures::executor::block_on;
///
/// let lamps = ListBinding::from(vec!["oil"]);
/// let (mirror, driver) = bind_list_driver(lamps.follow_changes());
/// drop(lamps);
/// block_on(driver);
/// assert_eq!(mirror.snapshot(), ["oil"]);
/// assert!(mirror.is_ended());
/// ```
#[track_caller]
pub fn bind_list_driver<T, S>(changes: S) -> (ListRef<T>, BindListDriver<T>)
where
    T: Clone + Send + Sync + 'static,
    S: Stream<Item = ListBatch<T>> + Send + 'static,
{
    let watched = Watched::default();
    let empty = ListState::new(Tree::new(Count), watched.clone(), None);
    let (state, driver) = bind_stream_driver(changes, empty, |state, batch| apply(state, &batch));
    let list = ListRef::of(state.into_node(), watched);
    (list, BindListDriver(driver))
}

fn apply<T: Clone>(state: &mut ListState<T>, batch: &ListBatch<T>) {
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

/// Applies a stream to the list that [`bind_list_driver`] gave with it; completes when the stream has ended, does not
/// fit, has panicked, or nobody holds the list any more.
///
/// # Concurrency
/// The stream, and the effects that a commit causes, run in `poll`, with no lock of ours held. A panic of
/// theirs never leaves it.
///
/// # Cancel safety
/// Dropped, it ends the list as it stands at the last commit, and drops the stream with what it had not given
/// yet.
#[must_use = "futures do nothing unless polled"]
pub struct BindListDriver<T>(BindStreamDriver<ListState<T>>);

impl<T: Clone + Send + Sync + 'static> Future for BindListDriver<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.get_mut().0).poll(cx)
    }
}

impl<T> fmt::Debug for BindListDriver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BindListDriver").field(&self.0).finish()
    }
}
