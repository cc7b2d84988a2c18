//! A message's `Clone` and `Drop`, and wakers, may do anything, and may panic.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use flo_core::sync::Mutex;
use flo_publish::{LossySubscriber, Publisher, Subscriber, TryRecvError, WeakPublisher};
use flo_test::{Leaks, assert_pending, assert_ready_ok, woken};
use futures::StreamExt;

/// What a stranger holds, and uses whenever its code runs.
#[derive(Debug)]
struct Stranger {
    publisher: WeakPublisher<Message>,
    lossless: Mutex<Option<Subscriber<Message>>>,
    lossy: Mutex<Option<LossySubscriber<Message>>>,
}

impl Stranger {
    fn new(publisher: &Publisher<Message>) -> Arc<Self> {
        Arc::new(Self {
            publisher: publisher.downgrade(),
            lossless: Mutex::new(Some(publisher.subscribe())),
            lossy: Mutex::new(Some(publisher.subscribe_lossy())),
        })
    }

    /// Every kind of call, from inside. Runs once: what it does runs strangers' code again.
    fn interfere(&self) {
        let Some(mut lossless) = self.lossless.lock().take() else { return };
        let mut lossy = self.lossy.lock().take();
        if let Some(publisher) = self.publisher.upgrade() {
            drop(publisher.try_publish(Message::Quiet));
            drop(publisher.try_publish(Message::Quiet));
            drop(publisher.subscribe().clone());
            drop(publisher.subscribe_lossy());
            let mut waiting = woken(publisher.publish(Message::Quiet));
            drop(waiting.poll());
            let mut reserve = woken(publisher.reserve());
            drop(reserve.poll());
            let _ = woken(publisher.drained()).poll();
            let _ = woken(publisher.closed()).poll();
            drop(woken(lossless.recv()).poll());
            drop(lossy.as_mut().map(LossySubscriber::try_recv));
            assert!(publisher.subscriber_count() > 0 && !publisher.is_closed());
        }
    }

    fn has_interfered(&self) -> bool {
        self.lossless.lock().is_none()
    }
}

impl Wake for Stranger {
    fn wake(self: Arc<Self>) {
        self.interfere();
    }
}

#[derive(Debug)]
enum Message {
    Quiet,
    InClone(Arc<Stranger>),
    InDrop(Arc<Stranger>),
    PanicsInClone,
    PanicsInDrop,
}

impl Clone for Message {
    fn clone(&self) -> Self {
        match self {
            Self::InClone(stranger) => {
                stranger.interfere();
                Self::Quiet
            }
            Self::PanicsInClone => panic!("a message's clone"),
            Self::Quiet | Self::InDrop(_) | Self::PanicsInDrop => Self::Quiet,
        }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        match self {
            Self::InDrop(stranger) => stranger.interfere(),
            Self::PanicsInDrop if !std::thread::panicking() => panic!("a message's drop"),
            _ => {}
        }
    }
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker");
    }
}

fn panics<R>(f: impl FnOnce() -> R) {
    assert!(panic::catch_unwind(AssertUnwindSafe(f)).is_err());
}

/// Everything still works: a message goes through, places come back, the end comes.
fn assert_usable(publisher: Publisher<Message>) {
    let mut subscriber = publisher.subscribe();
    for _ in 0..3 * publisher.capacity() {
        assert!(publisher.try_publish(Message::Quiet).is_ok());
        assert!(subscriber.try_recv().is_ok());
    }
    drop(publisher);
    assert!(matches!(subscriber.try_recv(), Err(TryRecvError::Closed)));
}

#[test]
fn a_clone_may_publish_subscribe_receive_and_drop() {
    let publisher = Publisher::new(4);
    let (mut first, second) = (publisher.subscribe(), publisher.subscribe());
    let stranger = Stranger::new(&publisher);
    assert!(publisher.try_publish(Message::InClone(Arc::clone(&stranger))).is_ok());
    assert!(first.try_recv().is_ok());
    assert!(stranger.has_interfered());
    drop((first, second));
    assert_usable(publisher);
}

#[test]
fn a_drop_may_publish_subscribe_receive_and_drop() {
    // Dropped by the last reader's `Drop`, by a publish that pushes it out, and with no subscriber.
    for case in 0..3 {
        let publisher = Publisher::new(2);
        let stranger = Stranger::new(&publisher);
        drop(stranger.lossless.lock().replace(publisher.subscribe()));
        let message = Message::InDrop(Arc::clone(&stranger));
        if case == 2 {
            let lone = Publisher::new(1);
            assert!(lone.try_publish(message).is_ok());
        } else {
            let lone = Publisher::new(1);
            let lossy = lone.subscribe_lossy();
            assert!(lone.try_publish(message).is_ok());
            if case == 0 {
                drop(lossy);
            } else {
                assert!(lone.try_publish(Message::Quiet).is_ok());
            }
        }
        assert!(stranger.has_interfered(), "case {case}");
        assert_usable(publisher);
    }
}

#[test]
fn a_drop_may_use_the_ring_it_falls_out_of() {
    let publisher = Publisher::new(2);
    let lossy = publisher.subscribe_lossy();
    let stranger = Stranger::new(&publisher);
    drop(stranger.lossless.lock().replace(Publisher::new(1).subscribe()));
    for _ in 0..3 {
        assert!(publisher.try_publish(Message::InDrop(Arc::clone(&stranger))).is_ok());
    }
    assert!(stranger.has_interfered());
    drop(lossy);
    assert_usable(publisher);
}

