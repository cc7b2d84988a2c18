//! Readers that know whether they are current, and values that flo does not hold.

use std::sync::{Arc, Barrier, Mutex};

use flo_bind::{
    Atom, BindRef, Bound, BoundExt, Guard, bind, computed, effect, snapshot, transaction,
};
use flo_core::Subscription;
use flo_test::Calls;

/// A watcher of `source`, with what it tells.
fn watch<T: Clone + Send + Sync + 'static>(
    source: &impl BoundExt<Value = T>,
) -> (flo_bind::Watcher<T>, Calls) {
    let told = Calls::new();
    let hit = told.clone();
    (source.watch(move || hit.hit()), told)
}

#[test]
fn a_watcher_tells_at_the_first_change_after_its_own_read_only() {
    let source = bind(1);
    let (watcher, told) = watch(&source);
    source.set(2);
    told.assert_count(0);
    assert!(!watcher.is_current());
    assert_eq!(watcher.get(), 2);
    assert!(watcher.is_current());
    source.set(3);
    source.get();
    source.set(4);
    told.assert_count(1);
    assert!(!watcher.is_current());
    assert_eq!(*watcher.read(), 4);
    source.set(4);
    assert!(watcher.is_current());
    drop(watcher);
    source.set(5);
    told.assert_count(1);
}

#[test]
fn watchers_do_not_disturb_each_other() {
    let source = bind(1);
    let doubled = source.map(|value| value * 2);
    let ((left, left_told), (right, right_told)) = (watch(&doubled), watch(&doubled));
    assert_eq!((left.get(), right.get()), (2, 2));
    source.set(2);
    assert_eq!(left.get(), 4);
    source.set(3);
    left_told.assert_count(2);
    right_told.assert_count(1);
}

#[test]
fn a_watcher_that_reads_in_a_transaction_or_a_snapshot_hears_of_what_is_newer() {
    let source = bind(1);
    let (watcher, told) = watch(&source);
    assert_eq!(watcher.get(), 1);
    source.set(2);
    told.assert_count(1);
    transaction(|| {
        source.set(3);
        assert_eq!(watcher.get(), 3);
        source.set(4);
    });
    told.assert_count(2);
    snapshot(|| {
        std::thread::scope(|scope| {
            let source = &source;
            source.get();
            scope.spawn(|| source.set(5));
        });
        assert_eq!(watcher.get(), 4);
    });
    told.assert_count(3);
    assert!(!watcher.is_current());
}

#[test]
fn what_a_watcher_reads_is_tracked() {
    let source = bind(1);
    let (watcher, _told) = watch(&source);
    let doubled = computed(move || watcher.get() * 2);
    assert_eq!(doubled.get(), 2);
    source.set(2);
    assert_eq!(doubled.get(), 4);
}

#[test]
fn a_watcher_of_an_outsider_tells_too() {
    let source = bind(1);
    let (watcher, told) = watch(&BindRef::new(source.clone()));
    assert_eq!(watcher.get(), 1);
    source.set(2);
    source.set(3);
    told.assert_count(1);
    assert_eq!(watcher.get(), 3);
}

/// A readable thing that flo does not hold.
#[derive(Clone, Default)]
struct Shelf {
    books: Arc<Mutex<Vec<&'static str>>>,
    atom: Atom,
}

impl Shelf {
    fn put(&self, book: &'static str) {
        self.books.lock().unwrap().push(book);
        self.atom.changed();
    }
}

impl Bound for Shelf {
    type Value = usize;

    fn read(&self) -> Guard<usize> {
        self.atom.track();
        Guard::new(self.books.lock().unwrap().len())
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        self.atom.when_changed(notify)
    }
}

impl From<Shelf> for BindRef<usize> {
    fn from(shelf: Shelf) -> Self {
        Self::new(shelf)
    }
}

#[test]
fn what_reads_through_an_atom_follows_its_changes() {
    let (shelf, seen) = (Shelf::default(), Calls::new());
    let parity = shelf.map(|count| count % 2);
    let _watching = effect({
        let (parity, seen) = (parity.clone(), seen.clone());
        move || seen.record(parity.get())
    });
    shelf.put("Middlemarch");
    transaction(|| {
        shelf.put("Emma");
        shelf.put("Persuasion");
    });
    seen.assert([0, 1]);
    shelf.put("Villette");
    seen.assert([0]);
    let (watcher, told) = watch(&shelf);
    assert_eq!(watcher.get(), 4);
    shelf.put("Ulysses");
    told.assert_count(1);
}

#[test]
fn a_change_while_the_value_is_read_is_not_lost() {
    let (atom, value) = (Atom::new(), Arc::new(Mutex::new(1)));
    let (entered, changed) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let first = Mutex::new(Some((Arc::clone(&entered), Arc::clone(&changed))));
    let reading = computed({
        let (atom, value) = (atom.clone(), Arc::clone(&value));
        move || {
            atom.track();
            let read = *value.lock().unwrap();
            let first = first.lock().unwrap().take();
            if let Some((entered, changed)) = first {
                entered.wait();
                changed.wait();
            }
            read
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            entered.wait();
            *value.lock().unwrap() = 2;
            atom.changed();
            changed.wait();
        });
        reading.get();
    });
    assert_eq!(reading.get(), 2);
    assert_eq!(atom, atom.clone());
    assert_ne!(atom, Atom::default());
}
