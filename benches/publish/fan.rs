//! Fan-out: every message to every reader, publishers wait.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::{
    collections::VecDeque,
    fmt::Write,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use flo_benches::nanoseconds;

use crate::{
    exec::{Exec, Task},
    message::Message,
    peers::{
        AsyncBroadcast, AsyncChannels, CrossfireChannels, Flo, FloStream, FlumeChannels,
        KanalChannels, Postage, TokioBroadcast, TokioChannels,
    },
    report::{Contender, Goal, Report},
};

/// One way to give every message to every reader.
pub(crate) trait Fan<M: Message>: 'static {
    const NAME: &'static str;
    /// Whether a reader may see the end before it has everything: such a turn is told, and taken again.
    const LOSES: bool = false;
    type Sender: Send + 'static;
    type Reader: Send + 'static;

    /// So many ends of each kind.
    fn make(
        capacity: usize,
        senders: usize,
        readers: usize,
    ) -> (Vec<Self::Sender>, Vec<Self::Reader>);

    fn send(sender: &mut Self::Sender, message: M) -> impl Future<Output = ()> + Send;

    /// `None` is the end.
    fn recv(reader: &mut Self::Reader) -> impl Future<Output = Option<M>> + Send;
}

/// What one cell measures.
#[derive(Debug, Clone, Copy)]
struct Shape {
    exec: Exec,
    capacity: usize,
    senders: usize,
    readers: usize,
    /// Of all senders together.
    messages: u64,
}

/// Numbers of different senders are this far apart.
const APART: u64 = 1 << 40;

/// Sends and reads everything, and checks count, order and sum; `None` where messages were lost.
fn fan_out<M: Message, F: Fan<M>>(shape: Shape) -> Option<Duration> {
    let each = shape.messages / shape.senders as u64;
    let (senders, readers) = F::make(shape.capacity, shape.senders, shape.readers);
    let mut tasks: Vec<Task> = Vec::new();
    for mut reader in readers {
        tasks.push(Box::pin(async move {
            let mut next = vec![0; shape.senders];
            let mut sum = 0_u64;
            while let Some(message) = F::recv(&mut reader).await {
                let number = message.number();
                let sender = usize::try_from(number / APART).expect("few senders");
                assert_eq!(number % APART, next[sender], "{}: out of order", F::NAME);
                next[sender] += 1;
                sum += number % APART;
            }
            let is_whole = next.iter().all(|next| *next == each);
            assert!(is_whole || F::LOSES, "{}: messages were lost", F::NAME);
            sum
        }));
    }
    for (sender, mut end) in senders.into_iter().enumerate() {
        tasks.push(Box::pin(async move {
            for number in 0..each {
                F::send(&mut end, M::new(sender as u64 * APART + number)).await;
            }
            0
        }));
    }
    let (time, sums) = shape.exec.run(tasks);
    let expected = shape.readers as u64 * shape.senders as u64 * (each * (each - 1) / 2);
    let is_right = sums.into_iter().sum::<u64>() == expected;
    assert!(is_right || F::LOSES, "{}: a wrong sum", F::NAME);
    is_right.then_some(time)
}

fn contender<'a, M: Message, F: Fan<M>>(shape: Shape) -> Contender<'a> {
    let turn = move || {
        loop {
            if let Some(time) = fan_out::<M, F>(shape) {
                return time;
            }
            println!("    {}: messages were lost; the turn is taken again", F::NAME);
        }
    };
    (F::NAME, Box::new(turn))
}

fn cell<M: Message>(report: &mut Report, goal: &Goal, shape: Shape) {
    let mut contenders = vec![
        contender::<M, Flo>(shape),
        contender::<M, FloStream>(shape),
        contender::<M, AsyncBroadcast>(shape),
        contender::<M, TokioBroadcast>(shape),
        contender::<M, TokioChannels>(shape),
        contender::<M, FlumeChannels>(shape),
        contender::<M, KanalChannels>(shape),
        contender::<M, CrossfireChannels>(shape),
        contender::<M, AsyncChannels>(shape),
    ];
    // Its receivers are of one order only with one sender.
    if shape.senders == 1 {
        contenders.push(contender::<M, Postage>(shape));
    }
    let mut name = String::new();
    _ = write!(name, "{} to {}", shape.senders, shape.readers);
    if shape.capacity != 128 {
        _ = write!(name, ", capacity {}", shape.capacity);
    }
    if M::NAME != "u64" {
        _ = write!(name, ", {}", M::NAME);
    }
    _ = write!(name, ", {}", shape.exec.name());
    let operations = shape.messages * shape.readers as u64;
    report.cell(goal, &name, operations, contenders);
    if M::NAME != "u64" {
        let alone = nanoseconds(messages_alone::<M>(shape), operations);
        println!("    the messages alone, a capacity of them at a time, on one thread: {alone:.1}");
    }
}

