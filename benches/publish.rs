//! Publishing to several lossless subscribers, beside `flo_stream` 0.8, async-broadcast, and tokio's
//! broadcast (which is lossy; here its readers keep up, so nothing is missed).

use flo_benches::{Work, row, section};
use futures::{SinkExt, StreamExt, executor::block_on, future::join_all};

const CAPACITY: usize = 128;
const MESSAGES: u64 = 20_000;

fn main() {
    section("events, u64, one thread, capacity 128");
    for subscribers in [1, 4, 16] {
        fan_out(subscribers);
    }
}

fn fan_out(subscribers: u64) {
    let expected = subscribers * (1..=MESSAGES).sum::<u64>();
    let contenders: Vec<(&str, Work<'_>)> = vec![
        ("flo", Box::new(move || ours(subscribers))),
        ("flo_stream", Box::new(move || ancestor(subscribers))),
        ("async-broadcast", Box::new(move || async_broadcast_crate(subscribers))),
        ("tokio broadcast", Box::new(move || tokio_broadcast(subscribers))),
    ];
    let deliveries = u32::try_from(subscribers * MESSAGES).expect("few enough");
    row(&format!("1 to {subscribers}, one delivery"), deliveries, expected, contenders);
}

fn ours(subscribers: u64) -> u64 {
    let publisher = flo_reactive::Publisher::new(CAPACITY);
    let readers: Vec<_> = (0..subscribers).map(|_| publisher.subscribe()).collect();
    block_on(async {
        let publishing = async move {
            for message in 1..=MESSAGES {
                publisher.publish(message).await.expect("open");
            }
        };
        let reading =
            readers.into_iter().map(|reader| reader.fold(0, |sum, item| async move { sum + item }));
        let ((), sums) = futures::join!(publishing, join_all(reading));
        sums.into_iter().sum()
    })
}

fn ancestor(subscribers: u64) -> u64 {
    use flo_stream::MessagePublisher;
    let mut publisher = flo_stream::Publisher::new(CAPACITY);
    let readers: Vec<_> = (0..subscribers).map(|_| publisher.subscribe()).collect();
    block_on(async {
        let publishing = async move {
            for message in 1..=MESSAGES {
                publisher.publish(message).await;
            }
        };
        let reading =
            readers.into_iter().map(|reader| reader.fold(0, |sum, item| async move { sum + item }));
        let ((), sums) = futures::join!(publishing, join_all(reading));
        sums.into_iter().sum()
    })
}

fn async_broadcast_crate(subscribers: u64) -> u64 {
    let (sender, receiver) = async_broadcast::broadcast(CAPACITY);
    let readers: Vec<_> =
        (1..subscribers).map(|_| receiver.new_receiver()).chain([receiver.clone()]).collect();
    drop(receiver);
    block_on(async {
        let publishing = async move {
            for message in 1..=MESSAGES {
                sender.broadcast_direct(message).await.expect("open");
            }
        };
        let reading =
            readers.into_iter().map(|reader| reader.fold(0, |sum, item| async move { sum + item }));
        let ((), sums) = futures::join!(publishing, join_all(reading));
        sums.into_iter().sum()
    })
}

fn tokio_broadcast(subscribers: u64) -> u64 {
    let (sender, _) = tokio::sync::broadcast::channel(CAPACITY);
    let readers: Vec<_> = (0..subscribers).map(|_| sender.subscribe()).collect();
    // It has no way to wait for its readers: a place is handed back by the last reader of a message.
    let (mut places, mut freed) = futures::channel::mpsc::channel::<()>(CAPACITY);
    block_on(async {
        let publishing = async move {
            for message in 1..=MESSAGES {
                if message > CAPACITY as u64 {
                    freed.next().await.expect("a reader is there");
                }
                sender.send(message).expect("open");
            }
            drop(sender);
            while freed.next().await.is_some() {}
        };
        let mut reading = readers.into_iter();
        let mut slowest = reading.next_back().expect("at least one");
        let counted = async move {
            let mut sum = 0;
            while let Ok(message) = slowest.recv().await {
                sum += message;
                places.send(()).await.expect("the publisher is there");
            }
            sum
        };
        let others = reading.map(|mut reader| async move {
            let mut sum = 0;
            while let Ok(message) = reader.recv().await {
                sum += message;
            }
            sum
        });
        let ((), others, counted) = futures::join!(publishing, join_all(others), counted);
        others.into_iter().sum::<u64>() + counted
    })
}
