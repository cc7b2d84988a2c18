//! Events become state and state becomes events: publishers and bindings, which know nothing of each
//! other, meet as `Stream` and `Sink`.

use flo_reactive::{
    Binding, BoundExt, Lagged, Publisher, RecvError, bind, bind_stream, bind_stream_driver,
    computed_from,
};
use flo_test::{assert_pending, assert_ready, woken};
use futures::{FutureExt, SinkExt, StreamExt, executor::block_on};

#[test]
fn what_is_published_becomes_state_and_what_follows_from_it() {
    let publisher = Publisher::new(8);
    let (sum, driver) = bind_stream_driver(publisher.subscribe(), 0, |sum, item: i32| *sum += item);
    let (count, counting) = bind_stream_driver(publisher.subscribe(), 0, |count, _| *count += 1);
    let average = computed_from((&sum, &count), |(sum, count)| sum / (*count).max(1));
    let (mut driver, mut counting) = (woken(driver), woken(counting));
    assert_pending!(driver.poll());
    assert_pending!(counting.poll());
    for item in [4, 8] {
        publisher.try_publish(item).unwrap();
    }
    assert!(driver.is_woken() && counting.is_woken());
    assert_pending!(driver.poll());
    assert_pending!(counting.poll());
    assert_eq!(average.get(), 6);
    drop(publisher);
    assert_ready!(driver.poll());
    assert_ready!(counting.poll());
    assert!(sum.is_ended() && count.is_ended());
    let mut averages = woken(average.follow());
    assert_eq!(assert_ready!(averages.poll_next()), Some(6));
    assert_eq!(assert_ready!(averages.poll_next()), None);
}

#[test]
fn state_is_followed_into_a_publisher() {
    let count: Binding<u32> = bind(1);
    let publisher = Publisher::new(8);
    let mut subscriber = publisher.subscribe();
    let mut forwarding = woken(count.follow().map(Ok).forward(publisher));
    assert_pending!(forwarding.poll());
    assert_eq!(subscriber.try_recv(), Ok(1));
    count.set(2);
    count.set(3);
    assert!(forwarding.is_woken());
    assert_pending!(forwarding.poll());
    assert_eq!(subscriber.try_recv(), Ok(3));
    drop(count);
    assert!(assert_ready!(forwarding.poll()).is_ok());
    assert_eq!(block_on(subscriber.recv()), Err(RecvError::Closed));
}

#[test]
fn a_slow_component_is_waited_for_and_a_lossy_one_is_told() {
    let publisher = Publisher::new(2);
    let mut slow = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    publisher.try_publish(1).unwrap();
    publisher.try_publish(2).unwrap();
    let mut third = woken(publisher.publish(3));
    assert_pending!(third.poll());
    assert_eq!(slow.try_recv(), Ok(1));
    assert!(third.is_woken());
    assert!(assert_ready!(third.poll()).is_ok());
    assert_eq!(lossy.next().now_or_never().flatten(), Some(Err(Lagged(1))));
    assert_eq!(lossy.next().now_or_never().flatten(), Some(Ok(2)));
}

#[test]
fn tokio_runs_it_all_without_being_asked_for() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let publisher = Publisher::new(16);
    let sum = flo_reactive::bind_stream_with(
        |driver| drop(runtime.spawn(driver)),
        publisher.subscribe(),
        0_u64,
        |sum, item| *sum += item,
    );
    let also = bind_stream(publisher.subscribe(), 0_u64, |sum, item| *sum += item);
    runtime.block_on(async {
        let publishing = (0..4).map(|_| {
            let mut publisher = publisher.clone();
            runtime.spawn(async move {
                for item in 1..=1_000 {
                    publisher.send(item).await.unwrap();
                }
            })
        });
        let publishing: Vec<_> = publishing.collect();
        for task in publishing {
            task.await.unwrap();
        }
        drop(publisher);
        for state in [&sum, &also] {
            assert_eq!(*state.wait_for(|sum| *sum == 4 * 500_500).await.unwrap(), 2_002_000);
        }
    });
}
