//! Handles may be moved where messages may, and ask nothing else of them.

use std::cell::Cell;
use std::rc::Rc;

use flo_publish::{
    BatchError, LatestRecv, LatestSubscriber, LossyRecv, LossyRecvMany, LossySubscriber, Observed,
    Permit, Publish, PublishBatch, PublishError, Publisher, Push, Recv, RecvMany, Reserve,
    ReserveWork, Subscriber, TryPublishError, UntilClosed, UntilDrained, UntilSubscribed,
    UntilUnsubscribed, UntilWorkClosed, UntilWorkDrained, WeakLatestSubscriber,
    WeakLossySubscriber, WeakPublisher, WeakSubscriber, WeakWorkQueue, WorkPermit, WorkQueue,
    Worker, WorkerRecv,
};

fn moves_freely<T: Send + Sync + Unpin>() {}
#[test]
fn a_work_queue_asks_only_that_messages_may_be_sent() {
    moves_freely::<(WorkQueue<Cell<u8>>, Worker<Cell<u8>>)>();
    moves_freely::<(Push<'_, String>, WorkerRecv<'_, String>)>();
    moves_freely::<(WorkPermit<Cell<u8>>, ReserveWork<'_, Cell<u8>>, WeakWorkQueue<Cell<u8>>)>();
    moves_freely::<(UntilWorkClosed<'_, Cell<u8>>, UntilWorkDrained<'_, Cell<u8>>)>();
    is_unpin::<WorkQueue<std::marker::PhantomPinned>>();
}

fn is_static<T: 'static>() {}
fn is_unpin<T: Unpin>() {}

#[test]
fn handles_and_futures_move_freely_where_messages_do() {
    moves_freely::<Publisher<String>>();
    moves_freely::<WeakPublisher<String>>();
    moves_freely::<Subscriber<String>>();
    moves_freely::<LossySubscriber<String>>();
    moves_freely::<Permit<String>>();
    moves_freely::<Publish<'_, String>>();
    moves_freely::<Reserve<'_, String>>();
    moves_freely::<Recv<'_, String>>();
    moves_freely::<LossyRecv<'_, String>>();
    moves_freely::<UntilClosed<'_, String>>();
    moves_freely::<UntilDrained<'_, String>>();
    moves_freely::<UntilSubscribed<'_, String>>();
    moves_freely::<(LatestSubscriber<String>, LatestRecv<'_, String>)>();
    moves_freely::<(PublishBatch<'_, String>, RecvMany<'_, String>, BatchError<String>)>();
    moves_freely::<(WeakSubscriber<String>, Observed<String>)>();
    moves_freely::<(WeakLossySubscriber<String>, WeakLatestSubscriber<String>)>();
    moves_freely::<(UntilUnsubscribed<'_, String>, LossyRecvMany<'_, String>)>();
    moves_freely::<PublishError<String>>();
    moves_freely::<TryPublishError<String>>();
}

#[test]
fn handles_are_static_and_unpin_for_any_message() {
    is_static::<Publisher<Rc<()>>>();
    is_static::<Subscriber<Rc<()>>>();
    is_static::<Permit<Rc<()>>>();
    is_unpin::<Subscriber<std::marker::PhantomPinned>>();
    is_unpin::<Publish<'_, std::marker::PhantomPinned>>();
}

#[test]
fn messages_that_stay_on_their_thread_may_be_published_there() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(Rc::new(Cell::new(1))).unwrap();
    assert_eq!(subscriber.try_recv().unwrap().get(), 1);
}

#[test]
fn a_subscriber_is_24_bytes() {
    assert_eq!(size_of::<Subscriber<String>>(), 24);
    assert_eq!(size_of::<LossySubscriber<String>>(), 24);
    assert_eq!(size_of::<LatestSubscriber<String>>(), 24);
}
