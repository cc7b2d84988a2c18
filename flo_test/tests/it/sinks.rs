//! A sink as slow as it is drawn, and what was done to it.

use flo_test::{
    Refused,
    SinkEvent::{Closed, Dropped, Flushed, Refused as WasRefused, Sent},
    SinkProbe, assert_marbles, assert_pending, assert_ready_eq, cold, must_fail, woken,
};
use futures::{FutureExt, Sink, SinkExt, StreamExt, executor::block_on, stream};

#[test]
fn it_takes_one_item_for_each_place_and_records_in_order() {
    let slow = SinkProbe::new("r-r--r");
    let log = slow.log();
    assert_marbles!(cold("(abc)|").map(Ok).forward(slow).into_stream(), "-----(x|)");
    assert_eq!(log.diagram(|item| *item), "a-b--(c|)");
    assert_eq!(log.take(), [Sent('a'), Sent('b'), Sent('c'), Flushed, Closed]);
    assert_eq!(log.take(), []);
}

#[test]
fn a_place_waits_for_its_item_and_groups_are_several_places() {
    let sink = SinkProbe::new("(rr)");
    let log = sink.log();
    assert_marbles!(cold("--a-b-c").map(Ok).forward(sink).into_stream(), "--------!");
    assert_eq!(log.diagram(|item| *item), "--a-b---!");
    let open = SinkProbe::new("--R");
    let log = open.log();
    assert_marbles!(cold("(abcd|)").map(Ok).forward(open).into_stream(), "--(x|)");
    assert_eq!(log.take_sent(), ['a', 'b', 'c', 'd']);
}

#[test]
fn from_its_exclamation_mark_on_it_fails() {
    let sink = SinkProbe::new("r-r--!");
    let log = sink.log();
    let forward = cold("(abc)|").map(Ok).forward(sink).into_stream();
    assert_marbles!(forward, "-----(#|)");
    assert_eq!(log.take(), [Sent('a'), Sent('b'), WasRefused, Dropped]);
    let mut broken = SinkProbe::new("!");
    assert_eq!(block_on(broken.send(1)), Err(Refused));
    assert_eq!(block_on(broken.flush()), Err(Refused));
    assert_eq!(block_on(broken.close()), Err(Refused));
    assert_eq!(Refused.to_string(), "the sink probe's script says that it fails");
}

#[test]
fn who_waits_is_woken_when_there_is_place() {
    let mut sink = woken(SinkProbe::<u8>::new("-r"));
    assert_pending!(sink.enter(|cx, sink| sink.poll_ready(cx)));
    assert_eq!(sink.wakes(), 1, "where nobody keeps step a dash is one poll");
    assert_ready_eq!(sink.enter(|cx, sink| sink.poll_ready(cx)), Ok(()));
    assert_eq!(sink.enter(|_, sink| sink.start_send(1)), Ok(()));
    assert_pending!(sink.enter(|cx, sink| sink.poll_ready(cx)));
    assert_eq!(sink.wakes(), 1, "no place is left, ever");
}

#[test]
fn what_a_sink_must_not_be_asked_is_a_panic_that_says_so() {
    let text = must_fail(|| block_on(async { SinkProbe::new("R").start_send_unpin(1) }));
    assert!(text.contains("is sent an item without a `poll_ready` that was ready"), "{text}");
    assert!(text.contains("sinks.rs:"), "{text}");
    let text = must_fail(|| {
        block_on(async {
            let mut sink = SinkProbe::new("R");
            sink.close().await.unwrap();
            sink.send(1).await
        })
    });
    assert!(text.ends_with("was closed, and is then asked to be ready"), "{text}");
}

#[test]
fn a_flush_with_nothing_to_flush_is_not_recorded() {
    let mut sink = SinkProbe::new("R");
    let log = sink.log();
    block_on(async {
        sink.flush().await.unwrap();
        sink.feed(1).await.unwrap();
        sink.feed(2).await.unwrap();
        sink.flush().await.unwrap();
        sink.flush().await.unwrap();
        sink.send_all(&mut stream::iter([Ok(3)])).await.unwrap();
    });
    drop(sink);
    assert_eq!(log.take(), [Sent(1), Sent(2), Flushed, Sent(3), Flushed, Dropped]);
}
