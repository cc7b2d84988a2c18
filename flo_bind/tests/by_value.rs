//! Handles are serialized as the value they stand for.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::collections::{BTreeMap, BTreeSet};

use flo_bind::{
    BindRef, Binding, Bound, BoundExt, Computed, Guard, ListBatch, ListBinding, MapBatch,
    MapBinding, RopeAttributes, RopeBatch, RopeBinding, RopeSnapshot, SetBatch, SetBinding, SetRef,
    bind, bind_list_driver, bind_map_driver, bind_rope_driver, transaction,
};
use futures::{FutureExt, Stream, StreamExt, future::LocalBoxFuture};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

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

#[test]
fn a_list_is_a_sequence_and_its_differences_leave_out_what_the_receiver_has() {
    let list =
        ListBinding::from(vec!["oil", "gas"].into_iter().map(String::from).collect::<Vec<_>>());
    assert_eq!(serde_json::to_string(&list).unwrap(), r#"["oil","gas"]"#);
    let mut changes = list.follow_changes();
    let mut wire =
        || serde_json::to_string(&changes.next().now_or_never().unwrap().unwrap()).unwrap();
    let first = wire();
    assert_eq!(first, r#"[{"Reset":{"new":["oil","gas"]}}]"#);
    list.set(0, String::from("arc"));
    list.move_item(0, 1);
    let second = wire();
    let splice = r#"{"Splice":{"at":0,"removed":1,"inserted":["arc"]}}"#;
    assert_eq!(second, format!(r#"[{splice},{{"Move":{{"from":0,"to":1}}}}]"#));
    let mut mirror = Vec::new();
    for text in [first, second] {
        let batch: ListBatch<String> = serde_json::from_str(&text).unwrap();
        assert!(batch.invert().is_none(), "nobody knows here what was taken out");
        batch.apply_to(&mut mirror).unwrap();
    }
    assert_eq!(list.snapshot(), mirror);
    let back: ListBinding<String> = serde_json::from_str(r#"["wax"]"#).unwrap();
    assert_eq!(back.snapshot(), ["wax"]);
}

#[test]
fn a_map_is_a_map_and_its_differences_leave_out_what_the_receiver_has() {
    let map = MapBinding::from_iter([((1, 2), 3), ((0, 1), 4)]);
    let mut changes = map.follow_changes();
    let mut wire =
        || serde_json::to_string(&changes.next().now_or_never().unwrap().unwrap()).unwrap();
    let first = wire();
    assert_eq!(first, r#"[{"Reset":{"new":[[[0,1],4],[[1,2],3]]}}]"#, "whatever its keys are");
    map.insert((1, 2), 5);
    map.remove(&(0, 1));
    map.insert((7, 7), 7);
    let second = wire();
    let update = r#"{"Update":{"key":[1,2],"new":5}},{"Remove":{"key":[0,1]}}"#;
    assert_eq!(second, format!(r#"[{update},{{"Insert":{{"key":[7,7],"new":7}}}}]"#));
    let mut mirror = BTreeMap::new();
    for text in [first, second] {
        let batch: MapBatch<(i32, i32), i32> = serde_json::from_str(&text).unwrap();
        assert!(batch.invert().is_none(), "nobody knows here what went out");
        batch.apply_to(&mut mirror).unwrap();
    }
    assert_eq!(map.snapshot(), mirror);
    let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    assert_eq!(serde_json::to_string(&prices).unwrap(), r#"{"gas":5,"oil":3}"#);
    let back: MapBinding<String, i32> = serde_json::from_str(r#"{"wax":1}"#).unwrap();
    assert_eq!(back.get("wax"), Some(1));
    let set: SetBinding<u8> = serde_json::from_str("[2,1,2]").unwrap();
    assert_eq!(serde_json::to_string(&*set).unwrap(), "[1,2]");
    let text =
        serde_json::to_string(&set.follow_changes().next().now_or_never().flatten()).unwrap();
    let batch: SetBatch<u8> = serde_json::from_str(&text).unwrap();
    let mut mirror = BTreeSet::new();
    batch.apply_to_set(&mut mirror).unwrap();
    assert_eq!(mirror, BTreeSet::from([1, 2]));
}

#[test]
fn a_rope_is_its_cells_and_counted_attributes_and_its_differences_leave_out_what_the_receiver_has()
{
    let rope = RopeBinding::from_iter([('a', 0), ('b', 7), ('c', 7)]);
    let text = r#"{"cells":["a","b","c"],"attributes":[[0,1],[7,2]]}"#;
    assert_eq!(serde_json::to_string(&rope).unwrap(), text);
    assert_eq!(serde_json::to_string(&*rope).unwrap(), text);
    let mut changes = rope.follow_changes();
    let mut wire =
        || serde_json::to_string(&changes.next().now_or_never().unwrap().unwrap()).unwrap();
    let first = wire();
    assert_eq!(first, format!(r#"[{{"Reset":{{"new":{text}}}}}]"#));
    rope.replace(1..3, ['x']);
    rope.set_attributes(0..1, 7);
    let second = wire();
    let replace =
        r#"{"Replace":{"range":{"start":1,"end":3},"new":{"cells":["x"],"attributes":[[7,1]]}}}"#;
    let set = r#"{"SetAttributes":{"range":{"start":0,"end":1},"new":[[7,1]]}}"#;
    assert_eq!(second, format!("[{replace},{set}]"));
    let mut mirror = Vec::new();
    for text in [first, second] {
        let batch: RopeBatch<char, u8> = serde_json::from_str(&text).unwrap();
        assert!(batch.invert().is_none(), "nobody knows here what was there");
        batch.apply_to(&mut mirror).unwrap();
    }
    assert_eq!(rope.snapshot(), mirror);
    let back: RopeBinding<char, u8> = serde_json::from_str(text).unwrap();
    assert_eq!(back.read_attributes(2), (7, 1..3));
    let uncounted = r#"{"cells":["a","b"],"attributes":[[0,1],[7,2]]}"#;
    let error = serde_json::from_str::<RopeBinding<char, u8>>(uncounted).unwrap_err().to_string();
    assert!(error.starts_with("attributes of 3 cells, where there are 2"), "{error}");
    let split = r#"{"cells":["a","b"],"attributes":[[7,1],[7,1]]}"#;
    let joined: RopeSnapshot<char, u8> = serde_json::from_str(split).unwrap();
    assert_eq!(joined.extents().len(), 1, "R2");
    let too_many = format!("[[0,{}],[1,2]]", usize::MAX);
    assert!(serde_json::from_str::<RopeAttributes<u8>>(&too_many).is_err());
}

/// The same batches, after a journey as text.
fn over_the_wire<B: Serialize + DeserializeOwned>(
    changes: impl Stream<Item = B>,
) -> impl Stream<Item = B> {
    changes.map(|batch| serde_json::from_str(&serde_json::to_string(&batch).unwrap()).unwrap())
}

#[test]
fn a_collection_crosses_a_wire_and_so_does_what_follows_from_it() {
    let list = ListBinding::from(vec![3, 1, 2]);
    let map = MapBinding::from_iter([((1, 1), 3)]);
    let set = SetBinding::from_iter([2, 1]);
    let rope = RopeBinding::from_iter([('a', 0), ('b', 7)]);
    let sorted = list.sorted_by_key(|item| -item);
    let (list_there, one) = bind_list_driver(over_the_wire(list.follow_changes()));
    let (sorted_there, two) = bind_list_driver(over_the_wire(sorted.follow_changes()));
    let (map_there, three) = bind_map_driver(over_the_wire(map.follow_changes()));
    let (set_there, four) = bind_map_driver(over_the_wire(set.follow_changes()));
    let (rope_there, five) = bind_rope_driver(over_the_wire(rope.follow_changes()));
    let doubled_there = list_there.map(|item| item * 2);
    let mut drivers: Vec<LocalBoxFuture<'_, ()>> = vec![
        one.boxed_local(),
        two.boxed_local(),
        three.boxed_local(),
        four.boxed_local(),
        five.boxed_local(),
    ];
    let mut arrive = || {
        assert!(drivers.iter_mut().all(|driver| driver.now_or_never().is_none()), "none has ended");
        assert_eq!(list_there.snapshot(), list.snapshot());
        assert_eq!(sorted_there.snapshot(), sorted.snapshot());
        assert_eq!(map_there.snapshot(), map.snapshot());
        assert_eq!(SetRef::from(set_there.clone()).snapshot(), set.snapshot());
        assert_eq!(rope_there.snapshot(), rope.snapshot());
        assert!(doubled_there.snapshot().iter().eq(&list.map(|item| item * 2).snapshot()));
    };
    arrive();
    for round in 0..4 {
        transaction(|| {
            list.push(round);
            list.move_item(0, 2);
            list.splice(1..2, [7, 8]);
            rope.replace_attributes(..rope.len().min(1), "xyz".chars(), round);
        });
        map.insert((round, 2), 1);
        map.insert((round, 2), 2);
        map.remove(&(round - 1, 2));
        set.insert(round);
        set.remove(&(round - 1));
        rope.set_attributes(1..3, 5);
        arrive();
        list.sort();
        list.retain(|item| *item != 7);
        map.replace_all([((0, 0), round)]);
        set.clear();
        rope.clear();
        arrive();
    }
}
