//! Work distribution: each message to one of several workers.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::{future::Future, time::Duration};

use crate::{
    exec::{Exec, Task},
    report::{Contender, Goal, Report},
};

/// A worker's answer is so many times its count of messages, and their sum.
const COUNT: u64 = 1 << 40;

/// One way to give each message to one worker.
trait Work: 'static {
    const NAME: &'static str;
    type Sender: Send + 'static;
    type Worker: Send + 'static;

    fn make(capacity: usize, workers: usize) -> (Self::Sender, Vec<Self::Worker>);

    fn send(sender: &mut Self::Sender, message: u64) -> impl Future<Output = ()> + Send;

    fn recv(worker: &mut Self::Worker) -> impl Future<Output = Option<u64>> + Send;
}

/// How long it took, and how many messages of a hundred the busiest worker had.
fn distribute<W: Work>(exec: Exec, workers: usize, messages: u64) -> (Duration, f64) {
    let (mut sender, ends) = W::make(128, workers);
    let mut tasks: Vec<Task> = Vec::new();
    for mut end in ends {
        tasks.push(Box::pin(async move {
            let (mut count, mut sum, mut last) = (0, 0, None);
            while let Some(message) = W::recv(&mut end).await {
                assert!(last < Some(message), "{}: out of order", W::NAME);
                last = Some(message);
                (count, sum) = (count + 1, sum + message);
            }
            count * COUNT + sum
        }));
    }
    tasks.push(Box::pin(async move {
        for message in 0..messages {
            W::send(&mut sender, message).await;
        }
        0
    }));
    let (time, sums) = exec.run(tasks);
    let expected = messages * (messages - 1) / 2;
    let sum = sums.iter().map(|both| both % COUNT).sum::<u64>();
    assert_eq!(sum, expected, "{}: lost or doubled", W::NAME);
    let busiest = sums.iter().map(|both| both / COUNT).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
    let percent = 100.0 * busiest as f64 / messages as f64;
    (time, percent)
}

fn busiest<W: Work>(exec: Exec, workers: usize, messages: u64) -> String {
    format!("{} {:.1} %", W::NAME, distribute::<W>(exec, workers, messages).1)
}

fn contender<'a, W: Work>(exec: Exec, workers: usize, messages: u64) -> Contender<'a> {
    (W::NAME, Box::new(move || distribute::<W>(exec, workers, messages).0))
}

pub(crate) fn section(report: &mut Report) {
    for (section, exec, at_most) in [
        ("work distribution, one thread", Exec::Tokio, 0.9),
        ("work distribution, two workers", Exec::Two, 1.0),
    ] {
        let goal = Goal { section, at_most, ancestor: None };
        if report.section(&goal) {
            for workers in [4, 16] {
                let messages = report.count(100_000);
                let contenders = vec![
                    contender::<Flo>(exec, workers, messages),
                    contender::<AsyncChannel>(exec, workers, messages),
                    contender::<Flume>(exec, workers, messages),
                    contender::<Kanal>(exec, workers, messages),
                ];
                report.cell(&goal, &format!("to {workers}"), messages, contenders);
                let all = [
                    busiest::<Flo>(exec, workers, messages),
                    busiest::<AsyncChannel>(exec, workers, messages),
                    busiest::<Flume>(exec, workers, messages),
                    busiest::<Kanal>(exec, workers, messages),
                ];
                println!("    the busiest worker had: {}", all.join(", "));
            }
        }
    }
}

struct Flo;

impl Work for Flo {
    const NAME: &'static str = "flo";
    type Sender = flo_reactive::WorkQueue<u64>;
    type Worker = flo_reactive::Worker<u64>;

    fn make(capacity: usize, workers: usize) -> (Self::Sender, Vec<Self::Worker>) {
        let queue = flo_reactive::WorkQueue::new(capacity);
        let workers = (0..workers).map(|_| queue.worker()).collect();
        (queue, workers)
    }

    async fn send(sender: &mut Self::Sender, message: u64) {
        sender.push(message).await.expect("open");
    }

    async fn recv(worker: &mut Self::Worker) -> Option<u64> {
        worker.recv().await.ok()
    }
}

struct AsyncChannel;

impl Work for AsyncChannel {
    const NAME: &'static str = "async-channel";
    type Sender = async_channel::Sender<u64>;
    type Worker = async_channel::Receiver<u64>;

    fn make(capacity: usize, workers: usize) -> (Self::Sender, Vec<Self::Worker>) {
        let (sender, receiver) = async_channel::bounded(capacity);
        (sender, vec![receiver; workers])
    }

    async fn send(sender: &mut Self::Sender, message: u64) {
        sender.send(message).await.expect("open");
    }

    async fn recv(worker: &mut Self::Worker) -> Option<u64> {
        worker.recv().await.ok()
    }
}

struct Flume;

impl Work for Flume {
    const NAME: &'static str = "flume";
    type Sender = flume::Sender<u64>;
    type Worker = flume::Receiver<u64>;

    fn make(capacity: usize, workers: usize) -> (Self::Sender, Vec<Self::Worker>) {
        let (sender, receiver) = flume::bounded(capacity);
        (sender, vec![receiver; workers])
    }

    async fn send(sender: &mut Self::Sender, message: u64) {
        sender.send_async(message).await.expect("open");
    }

    async fn recv(worker: &mut Self::Worker) -> Option<u64> {
        worker.recv_async().await.ok()
    }
}

struct Kanal;

impl Work for Kanal {
    const NAME: &'static str = "kanal";
    type Sender = kanal::AsyncSender<u64>;
    type Worker = kanal::AsyncReceiver<u64>;

    fn make(capacity: usize, workers: usize) -> (Self::Sender, Vec<Self::Worker>) {
        let (sender, receiver) = kanal::bounded_async(capacity);
        (sender, vec![receiver; workers])
    }

    async fn send(sender: &mut Self::Sender, message: u64) {
        sender.send(message).await.expect("open");
    }

    async fn recv(worker: &mut Self::Worker) -> Option<u64> {
        worker.recv().await.ok()
    }
}
