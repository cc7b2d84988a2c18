//! Edits of a list that nobody else has are made where it is; who has a snapshot, a guard or a computation never sees the
//! difference. (That they clone nothing is in `tests/list_clones.rs`.)

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use flo_bind::{Bound, BoundExt, ListBinding, effect, snapshot};
/// Counts its clones.
struct Item(u32, Arc<AtomicUsize>);

impl Clone for Item {
    fn clone(&self) -> Self {
        self.1.fetch_add(1, Relaxed);
        Self(self.0, Arc::clone(&self.1))
    }
}

fn list_of(count: u32) -> (ListBinding<Item>, Arc<AtomicUsize>) {
    let clones = Arc::new(AtomicUsize::new(0));
    let list = (0..count).map(|number| Item(number, Arc::clone(&clones))).collect();
    (list, clones)
}

fn numbers(list: &ListBinding<Item>) -> Vec<u32> {
    list.snapshot().iter().map(|item| item.0).collect()
}

/// One edit of each kind, here and there.
fn edit(list: &ListBinding<Item>, clones: &Arc<AtomicUsize>, like: &mut Vec<u32>) {
    let item = |number| Item(number, Arc::clone(clones));
    for at in [0, like.len() / 3, like.len() - 1] {
        list.insert(at, item(7));
        like.insert(at, 7);
        assert_eq!(list.set(at / 2, item(9)).0, std::mem::replace(&mut like[at / 2], 9));
        assert_eq!(list.remove(at).0, like.remove(at));
    }
    list.push(item(5));
    like.push(5);
    assert_eq!(list.pop().map(|item| item.0), like.pop());
    list.push(item(6));
    like.push(6);
}

#[test]
fn a_snapshot_a_guard_and_a_computation_keep_what_they_have() {
    let (list, clones) = list_of(100);
    let mut like: Vec<u32> = (0..100).collect();
    let (before, read) = (list.snapshot(), (*list).read());
    edit(&list, &clones, &mut like);
    assert!(before.iter().map(|item| item.0).eq(0..100));
    assert!(read.iter().map(|item| item.0).eq(0..100));
    drop((before, read));
    let mut meant = like.clone();
    snapshot(|| {
        let seen = numbers(&list);
        list.with(|items| {
            std::thread::scope(|scope| {
                scope.spawn(|| edit(&list, &clones, &mut meant));
            });
            assert!(items.iter().map(|item| item.0).eq(like.iter().copied()), "G6");
        });
        assert_eq!(numbers(&list), seen);
    });
    assert_eq!(numbers(&list), meant);
}

#[test]
fn what_depends_on_the_list_is_told_of_each_edit() {
    let (list, clones) = list_of(10);
    let lengths = Arc::new(std::sync::Mutex::new(Vec::new()));
    let _effect = effect({
        let (list, lengths) = (list.clone(), Arc::clone(&lengths));
        move || lengths.lock().unwrap().push(list.len())
    });
    list.push(Item(1, Arc::clone(&clones)));
    drop(list.remove(3));
    list.insert(0, Item(2, clones));
    assert_eq!(*lengths.lock().unwrap(), [10, 11, 10, 11]);
}
