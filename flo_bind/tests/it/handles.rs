//! Handles are `'static`, nameable, `Send + Sync` (promise 6).

use std::collections::HashSet;

use flo_bind::{
    BindRef, BindStreamDriver, Binding, Bound, BoundExt, Computed, Equality, Follow, Guard,
    WaitFor, WeakBindRef, WeakBinding, WeakComputed, bind, bind_with, computed_from, computed_with,
    effect, transaction,
};
use flo_test::Calls;

fn shared<T: Send + Sync + 'static>() {}
fn sent<T: Send + 'static>() {}

#[test]
fn they_are_send_and_sync() {
    shared::<Binding<String>>();
    shared::<Computed<String>>();
    shared::<BindRef<String>>();
    shared::<Guard<str>>();
    shared::<Equality<String>>();
    shared::<WeakBinding<String>>();
    shared::<WeakComputed<String>>();
    shared::<WeakBindRef<String>>();
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

#[test]
fn debug_shows_the_value_if_it_is_at_hand_and_never_computes() {
    let runs = Calls::new();
    let number = bind(7);
    let doubled = number.map({
        let runs = runs.clone();
        move |number| {
            runs.hit();
            number * 2
        }
    });
    assert!(format!("{doubled:?}").contains("value: <not at hand>"), "not computed yet");
    runs.assert_count(0);
    doubled.get();
    assert!(format!("{doubled:?}").contains("value: 14"));
    assert!(format!("{:?}", doubled.read_only()).contains("value: 14"));
    number.set(8);
    assert!(format!("{doubled:?}").contains("value: <not at hand>"), "it may have changed");
    runs.assert_count(1);
    transaction(|| {
        number.set(9);
        assert!(format!("{doubled:?}").contains("value: <not at hand>"));
        assert!(format!("{:?}", number.read_only()).contains("value: 9"));
    });
}

#[test]
fn debug_is_not_tracked_and_counts_for_no_read() {
    let (number, runs, told) = (bind(7), Calls::new(), Calls::new());
    let doubled = number.map(|number| number * 2);
    doubled.get();
    let _watching = effect({
        let (number, doubled, runs) = (number.clone(), doubled.clone(), runs.clone());
        move || {
            runs.hit();
            let _shown = format!("{number:?} {doubled:?} {:?}", number.read_only());
        }
    });
    let _telling = number.when_changed({
        let told = told.clone();
        move || told.hit()
    });
    number.set(8);
    let _shown = format!("{:?}", number.read_only());
    number.set(9);
    runs.assert_count(1);
    told.assert_count(1);
}

#[test]
#[allow(clippy::mutable_key_type, reason = "which one it is never changes")]
fn they_are_equal_when_they_stand_for_the_same() {
    let (number, other) = (bind(1), bind(1));
    assert_eq!(number, number.clone());
    assert_ne!(number, other);
    let doubled = number.map(|number| number * 2);
    assert_eq!(doubled, doubled.clone());
    assert_ne!(doubled, number.map(|number| number * 2));
    assert_eq!(number.read_only(), BindRef::from(&number));
    assert_ne!(number.read_only(), doubled.read_only());
    let outside = BindRef::new(number.clone());
    assert_eq!(outside, outside.clone());
    assert_ne!(outside, BindRef::new(number.clone()));
    assert_ne!(outside, number.read_only());
    let known: HashSet<_> = [number.read_only(), outside.clone(), outside].into();
    assert_eq!(known.len(), 2);
    let bindings: HashSet<_> = [number.clone(), number, other].into();
    assert_eq!(bindings.len(), 2);
    let computeds: HashSet<_> = [doubled.clone(), doubled].into();
    assert_eq!(computeds.len(), 1);
}

#[test]
fn a_binding_is_made_of_a_value_and_of_nothing() {
    assert_eq!(Binding::<u32>::default().get(), 0);
    assert_eq!(Binding::from("lantern").get(), "lantern");
    let number: Binding<i32> = 7.into();
    assert_eq!(number.get(), 7);
}

#[test]
fn a_weak_binding_gives_the_right_to_write_only_while_somebody_has_it() {
    let number = bind(1);
    let (weak, reader) = (number.downgrade(), number.read_only());
    let again = weak.clone().upgrade().unwrap();
    assert_eq!(again, number);
    drop(number);
    weak.upgrade().unwrap().set(2);
    assert!(!reader.is_ended());
    drop(again);
    assert!(weak.upgrade().is_none());
    assert!(reader.is_ended());
    assert_eq!(reader.get(), 2);
}

#[test]
fn a_weak_computed_lives_as_long_as_something_depends_on_it() {
    let number = bind(1);
    let doubled = number.map(|number| number * 2);
    let next = doubled.map(|doubled| doubled + 1);
    let (weak, weak_next) = (doubled.downgrade(), next.downgrade());
    assert_eq!(next.get(), 3);
    drop(doubled);
    assert_eq!(weak.upgrade().unwrap().get(), 2);
    drop(next);
    assert!(weak.clone().upgrade().is_none());
    assert!(weak_next.upgrade().is_none());
}

#[test]
fn a_weak_reader_keeps_nothing_alive() {
    let number = bind(1);
    let reader = number.read_only();
    let weak = reader.downgrade();
    drop(reader);
    assert_eq!(weak.clone().upgrade().unwrap().get(), 1);
    drop(number);
    assert!(weak.upgrade().is_none());
    let outside = BindRef::new(bind(2));
    let weak = outside.downgrade();
    assert_eq!(weak.upgrade().unwrap(), outside);
    drop(outside);
    assert!(weak.upgrade().is_none());
}

#[test]
fn each_knows_where_its_user_made_it() {
    let here = |shown: String| assert!(shown.contains("handles.rs"), "{shown}");
    here(format!("{:?}", bind_with(1, Equality::Never).read_only()));
    here(format!("{:?}", Binding::<i32>::default().read_only()));
    here(format!("{:?}", Binding::from(1).read_only()));
    here(format!("{:?}", computed_with(|| 1, Equality::Never)));
    here(format!("{:?}", Computed::constant(1)));
}
