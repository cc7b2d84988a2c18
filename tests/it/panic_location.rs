//! A panic about something of the user's names the place where the user made it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flo_reactive::{BoundExt, bind, computed, computed_from};

fn text_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err().expect("it should have panicked");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn a_computed_that_panicked_names_its_place_to_later_readers() {
    let source = bind(0);
    let made_by = [
        (computed(|| -> u32 { panic!("by computed") }), line!()),
        (source.map(|_| -> u32 { panic!("by map") }), line!()),
        (computed_from((&source,), |_| -> u32 { panic!("by computed_from") }), line!()),
    ];
    for (computed, line) in made_by {
        let first = text_of(|| computed.get());
        let second = text_of(|| computed.get());
        let place = format!("panic_location.rs:{line}:");
        assert!(second.contains(&place) && second.contains(&first), "{second}");
    }
}