#[test]
fn a_waker_may_publish_subscribe_receive_and_drop() {
    let publisher = Publisher::new(2);
    let reader = Stranger::new(&publisher);
    let writer = Stranger::new(&publisher);
    let mut subscriber = publisher.subscribe();
    let waker = Waker::from(Arc::clone(&reader));
    assert!(subscriber.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    assert!(publisher.try_publish(Message::Quiet).is_ok());
    assert!(reader.has_interfered());

    while publisher.try_publish(Message::Quiet).is_ok() {}
    let waker = Waker::from(Arc::clone(&writer));
    let mut publish = std::pin::pin!(publisher.publish(Message::Quiet));
    assert!(publish.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(writer.lossless.lock().as_mut().map(Subscriber::try_recv));
    assert!(subscriber.try_recv().is_ok());
    assert!(writer.has_interfered());
}

#[test]
fn a_waker_may_do_so_when_the_streams_end() {
    let publisher = Publisher::new(2);
    let stranger = Stranger::new(&publisher);
    let mut subscriber = publisher.subscribe();
    let waker = Waker::from(Arc::clone(&stranger));
    assert!(subscriber.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    drop(publisher);
    assert!(stranger.has_interfered());
}

#[test]
fn a_clone_that_panics_costs_that_one_receive() {
    let publisher = Publisher::new(1);
    let mut first = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    let mut last = publisher.subscribe();
    assert!(publisher.try_publish(Message::PanicsInClone).is_ok());
    let mut waiting = woken(publisher.publish(Message::Quiet));
    assert_pending!(waiting.poll());
    panics(|| first.try_recv());
    panics(|| lossy.try_recv());
    assert!(first.is_empty() && lossy.is_empty(), "both have moved on");
    assert!(matches!(last.try_recv(), Ok(Message::PanicsInClone)), "the last one needs no clone");
    assert!(waiting.is_woken(), "no place stays taken");
    assert_ready_ok!(waiting.poll());
    assert!(matches!(first.try_recv(), Ok(Message::Quiet)));
    assert!(matches!(lossy.try_recv(), Ok(Ok(Message::Quiet))));
    drop((first, lossy, last));
    drop(waiting);
    assert_usable(publisher);
}

#[test]
fn a_drop_that_panics_leaves_everything_else_usable() {
    let publisher = Publisher::new(2);
    panics(|| publisher.try_publish(Message::PanicsInDrop));
    let lossy = publisher.subscribe_lossy();
    let subscriber = publisher.subscribe();
    assert!(publisher.try_publish(Message::PanicsInDrop).is_ok());
    drop(lossy);
    panics(|| drop(subscriber));
    assert_eq!(publisher.subscriber_count(), 0);
    assert_usable(publisher);
}

#[test]
fn a_lost_message_whose_drop_panics_does_not_lose_the_new_one() {
    let publisher = Publisher::new(1);
    let mut lossy = publisher.subscribe_lossy();
    assert!(publisher.try_publish(Message::PanicsInDrop).is_ok());
    panics(|| publisher.try_publish(Message::Quiet));
    assert!(matches!(lossy.try_recv(), Ok(Err(flo_publish::Lagged(1)))));
    assert!(matches!(lossy.try_recv(), Ok(Ok(Message::Quiet))));
    drop(lossy);
    assert_usable(publisher);
}

#[test]
fn a_waker_that_panics_leaves_the_message_published_and_the_others_woken() {
    let publisher = Publisher::new(2);
    let mut first = publisher.subscribe();
    let mut second = woken(publisher.subscribe());
    let waker = Waker::from(Arc::new(Panics));
    assert!(first.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    assert_pending!(second.poll_next());
    panics(|| publisher.try_publish(Message::Quiet));
    assert!(second.is_woken());
    assert_eq!((first.len(), second.len()), (1, 1));
    drop((first, second));
    assert_usable(publisher);
}

#[test]
fn a_publisher_whose_waker_panics_keeps_its_turn() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    assert!(publisher.try_publish(Message::Quiet).is_ok());
    {
        let mut publish = std::pin::pin!(publisher.publish(Message::Quiet));
        let waker = Waker::from(Arc::new(Panics));
        assert!(publish.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        panics(|| subscriber.try_recv());
        assert!(subscriber.is_empty(), "the message went with the receive that panicked");
        let waker = Waker::noop();
        assert!(publish.as_mut().poll(&mut Context::from_waker(waker)).is_ready());
    }
    assert_eq!(subscriber.len(), 1);
    drop(subscriber);
    assert_usable(publisher);
}

#[test]
fn a_waker_that_panics_at_the_end_of_a_receive_leaks_no_clone() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(1).with_replay(1);
    let mut subscriber = publisher.subscribe();
    assert!(publisher.try_publish(leaks.track(0)).is_ok());
    let mut publish = std::pin::pin!(publisher.publish(leaks.track(1)));
    let waker = Waker::from(Arc::new(Panics));
    assert!(publish.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    // It is kept, so that this one gets a clone, and is the last to read it.
    panics(|| subscriber.try_recv());
    assert_eq!((leaks.clone_count(), leaks.alive_count()), (1, 2), "one is kept, one waits");
}
