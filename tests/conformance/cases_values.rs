//! Reading, setting, editing, and what counts as equal.

use flo_test::Calls;

use crate::{
    case::{Case, differ, same, saw},
    library::{Library, Read, Value, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(a_set_is_seen_through_every_clone, "(2, 2)"),
        same!(a_reader_sees_what_is_set, "(1, 2, 2)"),
        same!(a_reader_outlives_the_last_binding, "2"),
        same!(a_reader_is_made_from_a_binding_or_a_reference_to_one, "[2, 2, 2]"),
        same!(a_value_of_any_type_is_kept, r#"("lantern", Some([1, 2]))"#),
        same!(a_set_to_an_equal_value_tells_nobody, "0"),
        same!(a_value_that_is_not_equal_to_itself_is_a_change, "2"),
        differ!(
            an_equal_value_that_is_another,
            r#"("first", 0)"#,
            r#"("second", 0)"#,
            "setting an equal value is no change: the value that is there stays"
        ),
        same!(an_update_edits_the_value_that_is_there, "([1, 2], 1)"),
        differ!(
            an_update_that_changes_nothing,
            "0",
            "1",
            "the result is compared; the ancestor's edit has to say itself whether it was one"
        ),
    ]
}

fn a_set_is_seen_through_every_clone<L: Library>() -> String {
    let first = L::bind(1);
    let second = first.clone();
    second.set(2);
    saw((first.get(), second.get()))
}

fn a_reader_sees_what_is_set<L: Library>() -> String {
    let binding = L::bind(1);
    let reader = L::Reader::from(&binding);
    let before = reader.get();
    binding.set(2);
    saw((before, reader.get(), reader.clone().get()))
}

fn a_reader_outlives_the_last_binding<L: Library>() -> String {
    let binding = L::bind(1);
    let reader = L::Reader::from(&binding);
    binding.set(2);
    drop(binding);
    saw(reader.get())
}

fn a_reader_is_made_from_a_binding_or_a_reference_to_one<L: Library>() -> String {
    let binding = L::bind(1);
    let into: L::Reader<i32> = binding.clone().into();
    let readers = [L::Reader::from(&binding), L::Reader::from(binding.clone()), into];
    binding.set(2);
    saw(readers.map(|reader| reader.get()))
}

fn a_value_of_any_type_is_kept<L: Library>() -> String {
    saw((L::bind("lantern").get(), L::bind(Some(vec![1, 2])).get()))
}

/// How often a listener that reads is told while `change` is done to a binding of `value`.
fn told_by<L: Library, T: Value>(value: T, change: impl FnOnce(&L::Binding<T>)) -> usize {
    let (binding, told) = (L::bind(value), Calls::new());
    let _listening = binding.when_changed({
        let (reader, told) = (L::Reader::from(&binding), told.clone());
        move || {
            reader.get();
            told.hit();
        }
    });
    change(&binding);
    told.count()
}

fn a_set_to_an_equal_value_tells_nobody<L: Library>() -> String {
    saw(told_by::<L, _>(1, |binding| binding.set(1)))
}

fn a_value_that_is_not_equal_to_itself_is_a_change<L: Library>() -> String {
    saw(told_by::<L, _>(f64::NAN, |binding| {
        binding.set(f64::NAN);
        binding.set(f64::NAN);
    }))
}

/// Equal where the number is.
#[derive(Clone)]
struct Numbered(u32, &'static str);

impl PartialEq for Numbered {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn an_equal_value_that_is_another<L: Library>() -> String {
    let mut text = "";
    let told = told_by::<L, _>(Numbered(1, "first"), |binding| {
        binding.set(Numbered(1, "second"));
        text = binding.get().1;
    });
    saw((text, told))
}

fn an_update_edits_the_value_that_is_there<L: Library>() -> String {
    let mut value = Vec::new();
    let told = told_by::<L, _>(vec![1], |binding| {
        binding.update(|value| value.push(2));
        value = binding.get();
    });
    saw((value, told))
}

fn an_update_that_changes_nothing<L: Library>() -> String {
    saw(told_by::<L, _>(1, |binding| binding.update(|value| *value = 1)))
}
