//! Reactive software made of streams and bindings: the parts of flo under one roof.
//!
//! An event source is split in two: a *sink* where messages are sent, and *streams* where they arrive.
//! State sits in bindings; what follows from it is computed, and followed as a stream. Components share
//! message types and handles, never references to each other.
//!
//! ```
//! use flo_reactive::{Publisher, bind_stream, prelude::*};
//! use futures::executor::block_on;
//!
//! let orders = Publisher::new(64);
//! let revenue = bind_stream(orders.subscribe(), 0, |revenue, order: u32| *revenue += order);
//! let label = revenue.map(|revenue| format!("{revenue} €"));
//! block_on(orders.publish(30)).unwrap();
//! block_on(orders.publish(12)).unwrap();
//! drop(orders);
//! assert_eq!(*block_on(label.wait_for(|label| label == "42 €")).unwrap(), "42 €");
//! ```
//!
//! - Events: `flo_publish`: [`Publisher`], [`Subscriber`], [`LossySubscriber`], [`LatestSubscriber`],
//!   [`WorkQueue`].
//! - State: `flo_bind`: [`bind`], [`computed()`], [`effect()`], [`transaction`], [`bind_stream`](bind_stream()) and the
//!   methods of [`BoundExt`]; [`EffectQueue`] where effects must run on a certain thread.
//! - Contracts and streams for those who have none: `flo_core`: [`Subscription`], [`Scope`],
//!   [`channel()`], [`generator_stream()`], [`switchable_stream()`].

pub use flo_bind::{
    Atom, Batch, BatchIter, BindListDriver, BindMapDriver, BindRef, BindRopeDriver,
    BindStreamDriver, Binding, Bound, BoundExt, BoundMut, BoundMutExt, Computed, Diverged, Edge,
    Edit, EffectQueue, Ended, Equality, Follow, FollowChanges, FollowMapChanges, FollowRopeChanges,
    FollowSetChanges, FollowStore, Gone, Guard, Handles, History, Items, Key, KeyError, Lens,
    ListBatch, ListBinding, ListDiff, ListIter, ListRef, ListSnapshot, LocalEffectQueue, MapBatch,
    MapBinding, MapDiff, MapIter, MapRef, MapSnapshot, Parsed, Queues, Removed, RopeAttributes,
    RopeBatch, RopeBinding, RopeDiff, RopeExtents, RopeIter, RopePart, RopeRef, RopeSnapshot,
    SetBatch, SetBinding, SetDiff, SetIter, SetRef, SetSnapshot, Sources, Step, Store, StoreBatch,
    StoreBatchIter, StoreDiff, StoreIter, StoreRef, StoreSnapshot, Stored, UndoError, Undoable,
    UntilPending, VectorOp, WaitFor, Watcher, WeakBindRef, WeakBinding, WeakComputed,
    WeakListBinding, WeakListRef, WeakMapBinding, WeakMapRef, WeakRopeBinding, WeakRopeRef,
    WeakSetBinding, WeakSetRef, WeakStore, WeakStoreRef, bind, bind_list_driver, bind_map_driver,
    bind_rope_driver, bind_stream_driver, bind_stream_with, bind_with, computed, computed_from,
    computed_with, effect, effect_in, list_from, list_transaction, map_from, on_change_in,
    on_cleanup, on_effect_panic, set_effect_run_limit, snapshot, transaction, try_list_transaction,
    try_transaction, untracked,
};
#[cfg(feature = "driver-thread")]
pub use flo_bind::{bind_list, bind_map, bind_rope, bind_stream};
pub use flo_core::{
    ChannelClosed, ChannelRecv, ChannelSend, ChannelSink, ChannelStream, Closed, End, Generator,
    Lagged, Notify, Out, OutSend, Scope, Scoped, SendError, SinkError, Subscription, Switch,
    Switchable, TryRecvError as ChannelTryRecvError, TrySendError, WeakChannelSink, channel,
    generator_stream, switchable_stream, unbounded,
};
pub use flo_publish::{
    BatchError, LatestRecv, LatestSubscriber, LossyRecv, LossyRecvMany, LossySubscriber, Missed,
    Observed, Permit, Policy, Publish, PublishBatch, PublishError, Publisher, Push, Recv,
    RecvError, RecvMany, Reserve, ReserveWork, Stuck, Subscriber, SubscriberStats, TryPublishError,
    TryRecvError, TryReserveError, UntilClosed, UntilDrained, UntilSubscribed, UntilUnsubscribed,
    UntilWorkClosed, UntilWorkDrained, WeakLatestSubscriber, WeakLossySubscriber, WeakPublisher,
    WeakSubscriber, WeakWorkQueue, WhileObserved, WorkPermit, WorkQueue, Worker, WorkerRecv,
};

/// The types and traits that most code names; the free functions are imported by name.
///
/// ```
/// use flo_reactive::{bind, prelude::*};
///
/// #[derive(Clone, PartialEq)]
/// struct Form {
///     name: String,
/// }
///
/// let form = bind(Form { name: "Ann".into() });
/// let name = form.field(|form| form.name.clone(), |form, name| form.name = name);
/// name.set("Ben".into());
/// assert_eq!(form.get().name, "Ben");
/// let names: ListRef<_> = ListBinding::from(vec!["Cy"]).map(|name| name.to_uppercase());
/// assert_eq!(names.snapshot().to_vec(), ["CY"]);
/// ```
pub mod prelude {
    pub use crate::{
        Atom, BindRef, Binding, Bound, BoundExt, BoundMut, BoundMutExt, Closed, Computed,
        EffectQueue, Equality, Follow, Guard, History, Key, Lagged, LatestSubscriber, Lens,
        ListBinding, ListDiff, ListRef, LocalEffectQueue, LossySubscriber, MapBinding, MapDiff,
        MapRef, Notify, Publisher, RopeBinding, RopeRef, Scope, SetBinding, SetDiff, SetRef, Store,
        StoreDiff, StoreRef, Subscriber, Subscription, WorkQueue, Worker,
    };
}
