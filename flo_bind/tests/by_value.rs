//! Handles are serialized as the value they stand for.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use flo_bind::{BindRef, Binding, Bound, BoundExt, Computed, Guard, bind};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Shown {
    count: Binding<u32>,
    doubled: Computed<u32>,
    reader: BindRef<u32>,
    name: Guard<str>,
}

#[derive(Deserialize)]
struct Kept {
    count: Binding<u32>,
    doubled: Option<Binding<u32>>,
}

#[test]
fn every_readable_handle_is_its_value() {
    let count = bind(2);
    let doubled = count.map(|count| count * 2);
    let name = Guard::map(bind(String::from("oil")).read(), String::as_str);
    let shown = Shown { reader: count.read_only(), count, doubled, name };
    let text = serde_json::to_string(&shown).unwrap();
    assert_eq!(text, r#"{"count":2,"doubled":4,"reader":2,"name":"oil"}"#);
}

#[test]
fn a_binding_comes_back_as_one_of_its_own() {
    let text = r#"{"count":2,"doubled":4}"#;
    let kept: Kept = serde_json::from_str(text).unwrap();
    kept.count.set(3);
    assert_eq!((kept.count.get(), kept.doubled.unwrap().get()), (3, 4));
    assert!(serde_json::from_str::<Binding<u32>>("\"two\"").is_err());
}

#[test]
fn serializing_is_a_read_and_is_tracked() {
    let count = bind(2);
    let text = flo_bind::computed({
        let count = count.clone();
        move || serde_json::to_string(&count).unwrap()
    });
    assert_eq!(text.get(), "2");
    count.set(3);
    assert_eq!(text.get(), "3");
}
