//! Streams of other crates, and random diagrams: who behaves is never blamed.

use std::collections::BTreeMap;

use flo_test::{assert_marbles, cold, expect, hot};
use futures::{FutureExt, StreamExt, channel::mpsc, future::ready, stream};
use proptest::prelude::*;

#[test]
fn combinators_of_the_futures_crate_are_not_blamed() {
    assert_marbles!(cold("-a-b-c|").map(|c| c), "-a-b-c|");
    assert_marbles!(cold("-a-b-c|").skip(1).take(1), "---(b|)");
    assert_marbles!(cold("-a|").chain(cold("-b|")), "-a-b|");
    assert_marbles!(cold("-a-b|").zip(cold("c--d|")).map(|(a, _)| a), "-a-b|");
    assert_marbles!(cold("-a-b|").peekable(), "-a-b|");
    assert_marbles!(cold("-(ab)-c|").chunks(2).map(|two| two[0]), "-a--(c|)");
    assert_marbles!(cold("-(ab)-c|").ready_chunks(9).map(|all| all[0]), "-a-c|");
    assert_marbles!(cold("-a-b|").then(ready), "-a-b|");
    assert_marbles!(cold("-a--b|").flat_map(|c| cold("-x|").map(move |_| c)), "--a--b|");
    assert_marbles!(
        cold("-ab--|").flat_map_unordered(None, |c| cold("-x-y|").map(move |_| c)),
        "--abab|"
    );
    assert_marbles!(
        cold("(ab|)").map(|c| cold("--x").into_future().map(move |_| c)).buffered(2),
        "--(ab|)"
    );
    assert_marbles!(
        cold("(ab|)").map(|c| cold("--x").into_future().map(move |_| c)).buffer_unordered(1),
        "--a-(b|)"
    );
    assert_marbles!(stream::select_all([cold("-a-|"), cold("--b|")]), "-ab|");
    assert_marbles!(cold("-a-b|").fuse(), "-a-b|");
    assert_marbles!(cold("-a-b|").take_until(cold("--x").into_future()), "-a|");
    assert_marbles!(
        cold("-a-b|").scan(0, |n, _| {
            *n += 1;
            ready(Some(*n))
        }),
        "-1-2|"
    );
    assert_marbles!(cold("-a#").failing(1).boxed(), "-a#");
    assert_marbles!(hot("-^-a-b|").filter(|c| ready(*c == 'b')), "----b|");
    assert_marbles!(async { 'x' }.into_stream(), "(x|)");
}

#[test]
fn channels_of_other_crates_wake_as_they_should() {
    let (sender, receiver) = mpsc::channel(1);
    let pumping = cold("-(abcd)-e|").map(Ok).forward(sender);
    flo_test::Marbles::new().along(pumping).stream("futures", receiver, "-(abcd)-e|").run();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let pumping = async move {
        let mut source = cold("-(abcd)-e|");
        while let Some(item) = source.next().await {
            sender.send(item).await.unwrap();
        }
    };
    let received = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    flo_test::Marbles::new().along(pumping).stream("tokio", received, "-(abcd)-e|").run();
}

/// Steps of a diagram: how many items each has.
fn steps() -> impl Strategy<Value = Vec<Vec<char>>> {
    let item = prop::char::range('a', 'f');
    prop::collection::vec(prop::collection::vec(item, 0..3), 1..12)
}

fn drawn(steps: &[Vec<char>]) -> String {
    let cell = |items: &Vec<char>| match items.as_slice() {
        [] => "-".to_owned(),
        [one] => one.to_string(),
        many => format!("({})", many.iter().collect::<String>()),
    };
    steps.iter().map(cell).chain(["|".to_owned()]).collect()
}

proptest! {
    #[test]
    fn a_source_does_what_it_is_drawn_to_do(steps in steps()) {
        let diagram = drawn(&steps);
        assert_marbles!(cold(&diagram), expect(diagram.as_str()).strict());
        assert_marbles!(hot(&diagram), expect(diagram.as_str()).strict());
        assert_marbles!(cold(&diagram).map(|c| c).fuse().peekable(), diagram.as_str());
    }

    #[test]
    fn two_sources_merge_step_by_step(left in steps(), right in steps()) {
        let length = left.len().max(right.len());
        let mut expected = BTreeMap::<usize, Vec<char>>::new();
        for source in [&left, &right] {
            for (step, items) in source.iter().enumerate() {
                expected.entry(step).or_default().extend(items);
            }
        }
        let merged = stream::select(cold(&drawn(&left)), cold(&drawn(&right)));
        // The order within a step is select's own: it is sorted for the comparison.
        let by_step = merged.ready_chunks(100).map(|mut items| { items.sort_unstable(); items });
        let table: Vec<(char, Vec<char>)> = expected
            .iter_mut()
            .filter(|(_, items)| !items.is_empty())
            .map(|(step, items)| {
                items.sort_unstable();
                (char::from(b'A' + u8::try_from(*step).unwrap()), items.clone())
            })
            .collect();
        let names: Vec<Vec<char>> = (0..length)
            .map(|step| {
                let name = char::from(b'A' + u8::try_from(step).unwrap());
                table.iter().any(|(entry, _)| *entry == name).then_some(name).into_iter().collect()
            })
            .collect();
        assert_marbles!(by_step, expect(drawn(&names)).values(table));
    }

    #[test]
    fn a_diagram_is_read_or_refused_and_never_more(text in "[-a-c1-3msx|#^!() ?]{0,12}") {
        // Whatever is typed: a source, or a panic that points into the text.
        if let Err(payload) = std::panic::catch_unwind(|| drop(cold(&text))) {
            let told = payload.downcast_ref::<String>().expect("a text");
            prop_assert!(told.starts_with("bad marble diagram\n"), "{told}");
            let caret = told.lines().nth(2).and_then(|line| line.find('^')).expect("a caret");
            prop_assert!(caret < text.chars().count() + 3, "{told}");
        }
    }
}
