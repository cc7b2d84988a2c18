//! Every handle and future can cross threads (promise 6), and none asks more of a message than it must.

use std::{cell::Cell, rc::Rc};

use flo_reactive::{
    Atom, BindListDriver, BindMapDriver, BindRef, BindRopeDriver, BindStreamDriver, Binding,
    ChannelSink, ChannelStream, Computed, EffectQueue, Equality, Follow, FollowChanges,
    FollowMapChanges, FollowRopeChanges, FollowStore, Generator, Guard, History, Key, Lens,
    ListBatch, ListBinding, ListRef, ListSnapshot, LossySubscriber, MapBatch, MapBinding, MapRef,
    MapSnapshot, Parsed, Permit, Publisher, RopeAttributes, RopeBatch, RopeBinding, RopePart,
    RopeRef, RopeSnapshot, Scope, SetBinding, SetRef, SetSnapshot, Step, Store, StoreBatch,
    StoreRef, StoreSnapshot, Stored, Subscriber, Subscription, UntilPending, WaitFor, Watcher,
    WeakBindRef, WeakBinding, WeakComputed, WeakListBinding, WeakListRef, WeakMapBinding,
    WeakMapRef, WeakPublisher, WeakRopeBinding, WeakRopeRef, WeakSetBinding, WeakSetRef, WeakStore,
    WeakStoreRef,
};

fn shared<T: Send + Sync + 'static>() {}
fn sent<T: Send + 'static>() {}
fn made<T>() {}

/// Of what keys are; it asks nothing of such a type.
struct Marker(#[expect(dead_code, reason = "only its type is wanted")] Rc<()>);

#[test]
fn handles_of_shared_messages_and_values_are_send_and_sync() {
    shared::<Publisher<String>>();
    shared::<WeakPublisher<String>>();
    shared::<Subscriber<String>>();
    shared::<LossySubscriber<String>>();
    sent::<Permit<String>>();
    sent::<ChannelSink<String>>();
    sent::<ChannelStream<String>>();
    sent::<Generator<String>>();
    shared::<Binding<String>>();
    shared::<Computed<String>>();
    shared::<BindRef<String>>();
    shared::<Guard<str>>();
    shared::<Atom>();
    shared::<EffectQueue>();
    shared::<Equality<String>>();
    shared::<UntilPending>();
    shared::<Watcher<String>>();
    shared::<WeakBinding<String>>();
    shared::<WeakComputed<String>>();
    shared::<WeakBindRef<String>>();
    shared::<WeakListBinding<String>>();
    shared::<WeakListRef<String>>();
    shared::<WeakMapBinding<String, u32>>();
    shared::<WeakMapRef<String, u32>>();
    shared::<WeakSetBinding<String>>();
    shared::<WeakSetRef<String>>();
    shared::<WeakRopeBinding<String, u32>>();
    shared::<WeakRopeRef<String, u32>>();
    shared::<WeakStore<Marker, String>>();
    shared::<WeakStoreRef<Marker, String>>();
    shared::<ListBinding<String>>();
    shared::<ListRef<String>>();
    shared::<ListSnapshot<String>>();
    shared::<ListBatch<String>>();
    sent::<FollowChanges<String>>();
    shared::<Store<Marker, String>>();
    shared::<StoreRef<Marker, String>>();
    shared::<StoreSnapshot<Marker, String>>();
    shared::<StoreBatch<Marker, String>>();
    shared::<Stored<String>>();
    shared::<Key<Marker>>();
    sent::<FollowStore<Marker, String>>();
    shared::<Lens<String>>();
    shared::<Parsed<String>>();
    shared::<History>();
    shared::<Step>();
    sent::<BindListDriver<String>>();
    shared::<MapBinding<String, u32>>();
    shared::<MapRef<String, u32>>();
    shared::<MapSnapshot<String, u32>>();
    shared::<MapBatch<String, u32>>();
    shared::<SetBinding<String>>();
    shared::<SetRef<String>>();
    shared::<SetSnapshot<String>>();
    sent::<FollowMapChanges<String, u32>>();
    sent::<BindMapDriver<String, u32>>();
    shared::<RopeBinding<String, u32>>();
    shared::<RopeRef<String, u32>>();
    shared::<RopeSnapshot<String, u32>>();
    shared::<RopeBatch<String, u32>>();
    shared::<RopePart<String, u32>>();
    shared::<RopeAttributes<String>>();
    sent::<FollowRopeChanges<String, u32>>();
    sent::<BindRopeDriver<String, u32>>();
    sent::<Follow<String>>();
    sent::<WaitFor<String>>();
    sent::<BindStreamDriver<String>>();
    shared::<Subscription>();
    shared::<Scope>();
}

#[test]
fn a_publisher_of_messages_that_stay_on_their_thread_can_be_made() {
    made::<Publisher<Rc<Cell<u32>>>>();
    let publisher = Publisher::new(4);
    let mut subscriber = publisher.subscribe();
    let message = Rc::new(Cell::new(1));
    publisher.try_publish(Rc::clone(&message)).unwrap();
    assert!(Rc::ptr_eq(&subscriber.try_recv().unwrap(), &message));
}