/// What no library can save: as many messages as may wait are made, and are there at once, which an allocator
/// notices; each is cloned for all readers but one, read and dropped.
fn messages_alone<M: Message>(shape: Shape) -> Duration {
    let mut waiting = VecDeque::with_capacity(shape.capacity);
    let mut sum = 0;
    let start = Instant::now();
    let mut numbers = 0..shape.messages;
    while !numbers.is_empty() {
        waiting.extend(numbers.by_ref().take(shape.capacity).map(M::new));
        for _ in 1..shape.readers {
            sum += waiting.iter().map(|message| message.clone().number()).sum::<u64>();
        }
        sum += waiting.drain(..).map(|message| message.number()).sum::<u64>();
    }
    let time = start.elapsed();
    assert_eq!(sum, shape.readers as u64 * (shape.messages * (shape.messages - 1) / 2));
    time
}

/// Messages for so many readers that a cell takes about as long as any other.
fn messages(report: &Report, readers: usize) -> u64 {
    report.count(400_000 / (readers as u64).max(4)).max(200)
}

pub(crate) fn sections(report: &mut Report) {
    let goal = Goal { section: "fan-out of u64, one thread", at_most: 0.75, ancestor: Some(5.0) };
    if report.section(&goal) {
        for exec in [Exec::Pool, Exec::Tokio] {
            one_to_many::<u64>(report, &goal, exec);
        }
    }
    let goal = Goal { section: "fan-out of u64, two workers", at_most: 0.9, ancestor: Some(5.0) };
    if report.section(&goal) {
        one_to_many::<u64>(report, &goal, Exec::Two);
    }
    let goal = Goal { section: "fan-out of 256 bytes", at_most: 1.0, ancestor: Some(5.0) };
    if report.section(&goal) {
        for exec in [Exec::Tokio, Exec::Two] {
            for readers in [1, 4, 16] {
                let messages = messages(report, readers) / 2;
                let shape = Shape { exec, capacity: 128, senders: 1, readers, messages };
                cell::<String>(report, &goal, shape);
                cell::<Arc<[u8]>>(report, &goal, shape);
            }
        }
        clones();
    }
    for (section, exec, counts, at_most) in [
        ("several publishers", Exec::Tokio, [4, 16], 0.8),
        ("several publishers, two workers", Exec::Two, [4, 16], 1.1),
    ] {
        let goal = Goal { section, at_most, ancestor: Some(5.0) };
        if report.section(&goal) {
            for senders in counts {
                let messages = messages(report, 4) / 16 * 16;
                let shape = Shape { exec, capacity: 128, senders, readers: 4, messages };
                cell::<u64>(report, &goal, shape);
            }
        }
    }
}

fn one_to_many<M: Message>(report: &mut Report, goal: &Goal, exec: Exec) {
    for readers in [1, 4, 16, 64, 1000] {
        let capacities: &[usize] =
            if [4, 64].contains(&readers) { &[128, 16, 1024] } else { &[128] };
        for capacity in capacities.iter().copied() {
            let messages = messages(report, readers);
            cell::<M>(report, goal, Shape { exec, capacity, senders: 1, readers, messages });
        }
    }
}

/// N subscribers cost N − 1 clones of each message.
fn clones() {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    #[derive(Debug)]
    struct Counted(Arc<AtomicU64>);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Relaxed);
            Self(Arc::clone(&self.0))
        }
    }
    for readers in [1, 4, 16] {
        let clones = Arc::new(AtomicU64::new(0));
        let publisher = flo_reactive::Publisher::new(128);
        let mut ends: Vec<_> = (0..readers).map(|_| publisher.subscribe()).collect();
        for _ in 0..100 {
            publisher.try_publish(Counted(Arc::clone(&clones))).expect("there is room");
        }
        for end in &mut ends {
            while end.try_recv().is_ok() {}
        }
        assert_eq!(clones.load(Relaxed), 100 * (readers - 1), "N − 1 clones");
    }
}
