//! Channels under threads, and under random operations beside a queue.

use std::thread;

use flo_core::channel;
use futures::{FutureExt, StreamExt, executor::block_on};
use proptest::prelude::*;

#[test]
fn many_senders_on_threads_lose_nothing_and_keep_their_own_order() {
    let (sink, mut stream) = channel(3);
    thread::scope(|scope| {
        for sender in 0..4_u32 {
            let sink = sink.clone();
            scope.spawn(move || {
                for number in 0..2_000_u32 {
                    sink.send_blocking((sender, number)).unwrap();
                }
            });
        }
        drop(sink);
        let mut next = [0; 4];
        while let Ok((sender, number)) = stream.recv_blocking() {
            assert_eq!(number, next[sender as usize]);
            next[sender as usize] += 1;
        }
        assert_eq!(next, [2_000; 4]);
    });
}

proptest! {
    /// Random sends and receives agree with a queue; places are exact at every step.
    #[test]
    fn random_operations_agree_with_a_queue(capacity in 1..4_usize, steps in prop::collection::vec(0..4_u8, 1..80)) {
        let (sink, mut stream) = channel(capacity);
        let mut queue = std::collections::VecDeque::new();
        let mut waiting = Vec::new();
        for (message, step) in steps.into_iter().enumerate() {
            match step {
                0 => {
                    let fits = queue.len() < capacity;
                    prop_assert_eq!(sink.try_send(message).is_ok(), fits);
                    if fits {
                        queue.push_back(message);
                    }
                }
                1 => {
                    let mut send = Box::pin(sink.send(message));
                    match send.as_mut().now_or_never() {
                        Some(sent) => {
                            prop_assert!(sent.is_ok() && queue.len() < capacity);
                            queue.push_back(message);
                        }
                        None => waiting.push((message, send)),
                    }
                }
                2 => {
                    prop_assert_eq!(stream.try_recv().ok(), queue.pop_front());
                    if !waiting.is_empty() {
                        let (message, mut send) = waiting.remove(0);
                        prop_assert!(send.as_mut().now_or_never().is_some_and(|sent| sent.is_ok()));
                        queue.push_back(message);
                    }
                }
                _ => drop(waiting.pop()),
            }
            prop_assert_eq!(stream.len(), queue.len());
        }
        drop(waiting);
        drop(sink);
        let rest: Vec<usize> = block_on(stream.collect());
        prop_assert_eq!(rest, Vec::from(queue));
    }
}
