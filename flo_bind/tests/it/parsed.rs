//! Texts over values.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    BoundExt, BoundMutExt, Gone, ListBinding, MapBinding, Parsed, bind, effect, try_transaction,
};

use crate::lenses::text_of;

#[test]
fn a_text_that_is_no_value_leaves_the_last_good_one() {
    let watts = bind(500);
    let calls = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let (formats, parses) = (Arc::clone(&calls), Arc::clone(&calls));
    let field = watts.parsed(
        move |watts| {
            formats[0].fetch_add(1, Relaxed);
            watts.to_string()
        },
        move |text| {
            parses[1].fetch_add(1, Relaxed);
            text.trim().parse::<i32>().map_err(|_| format!("{text:?} is no number"))
        },
    );
    let (text, error) = (field.text(), field.error());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _seeing = effect({
        let (text, error, watts) = (text.read_only(), error.clone(), watts.read_only());
        let seen = Arc::clone(&seen);
        move || seen.lock().unwrap().push((text.get(), error.get().is_some(), watts.get()))
    });
    text.set(String::from("7x"));
    text.update(|text| *text = text.replace('x', " "));
    text.update(|text| text.push('1'));
    watts.set(7);
    watts.set(8);
    assert_eq!(error.get(), None);
    text.set(String::from("08"));
    text.set(String::from("-"));
    assert_eq!(error.get().unwrap(), "\"-\" is no number");
    let failed: Result<(), ()> = try_transaction(|| {
        text.set(String::from("1000"));
        assert_eq!((watts.get(), error.get()), (1_000, None));
        Err(())
    });
    assert!(failed.is_err());
    let seen = seen.lock().unwrap().clone();
    let expected = [
        ("500", false, 500),
        ("7x", true, 500),
        ("7 ", false, 7),
        ("7 1", true, 7),
        ("8", false, 8),
        ("08", false, 8),
        ("-", true, 8),
    ];
    assert!(
        seen.iter().map(|(text, wrong, watts)| (text.as_str(), *wrong, *watts)).eq(expected),
        "{seen:?}"
    );
    assert_eq!(calls.each_ref().map(|calls| calls.load(Relaxed)), [2, 6]);
}

#[test]
fn a_text_over_what_is_gone_tells_and_a_panic_in_parse_writes_nothing() {
    let numbers = ListBinding::from(vec![1]);
    let field = numbers.item(0).unwrap_or(0).parsed(ToString::to_string, |text| {
        assert!(text != "panic", "on purpose");
        text.parse::<i32>().map_err(drop)
    });
    let text = field.text();
    let panicked = catch_unwind(AssertUnwindSafe(|| text.set(String::from("panic"))));
    assert_eq!(text_of(panicked.unwrap_err()), "on purpose");
    assert_eq!((text.get(), field.error().get()), (String::from("1"), None));
    text.set(String::from("2"));
    assert_eq!(numbers.snapshot(), [2]);
    numbers.clear();
    assert_eq!(text.try_set(String::from("3")), Err(Gone));
    assert_eq!(text.get(), "0");
}

#[test]
fn m3_a_text_over_what_is_gone_is_told_whether_it_is_a_value_or_not() {
    let list = ListBinding::from(vec![1]);
    let map = MapBinding::from_iter([("oil", 1)]);
    let number = |text: &str| text.parse::<i32>().map_err(drop);
    let fields: [Parsed<()>; 2] = [
        list.item(0).unwrap_or(0).parsed(ToString::to_string, number),
        map.entry("oil").unwrap_or(0).parsed(ToString::to_string, number),
    ];
    for field in &fields {
        field.text().set(String::from("1x"));
        assert_eq!((field.text().get(), field.error().get()), (String::from("1x"), Some(())));
    }
    list.clear();
    map.clear();
    for field in fields {
        for text in ["2", "2x", "1", ""] {
            assert_eq!(field.text().try_set(String::from(text)), Err(Gone), "{text}");
            assert_eq!((field.text().get(), field.error().get()), (String::from("0"), None));
        }
    }
    assert!(list.is_empty() && map.is_empty());
}

#[test]
fn a_reset_forgets_what_was_typed_and_leaves_the_value() {
    let watts = bind(500);
    let formats = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&formats);
    let field = watts.parsed(
        move |watts: &i32| {
            counted.fetch_add(1, Relaxed);
            watts.to_string()
        },
        |text| text.trim().parse::<i32>().map_err(drop),
    );
    let (text, error) = (field.text(), field.error());
    let commits = Arc::new(AtomicUsize::new(0));
    let _counting = watts.on_change({
        let commits = Arc::clone(&commits);
        move |_| {
            commits.fetch_add(1, Relaxed);
        }
    });
    text.set(String::from("5oo"));
    let refused: Result<(), ()> = try_transaction(|| {
        field.reset();
        assert_eq!((text.get(), error.get()), (String::from("500"), None));
        Err(())
    });
    assert!(refused.is_err());
    assert_eq!((text.get(), error.get()), (String::from("5oo"), Some(())), "it is taken back");
    field.clone().reset();
    assert_eq!((text.get(), error.get(), watts.get()), (String::from("500"), None, 500));
    text.set(String::from(" 7 "));
    field.reset();
    assert_eq!((text.get(), watts.get()), (String::from("7"), 7), "what was good stays");
    watts.set(8);
    watts.set(7);
    assert_eq!(text.get(), "7", "and what was typed over it does not come back");
    assert_eq!(commits.load(Relaxed), 3, "a reset is no write of the source");
    let before = formats.load(Relaxed);
    field.reset();
    assert_eq!((text.get(), formats.load(Relaxed)), (String::from("7"), before));
}

#[test]
fn a_text_over_an_item_is_written_where_another_thread_edits_the_list_meanwhile() {
    let list = ListBinding::from(vec![1, 2]);
    let busy = list.clone();
    let parses = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&parses);
    let field = list.item(1).unwrap_or(0).parsed(ToString::to_string, move |text| {
        // Another thread comes first, each time but the last.
        if counted.fetch_add(1, Relaxed) < 2 {
            thread::scope(|scope| {
                scope.spawn(|| busy.push(9));
            });
        }
        text.parse::<i32>().map_err(drop)
    });
    field.text().set(String::from("20"));
    assert_eq!(list.snapshot(), [1, 20, 9, 9]);
    assert_eq!((field.text().get(), field.error().get()), (String::from("20"), None));
    assert!(parses.load(Relaxed) <= 3);
    parses.store(0, Relaxed);
    field.text().update(|text| text.push('x'));
    assert_eq!((field.text().get(), field.error().get()), (String::from("20x"), Some(())));
    assert_eq!(list.snapshot(), [1, 20, 9, 9, 9, 9]);
}
