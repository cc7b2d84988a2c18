//! A device sends faster than a display can show: the log gets every reading, the display the newest
//! ones and the number of those that it missed, and the alarm is state that follows from both.
//!
//! ```text
//! cargo run --example device_feed
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::thread;

use flo_reactive::{BoundExt, Publisher, bind_stream, generator_stream};
use futures::{StreamExt, executor::block_on};

/// The device: an async block with a state of its own becomes a stream.
fn readings() -> flo_reactive::Generator<i32> {
    generator_stream(|out| async move {
        let mut temperature = 20;
        for tick in 0..1_000 {
            temperature += [1, 2, -1, -2, 1][tick % 5];
            out.send(temperature).await;
        }
    })
}

fn main() {
    let feed = Publisher::new(16);
    let mut log = feed.subscribe();
    let display = feed.subscribe_lossy();
    let highest = bind_stream(feed.subscribe(), i32::MIN, |highest, reading: i32| {
        *highest = reading.max(*highest);
    });
    let alarm = highest.map(|highest| *highest > 200);

    let logging = thread::spawn(move || {
        let mut count = 0_u32;
        while log.recv_blocking().is_ok() {
            count += 1;
        }
        count
    });
    block_on(readings().map(Ok).forward(feed)).expect("nobody closes the feed");

    // The display looks only now: it is told what it missed, and sees what is still there.
    let mut shown = 0;
    let mut missed = 0;
    for reading in block_on(display.collect::<Vec<_>>()) {
        match reading {
            Ok(_) => shown += 1,
            Err(lagged) => missed += lagged.0,
        }
    }
    let logged = logging.join().expect("the log does not panic");
    let alarmed = block_on(alarm.wait_for(|alarm| *alarm)).is_ok();
    println!("logged {logged}, shown {shown}, missed {missed}, alarm {alarmed}");
    assert_eq!((logged, shown + missed, alarmed), (1_000, 1_000, true));
}
