//! What is not fan-out: ping-pong, lossy, the latest, coming and going, and what a subscriber weighs.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use crate::{
    exec::{Exec, Task},
    fan::Fan,
    peers::{
        AsyncBroadcast, AsyncChannels, CrossfireChannels, Flo, FlumeChannels, KanalChannels,
        Postage, TokioChannels,
    },
    report::{Contender, Goal, Report},
};

pub(crate) fn sections(report: &mut Report) {
    let goal = Goal { section: "ping-pong", at_most: 0.95, ancestor: None };
    if report.section(&goal) {
        for exec in [Exec::Tokio, Exec::Pool] {
            let rounds = report.count(100_000);
            let contenders: Vec<Contender<'_>> = vec![
                ping_pong::<Flo>(exec, rounds),
                ping_pong::<AsyncBroadcast>(exec, rounds),
                ping_pong::<Postage>(exec, rounds),
                ping_pong::<TokioChannels>(exec, rounds),
                ping_pong::<FlumeChannels>(exec, rounds),
                ping_pong::<KanalChannels>(exec, rounds),
                ping_pong::<CrossfireChannels>(exec, rounds),
                ping_pong::<AsyncChannels>(exec, rounds),
            ];
            report.cell(&goal, exec.name(), rounds, contenders);
        }
    }
    let goal = Goal { section: "lossy, one slow of four", at_most: 0.75, ancestor: None };
    if report.section(&goal) {
        let messages = report.count(200_000);
        let contenders: Vec<Contender<'_>> = vec![
            ("flo", Box::new(move || lossy_flo(messages))),
            ("tokio broadcast", Box::new(move || lossy_tokio(messages))),
            ("async-broadcast", Box::new(move || lossy_async_broadcast(messages))),
        ];
        report.cell(&goal, "one thread, read every 64", messages, contenders);
    }
    let goal = Goal { section: "latest", at_most: 1.0, ancestor: None };
    if report.section(&goal) {
        for followers in [1, 16, 256] {
            let sets = report.count(400_000 / followers);
            let contenders: Vec<Contender<'_>> = vec![
                ("flo", Box::new(move || latest_flo(followers, sets))),
                ("tokio watch", Box::new(move || latest_tokio(followers, sets))),
                ("eyeball", Box::new(move || latest_eyeball(followers, sets))),
                ("postage watch", Box::new(move || latest_postage(followers, sets))),
            ];
            report.cell(&goal, &format!("{followers} followers"), sets * followers, contenders);
        }
    }
    let goal = Goal { section: "subscribe and drop", at_most: 1.0, ancestor: None };
    if report.section(&goal) {
        for alive in [0, 1_000, 100_000] {
            let times = report.count(100_000);
            let contenders: Vec<Contender<'_>> = vec![
                ("flo", Box::new(move || comes_and_goes_flo(alive, times))),
                ("tokio broadcast", Box::new(move || comes_and_goes_tokio(alive, times))),
                ("async-broadcast", Box::new(move || comes_and_goes_async_broadcast(alive, times))),
            ];
            report.cell(&goal, &format!("{alive} alive"), times, contenders);
        }
    }
    if report.weighs("idle subscribers") {
        idle_bytes();
    }
}

/// What 10 000 subscribers that were never polled have, each in its place and at the publisher.
fn idle_bytes() {
    const IDLE: usize = 10_000;
    let size = size_of::<flo_reactive::Subscriber<u64>>();
    let publisher = flo_reactive::Publisher::<u64>::new(128);
    let mut idle = Vec::with_capacity(IDLE);
    let bytes = flo_benches::bytes(|| idle.extend((0..IDLE).map(|_| publisher.subscribe())));
    println!("  {IDLE} idle subscribers: {size} bytes each, {} at the publisher", bytes.asked);
    assert_eq!((idle.len(), publisher.subscriber_count()), (IDLE, IDLE));
    assert!(size <= 24 && bytes.asked == 0, "a subscriber has grown");
}

