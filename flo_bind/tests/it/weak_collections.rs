//! Weak handles of collections: they keep nothing alive and nothing open, and what they are upgraded to is the same collection.

use std::{fmt, sync::Arc};

use flo_bind::{
    BoundExt, ListBinding, ListDiff, ListRef, MapBinding, MapDiff, MapRef, RopeBinding, RopeDiff,
    RopeRef, SetBinding, SetDiff, SetRef, Store, StoreDiff, StoreRef, WeakListBinding, WeakListRef,
    WeakMapBinding, WeakMapRef, WeakRopeBinding, WeakRopeRef, WeakSetBinding, WeakSetRef,
    WeakStore, WeakStoreRef, computed,
};
use futures::{FutureExt, Stream, StreamExt};

enum Lamp {}

/// What is there for somebody as long as it is kept.
type Item = Arc<u32>;

fn shared<T: Send + Sync + Clone + fmt::Debug + 'static>() {}

/// Not even a `Debug` of what is in them is asked for.
#[derive(Clone)]
struct Silent;

#[test]
fn weak_handles_cross_threads_and_can_be_shown() {
    shared::<WeakListBinding<Silent>>();
    shared::<WeakListRef<Silent>>();
    shared::<WeakMapBinding<Silent, Silent>>();
    shared::<WeakMapRef<Silent, Silent>>();
    shared::<WeakSetBinding<Silent>>();
    shared::<WeakSetRef<Silent>>();
    shared::<WeakRopeBinding<Silent, Silent>>();
    shared::<WeakRopeRef<Silent, Silent>>();
    shared::<WeakStore<Lamp, Silent>>();
    shared::<WeakStoreRef<Lamp, Silent>>();
    let (list, store) = (ListBinding::<Silent>::new(), Store::<Lamp, Silent>::new());
    assert_eq!(format!("{:?}", list.downgrade().clone()), "WeakListBinding");
    assert_eq!(format!("{:?}", store.read_only().downgrade().clone()), "WeakStoreRef");
}

/// A kind of collection, as these tests see it.
trait Kind {
    type Writer: Clone + PartialEq + fmt::Debug;
    type Reader: Clone + PartialEq + fmt::Debug;
    type Weak: Clone;
    type WeakReader: Clone;
    type Changes: Stream<Item: fmt::Debug> + Unpin;

    fn new() -> Self::Writer;
    fn put(writer: &Self::Writer, item: Item);
    fn reader(writer: &Self::Writer) -> Self::Reader;
    fn len(reader: &Self::Reader) -> usize;
    fn is_ended(reader: &Self::Reader) -> bool;
    fn changes(reader: &Self::Reader) -> Self::Changes;
    /// Whether it is told what was put in, and not all that is there.
    fn is_one_insertion(batch: &<Self::Changes as Stream>::Item) -> bool;
    fn weak(writer: &Self::Writer) -> Self::Weak;
    fn upgrade(weak: &Self::Weak) -> Option<Self::Writer>;
    fn weak_reader(reader: &Self::Reader) -> Self::WeakReader;
    fn upgrade_reader(weak: &Self::WeakReader) -> Option<Self::Reader>;
}

macro_rules! kind {
    (
        $kind:ident, $writer:ty, $reader:ty, $weak:ty, $weak_reader:ty, $changes:ty,
        $put:expr, $insertion:pat
    ) => {
        struct $kind;

        impl Kind for $kind {
            type Writer = $writer;
            type Reader = $reader;
            type Weak = $weak;
            type WeakReader = $weak_reader;
            type Changes = $changes;

            fn new() -> $writer {
                <$writer>::new()
            }

            fn put(writer: &$writer, item: Item) {
                let put: fn(&$writer, Item) = $put;
                put(writer, item);
            }

            fn reader(writer: &$writer) -> $reader {
                writer.read_only()
            }

            fn len(reader: &$reader) -> usize {
                reader.len()
            }

            fn is_ended(reader: &$reader) -> bool {
                reader.is_ended()
            }

            fn changes(reader: &$reader) -> $changes {
                reader.follow_changes()
            }

            fn is_one_insertion(batch: &<$changes as Stream>::Item) -> bool {
                matches!(&batch.iter().collect::<Vec<_>>()[..], [$insertion])
            }

            fn weak(writer: &$writer) -> $weak {
                writer.downgrade()
            }

            fn upgrade(weak: &$weak) -> Option<$writer> {
                weak.upgrade()
            }

            fn weak_reader(reader: &$reader) -> $weak_reader {
                reader.downgrade()
            }

            fn upgrade_reader(weak: &$weak_reader) -> Option<$reader> {
                weak.upgrade()
            }
        }
    };
}

