//! Streams of differences become maps.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{diff::MapBatch, draft::MapState, entries::Entries, map_ref::MapRef};
use crate::{
    bind_stream::{BindStreamDriver, bind_stream_driver},
    collections::state::Watched,
};

/// Makes a map of a stream of its differences, on one background thread that all such maps share: the inverse of
/// [`follow_changes`](MapRef::follow_changes).
///
/// So a map crosses a channel or, with the feature `serde`, a network. It is empty until the stream has given
/// something; all batches that are ready together are one commit. When the stream ends the map stays, and
/// [`is_ended`](MapRef::is_ended) tells. When the last handle of the map is dropped, so is the stream. Of the
/// differences of a set it makes a map of nothing, which is a [`SetRef`](crate::SetRef) by `into`.
/// **[`bind_map_driver`] gives you the future to poll.**
///
/// # Panics
/// Not here. A difference that does not fit the map, and a panic of the stream, end it: the map stays as it then
/// stands, and [`ended`](MapRef::ended) has the text.
///
/// ```
/// use flo_bind::{BoundExt, MapBinding, bind_map};
/// use futures::executor::block_on;
///
/// let prices = MapBinding::from_iter([("oil", 3)]);
/// let mirror = bind_map(prices.follow_changes());
/// prices.insert("gas", 5);
/// block_on(mirror.wait_for(|mirror| mirror.get("gas") == Some(&5))).unwrap();
/// ```
#[cfg(feature = "driver-thread")]
#[track_caller]
pub fn bind_map<K, V, S>(changes: S) -> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: Stream<Item = MapBatch<K, V>> + Send + 'static,
{
    let (map, driver) = bind_map_driver(changes);
    crate::driver_thread::spawn(driver);
    map
}

/// As [`bind_map`](crate::bind_map()), with the driver for you to poll.
///
/// ```
/// use flo_bind::{SetBinding, SetRef, bind_map_driver};
/// use futures::executor::block_on;
///
/// let lamps = SetBinding::from_iter(["oil"]);
/// let (mirror, driver) = bind_map_driver(lamps.follow_changes());
/// let mirror = SetRef::from(mirror);
/// drop(lamps);
/// block_on(driver);
/// assert!(mirror.contains("oil") && mirror.is_ended());
/// ```
#[track_caller]
pub fn bind_map_driver<K, V, S>(changes: S) -> (MapRef<K, V>, BindMapDriver<K, V>)
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: Stream<Item = MapBatch<K, V>> + Send + 'static,
{
    let watched = Watched::default();
    let empty = MapState::new(Entries::new(), watched.clone(), None);
    let (state, driver) = bind_stream_driver(changes, empty, |state, batch| apply(state, &batch));
    let map = MapRef::of(state.into_node(), watched);
    (map, BindMapDriver(driver))
}

fn apply<K: Ord + Clone, V: Clone>(state: &mut MapState<K, V>, batch: &MapBatch<K, V>) {
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

/// Applies a stream to the map that [`bind_map_driver`] gave with it; completes when the stream has ended, does not
/// fit, has panicked, or nobody holds the map any more.
///
/// # Concurrency
/// The stream, and the effects that a commit causes, run in `poll`, with no lock of ours held. A panic of theirs never
/// leaves it.
///
/// # Cancel safety
/// Dropped, it ends the map as it stands at the last commit, and drops the stream with what it had not given yet.
#[must_use = "futures do nothing unless polled"]
pub struct BindMapDriver<K, V>(BindStreamDriver<MapState<K, V>>);

impl<K, V> Future for BindMapDriver<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.get_mut().0).poll(cx)
    }
}

impl<K, V> fmt::Debug for BindMapDriver<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BindMapDriver").field(&self.0).finish()
    }
}