fn ping_pong<'a, F: Fan<u64>>(exec: Exec, rounds: u64) -> Contender<'a> {
    let work = move || {
        let (mut pings, mut ping_ends) = F::make(1, 1, 1);
        let (mut pongs, mut pong_ends) = F::make(1, 1, 1);
        let (mut ping, mut pinged) = (pings.remove(0), ping_ends.remove(0));
        let (mut pong, mut ponged) = (pongs.remove(0), pong_ends.remove(0));
        let there: Task = Box::pin(async move {
            for round in 0..rounds {
                F::send(&mut ping, round).await;
                assert_eq!(F::recv(&mut ponged).await, Some(round));
            }
            rounds
        });
        let back: Task = Box::pin(async move {
            let mut count = 0;
            while let Some(round) = F::recv(&mut pinged).await {
                F::send(&mut pong, round).await;
                count += 1;
            }
            count
        });
        let (time, counts) = exec.run(vec![there, back]);
        assert_eq!(counts, [rounds, rounds]);
        time
    };
    (F::NAME, Box::new(work))
}

/// Three readers keep up, the fourth reads every 64th time only; all accounts must add up.
macro_rules! lossy {
    ($name:ident, $make:expr, $send:expr, $read:expr) => {
        fn $name(messages: u64) -> Duration {
            let (mut sender, mut readers) = $make;
            let start = Instant::now();
            let mut accounts = [0_u64; 4];
            for message in 0..messages {
                $send(&mut sender, message);
                for (reader, account) in readers.iter_mut().zip(&mut accounts).take(3) {
                    $read(reader, account);
                }
                if message % 640 == 0 {
                    $read(&mut readers[3], &mut accounts[3]);
                }
            }
            $read(&mut readers[3], &mut accounts[3]);
            assert_eq!(accounts, [messages; 4], "received and missed are all there were");
            start.elapsed()
        }
    };
}

lossy!(
    lossy_flo,
    {
        let publisher = flo_reactive::Publisher::new(128);
        let readers: Vec<_> = (0..4).map(|_| publisher.subscribe_lossy()).collect();
        (publisher, readers)
    },
    |sender: &mut flo_reactive::Publisher<u64>, message| sender.try_publish(message).expect("open"),
    |reader: &mut flo_reactive::LossySubscriber<u64>, account: &mut u64| {
        while let Ok(item) = reader.try_recv() {
            match item {
                Ok(message) => {
                    assert_eq!(message, *account);
                    *account += 1;
                }
                Err(lagged) => *account += lagged.0,
            }
        }
    }
);
lossy!(
    lossy_tokio,
    {
        let (sender, first) = tokio::sync::broadcast::channel(128);
        let mut readers: Vec<_> = (0..3).map(|_| sender.subscribe()).collect();
        readers.push(first);
        (sender, readers)
    },
    |sender: &mut tokio::sync::broadcast::Sender<u64>, message| {
        sender.send(message).expect("open");
    },
    |reader: &mut tokio::sync::broadcast::Receiver<u64>, account: &mut u64| {
        use tokio::sync::broadcast::error::TryRecvError::Lagged;
        loop {
            match reader.try_recv() {
                Ok(message) => {
                    assert_eq!(message, *account);
                    *account += 1;
                }
                Err(Lagged(missed)) => *account += missed,
                Err(_) => break,
            }
        }
    }
);
lossy!(
    lossy_async_broadcast,
    {
        let (mut sender, first) = async_broadcast::broadcast(128);
        sender.set_overflow(true);
        let mut readers: Vec<_> = (0..3).map(|_| first.new_receiver()).collect();
        readers.push(first);
        (sender, readers)
    },
    |sender: &mut async_broadcast::Sender<u64>, message| {
        sender.try_broadcast(message).expect("open");
    },
    |reader: &mut async_broadcast::Receiver<u64>, account: &mut u64| {
        use async_broadcast::TryRecvError::Overflowed;
        loop {
            match reader.try_recv() {
                Ok(message) => {
                    assert_eq!(message, *account);
                    *account += 1;
                }
                Err(Overflowed(missed)) => *account += missed,
                Err(_) => break,
            }
        }
    }
);