kind!(
    Lists,
    ListBinding<Item>,
    ListRef<Item>,
    WeakListBinding<Item>,
    WeakListRef<Item>,
    flo_bind::FollowChanges<Item>,
    |list, item| list.push(item),
    ListDiff::Splice { .. }
);
kind!(
    Maps,
    MapBinding<u32, Item>,
    MapRef<u32, Item>,
    WeakMapBinding<u32, Item>,
    WeakMapRef<u32, Item>,
    flo_bind::FollowMapChanges<u32, Item>,
    |map, item| drop(map.insert(*item, item)),
    MapDiff::Insert { .. }
);
kind!(
    Sets,
    SetBinding<Item>,
    SetRef<Item>,
    WeakSetBinding<Item>,
    WeakSetRef<Item>,
    flo_bind::FollowSetChanges<Item>,
    |set, item| assert!(set.insert(item)),
    SetDiff::Insert { .. }
);
kind!(
    Ropes,
    RopeBinding<Item, u8>,
    RopeRef<Item, u8>,
    WeakRopeBinding<Item, u8>,
    WeakRopeRef<Item, u8>,
    flo_bind::FollowRopeChanges<Item, u8>,
    |rope, item| rope.push(item),
    RopeDiff::Replace { .. }
);
kind!(
    Stores,
    Store<Lamp, Item>,
    StoreRef<Lamp, Item>,
    WeakStore<Lamp, Item>,
    WeakStoreRef<Lamp, Item>,
    flo_bind::FollowStore<Lamp, Item>,
    |store, item| {
        store.insert(item);
    },
    StoreDiff::Insert { .. }
);

/// Does it for each kind.
macro_rules! of_each_kind {
    ($($promise:ident)+) => {$(
        #[test]
        fn $promise() {
            promises::$promise::<Lists>();
            promises::$promise::<Maps>();
            promises::$promise::<Sets>();
            promises::$promise::<Ropes>();
            promises::$promise::<Stores>();
        }
    )+};
}

of_each_kind! {
    a_weak_writer_gives_the_right_to_edit_only_while_somebody_has_it
    a_weak_reader_gives_the_right_to_read_only_while_somebody_has_it
    weak_handles_keep_nothing_that_is_in_the_collection
    what_is_edited_through_an_upgraded_handle_is_told_in_differences
}

mod promises {
    use super::*;

    pub(super) fn a_weak_writer_gives_the_right_to_edit_only_while_somebody_has_it<K: Kind>() {
        let (writer, other) = (K::new(), K::new());
        let (weak, reader) = (K::weak(&writer), K::reader(&writer));
        let again = K::upgrade(&weak.clone()).unwrap();
        assert!(again == writer && again != other);
        assert!(K::reader(&again) == reader);
        drop(writer);
        K::put(&K::upgrade(&weak).unwrap(), Item::new(1));
        assert!(!K::is_ended(&reader));
        drop(again);
        assert!(K::upgrade(&weak).is_none() && K::is_ended(&reader));
        assert_eq!(K::len(&reader), 1, "who reads has it still");
    }

