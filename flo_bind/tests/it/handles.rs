//! Handles are `'static`, nameable, `Send + Sync` (promise 6).

use flo_bind::{
    BindRef, BindStreamDriver, Binding, Bound, BoundExt, Computed, Follow, Guard, WaitFor, bind,
    computed_from,
};

fn shared<T: Send + Sync + 'static>() {}
fn sent<T: Send + 'static>() {}

#[test]
fn they_are_send_and_sync() {
    shared::<Binding<String>>();
    shared::<Computed<String>>();
    shared::<BindRef<String>>();
    shared::<Guard<str>>();
    sent::<Follow<String>>();
    sent::<WaitFor<String>>();
    sent::<BindStreamDriver<String>>();
}

#[test]
fn a_component_can_name_what_it_holds() {
    struct Label {
        text: Computed<String>,
        source: BindRef<u32>,
        changes: Follow<String>,
    }
    let number = bind(1_u32);
    let text = number.map(ToString::to_string);
    let label = Label { changes: text.follow(), source: number.read_only(), text };
    assert_eq!((label.text.get().as_str(), label.source.get()), ("1", 1));
    drop(label.changes);
}

#[test]
fn computed_from_takes_up_to_twelve_of_any_kind() {
    let one = bind(1);
    let two = one.map(|value| value + 1);
    let ref_one = one.read_only();
    assert_eq!(computed_from((&one,), |(one,)| *one).get(), 1);
    let three = (&one, &two, &ref_one);
    let sources = (
        three.0, three.1, three.2, three.0, three.1, three.2, three.0, three.1, three.2, three.0,
        three.1, three.2,
    );
    let all = computed_from(sources, |of| {
        [of.0, of.1, of.2, of.3, of.4, of.5, of.6, of.7, of.8, of.9, of.10, of.11]
            .into_iter()
            .sum::<i32>()
    });
    assert_eq!(all.get(), 16);
    one.set(2);
    assert_eq!(all.get(), 28);
}

#[test]
fn a_guard_lends_a_part_and_outlives_its_binding() {
    let order = bind((7, vec![String::from("lantern"), String::from("hanger")]));
    let guard = order.read();
    let name: Guard<str> = Guard::map(guard.clone(), |order| order.1[0].as_str());
    drop((order, guard));
    let sent = std::thread::spawn(move || format!("{name} {name:?}")).join().unwrap();
    assert_eq!(sent, "lantern \"lantern\"");
}

#[test]
fn they_show_something_in_debug() {
    let number = bind(7);
    assert_eq!(format!("{number:?}"), "Binding(7)");
    assert!(format!("{:?}", number.map(|number| *number)).contains("handles.rs"));
    assert!(format!("{:?}", number.read_only()).contains("handles.rs"));
    let _follow_and_wait = format!("{:?} {:?}", number.follow(), number.wait_for(|_| true));
}