/// Each value is set, and each follower, which was waiting, sees it.
fn latest(
    followers: u64,
    sets: u64,
    mut set: impl FnMut(u64),
    mut see: impl FnMut(usize) -> Option<u64>,
) -> Duration {
    let start = Instant::now();
    let followers = usize::try_from(followers).expect("few followers");
    for value in 1..=sets {
        set(value);
        for follower in 0..followers {
            assert_eq!(see(follower), Some(value));
        }
    }
    start.elapsed()
}

fn latest_flo(followers: u64, sets: u64) -> Duration {
    let publisher = flo_reactive::Publisher::new(1);
    let mut all: Vec<_> = (0..followers).map(|_| publisher.subscribe_latest()).collect();
    let set = |value| publisher.try_publish(value).expect("open");
    latest(followers, sets, set, |follower| all[follower].try_recv().ok())
}

fn latest_tokio(followers: u64, sets: u64) -> Duration {
    let (sender, first) = tokio::sync::watch::channel(0);
    let mut all: Vec<_> = (0..followers).map(|_| first.clone()).collect();
    let set = |value| sender.send(value).expect("open");
    latest(followers, sets, set, |follower| {
        let seen = &mut all[follower];
        seen.has_changed().expect("open").then(|| *seen.borrow_and_update())
    })
}

fn latest_eyeball(followers: u64, sets: u64) -> Duration {
    let observable = eyeball::SharedObservable::new(0);
    let mut all: Vec<_> = (0..followers).map(|_| observable.subscribe()).collect();
    let set = |value| {
        black_box(observable.set(value));
    };
    latest(followers, sets, set, |follower| Some(all[follower].next_now()))
}

fn latest_postage(followers: u64, sets: u64) -> Duration {
    let (mut sender, first) = postage::watch::channel_with(0);
    let mut all: Vec<_> = (0..followers).map(|_| first.clone()).collect();
    // A new receiver has seen nothing yet.
    for follower in &mut all {
        black_box(postage::stream::Stream::try_recv(follower).ok());
    }
    let set = |value| *sender.borrow_mut() = value;
    latest(followers, sets, set, |follower| {
        postage::stream::Stream::try_recv(&mut all[follower]).ok()
    })
}

fn comes_and_goes(alive: u64, times: u64, mut subscribe: impl FnMut(u64)) -> Duration {
    for number in 0..alive {
        subscribe(number);
    }
    let start = Instant::now();
    for _ in 0..times {
        subscribe(u64::MAX);
    }
    start.elapsed()
}

fn comes_and_goes_flo(alive: u64, times: u64) -> Duration {
    let publisher = flo_reactive::Publisher::<u64>::new(128);
    let mut kept = Vec::new();
    let time = comes_and_goes(alive, times, |number| {
        let subscriber = publisher.subscribe();
        if number < u64::MAX {
            kept.push(subscriber);
        }
    });
    assert_eq!(publisher.subscriber_count() as u64, alive);
    time
}

fn comes_and_goes_tokio(alive: u64, times: u64) -> Duration {
    let (sender, _first) = tokio::sync::broadcast::channel::<u64>(128);
    let mut kept = Vec::new();
    comes_and_goes(alive, times, |number| {
        let subscriber = sender.subscribe();
        if number < u64::MAX {
            kept.push(subscriber);
        }
    })
}

fn comes_and_goes_async_broadcast(alive: u64, times: u64) -> Duration {
    let (sender, _first) = async_broadcast::broadcast::<u64>(128);
    let mut kept = Vec::new();
    comes_and_goes(alive, times, |number| {
        let subscriber = sender.new_receiver();
        if number < u64::MAX {
            kept.push(subscriber);
        }
    })
}
