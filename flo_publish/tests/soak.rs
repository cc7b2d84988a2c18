//! A long run under two threads with subscribers that come and go: every message is accounted for, as
//! received or as told to be missed, and nothing is kept that nobody needs.
//!
//! `FLO_SOAK_MESSAGES` says how many messages; by default few enough for every test run. The gate runs it
//! in release with 20 million:
//!
//! ```text
//! FLO_SOAK_MESSAGES=20000000 cargo test --release -p flo_publish --test soak -- --nocapture
//! ```

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    thread,
};

use flo_publish::{LossySubscriber, Publisher, Subscriber, TryRecvError};

const CAPACITY: usize = 64;
const LOSSLESS: usize = 8;
const LOSSY: usize = 8;

/// How many messages there are.
static ALIVE: AtomicI64 = AtomicI64::new(0);

/// A message that is counted.
#[derive(Debug)]
struct Counted(u64);

impl Counted {
    fn new(number: u64) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Self(number)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
    }
}

/// `SplitMix64`: when subscribers come and go.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// What one subscriber must see: every number from its first on, received or missed.
struct Account {
    next: u64,
    received: u64,
    missed: u64,
}

impl Account {
    fn receive(&mut self, message: &Counted) {
        assert_eq!(message.0, self.next, "a message was lost, doubled, or out of order");
        self.next += 1;
        self.received += 1;
    }
}

enum Reader {
    Lossless(Subscriber<Counted>, Account),
    Lossy(LossySubscriber<Counted>, Account),
}

impl Reader {
    fn new(publisher: &Publisher<Counted>, kind: usize) -> Self {
        let account = |next| Account { next, received: 0, missed: 0 };
        if kind < LOSSLESS {
            let subscriber = publisher.subscribe();
            let next = subscriber.position();
            Self::Lossless(subscriber, account(next))
        } else {
            let subscriber = publisher.subscribe_lossy();
            let next = subscriber.position();
            Self::Lossy(subscriber, account(next))
        }
    }

    /// Reads up to `most` messages; whether the end was told.
    fn read(&mut self, most: u64) -> bool {
        for _ in 0..most {
            let nothing = match self {
                Self::Lossless(subscriber, account) => match subscriber.try_recv() {
                    Ok(message) => {
                        account.receive(&message);
                        continue;
                    }
                    Err(nothing) => nothing,
                },
                Self::Lossy(subscriber, account) => match subscriber.try_recv() {
                    Ok(Ok(message)) => {
                        account.receive(&message);
                        continue;
                    }
                    Ok(Err(lagged)) => {
                        account.next += lagged.0;
                        account.missed += lagged.0;
                        continue;
                    }
                    Err(nothing) => nothing,
                },
            };
            return nothing == TryRecvError::Closed;
        }
        false
    }

    fn account(&self) -> &Account {
        match self {
            Self::Lossless(_, account) | Self::Lossy(_, account) => account,
        }
    }
}

#[test]
fn every_message_is_accounted_for_and_memory_stays_flat() {
    let messages: u64 = std::env::var("FLO_SOAK_MESSAGES")
        .ok()
        .map_or(200_000, |text| text.parse().expect("FLO_SOAK_MESSAGES is a number"));
    let publisher = Publisher::new(CAPACITY);
    let most_alive = Arc::new(AtomicU64::new(0));
    let reading = {
        let (weak, most_alive) = (publisher.downgrade(), Arc::clone(&most_alive));
        let mut readers: Vec<Reader> =
            (0..LOSSLESS + LOSSY).map(|kind| Reader::new(&publisher, kind)).collect();
        thread::spawn(move || {
            let mut random = Random(42);
            let (mut received, mut missed, mut left) = (0, 0, 0_u64);
            let mut is_over = false;
            while !is_over {
                is_over = true;
                for (kind, reader) in readers.iter_mut().enumerate() {
                    let most = if kind < LOSSLESS { 64 } else { random.below(96) };
                    is_over &= reader.read(most);
                }
                let alive = u64::try_from(ALIVE.load(Relaxed)).unwrap_or(0);
                most_alive.fetch_max(alive, Relaxed);
                // One comes for one that goes, wherever it stands.
                if random.below(8) == 0
                    && let Some(publisher) = weak.upgrade()
                {
                    let kind = usize::try_from(random.below(16)).expect("below 16");
                    let newcomer = Reader::new(&publisher, kind);
                    let gone = std::mem::replace(&mut readers[kind], newcomer);
                    received += gone.account().received;
                    missed += gone.account().missed;
                    left += 1;
                }
            }
            for reader in readers {
                assert_eq!(reader.account().next, messages, "the end came before the last message");
                received += reader.account().received;
                missed += reader.account().missed;
            }
            (received, missed, left)
        })
    };
    for number in 0..messages {
        publisher.publish_blocking(Counted::new(number)).expect("nobody closes it");
        if messages >= 1_000_000 && number % (messages / 10) == 0 {
            println!("{number} of {messages}");
        }
    }
    drop(publisher);
    let (received, missed, left) = reading.join().expect("the reader is well");
    let most_alive = most_alive.load(Relaxed);
    println!(
        "{messages} messages: {received} received, {missed} told to be missed, {left} subscribers went, \
         at most {most_alive} alive"
    );
    assert!(received > messages, "of sixteen that read");
    assert_eq!(ALIVE.load(Relaxed), 0, "messages that outlived everybody");
    // What is in the ring, and one on its way for each reader and for the publisher.
    assert!(most_alive <= (CAPACITY + LOSSLESS + LOSSY + 2) as u64, "{most_alive} alive");
}