    pub(super) fn a_weak_reader_gives_the_right_to_read_only_while_somebody_has_it<K: Kind>() {
        let (writer, other) = (K::new(), K::new());
        let weak = K::weak_reader(&K::reader(&writer));
        K::put(&writer, Item::new(1));
        let reader = K::upgrade_reader(&weak.clone()).unwrap();
        assert!(reader == K::reader(&writer) && reader != K::reader(&other));
        drop(writer);
        assert!(K::is_ended(&reader), "the right to read is none to edit");
        assert_eq!(K::upgrade_reader(&weak).map(|reader| K::len(&reader)), Some(1));
        drop(reader);
        assert!(K::upgrade_reader(&weak).is_none());
    }

    pub(super) fn weak_handles_keep_nothing_that_is_in_the_collection<K: Kind>() {
        let (writer, item) = (K::new(), Item::new(1));
        K::put(&writer, Item::clone(&item));
        let (weak, weak_reader) = (K::weak(&writer), K::weak_reader(&K::reader(&writer)));
        assert!(Arc::strong_count(&item) > 1);
        drop(writer);
        assert_eq!(Arc::strong_count(&item), 1);
        assert!(K::upgrade(&weak).is_none() && K::upgrade_reader(&weak_reader).is_none());
    }

    pub(super) fn what_is_edited_through_an_upgraded_handle_is_told_in_differences<K: Kind>() {
        let writer = K::new();
        let (weak, weak_reader) = (K::weak(&writer), K::weak_reader(&K::reader(&writer)));
        let mut before = K::changes(&K::reader(&writer));
        let mut changes = K::changes(&K::upgrade_reader(&weak_reader).unwrap());
        drop((before.next().now_or_never(), changes.next().now_or_never()));
        K::put(&K::upgrade(&weak).unwrap(), Item::new(1));
        K::put(&writer, Item::new(2));
        drop(before);
        K::put(&K::upgrade(&weak).unwrap(), Item::new(3));
        // Three edits that nobody looked at in between are one batch.
        let told = changes.next().now_or_never().flatten().unwrap();
        assert!(!K::is_one_insertion(&told));
        K::put(&K::upgrade(&weak).unwrap(), Item::new(4));
        let told = changes.next().now_or_never().flatten().unwrap();
        assert!(K::is_one_insertion(&told), "{told:?}");
        drop(writer);
        assert!(changes.next().now_or_never().unwrap().is_none(), "nobody may edit it any more");
    }
}

#[test]
fn a_weak_derived_list_lives_as_long_as_something_depends_on_it() {
    let numbers = ListBinding::from(vec![1, 2]);
    let doubled = numbers.map(|number| number * 2);
    let sum = doubled.sum();
    let (weak, weak_sum) = (doubled.downgrade(), sum.downgrade());
    drop(doubled);
    assert_eq!((sum.get(), weak.upgrade().unwrap().len()), (6, 2));
    drop(sum);
    assert!(weak.upgrade().is_none() && weak_sum.upgrade().is_none());
}

#[test]
fn who_reads_one_entry_is_told_of_an_edit_through_an_upgraded_store() {
    let lamps = Store::<Lamp, u32>::new();
    let (one, other) = (lamps.insert(1), lamps.insert(2));
    let (weak, reader) = (lamps.downgrade(), lamps.read_only().downgrade());
    let shown = computed(move || reader.upgrade().and_then(|lamps| lamps.get(one)));
    assert_eq!(shown.get(), Some(1));
    let same = weak.upgrade().unwrap();
    same.set(one, 10).unwrap();
    same.set(other, 20).unwrap();
    assert_eq!((shown.get(), same.get(other)), (Some(10), Some(20)));
}

#[test]
fn a_store_may_hold_its_own_weak_handle() {
    struct Node {
        nodes: WeakStore<Lamp, Self>,
        kept: Item,
    }
    let (nodes, item) = (Store::<Lamp, Node>::new(), Item::new(1));
    let node = nodes.insert(Node { nodes: nodes.downgrade(), kept: Item::clone(&item) });
    let read = nodes.read(node).unwrap();
    assert!(read.nodes.upgrade().unwrap() == nodes && *read.kept == 1);
    drop((read, nodes));
    assert_eq!(Arc::strong_count(&item), 1, "nothing is kept for ever");
}
