//! Edits of a list that nobody else has are made where it is; who has a snapshot, a guard or a computation never sees the
//! difference. (That they clone nothing is in `tests/list_clones.rs`.)

use std::sync::{Arc, Mutex};

use flo_bind::{Bound, BoundExt, ListBinding, effect, snapshot};

/// One edit of each kind, here and there.
fn edit(list: &ListBinding<u32>, like: &mut Vec<u32>) {
    for at in [0, like.len() / 3, like.len() - 1] {
        list.insert(at, 7);
        like.insert(at, 7);
        assert_eq!(list.set(at / 2, 9), std::mem::replace(&mut like[at / 2], 9));
        assert_eq!(list.remove(at), like.remove(at));
    }
    list.push(5);
    like.push(5);
    assert_eq!(list.pop(), like.pop());
    list.push(6);
    like.push(6);
}

#[test]
fn a_snapshot_a_guard_and_a_computation_keep_what_they_have() {
    let list: ListBinding<u32> = (0..100).collect();
    let mut like: Vec<u32> = (0..100).collect();
    let (before, read) = (list.snapshot(), (*list).read());
    edit(&list, &mut like);
    assert!(before.iter().copied().eq(0..100));
    assert!(read.iter().copied().eq(0..100));
    drop((before, read));
    let mut meant = like.clone();
    snapshot(|| {
        let seen = list.snapshot();
        list.with(|items| {
            std::thread::scope(|scope| {
                scope.spawn(|| edit(&list, &mut meant));
            });
            assert!(items.iter().eq(&like), "G6");
        });
        assert_eq!(list.snapshot(), seen);
    });
    assert_eq!(list.snapshot().to_vec(), meant);
}

#[test]
fn what_depends_on_the_list_is_told_of_each_edit() {
    let list: ListBinding<u32> = (0..10).collect();
    let lengths = Arc::new(Mutex::new(Vec::new()));
    let _effect = effect({
        let (list, lengths) = (list.clone(), Arc::clone(&lengths));
        move || lengths.lock().unwrap().push(list.len())
    });
    list.push(1);
    list.remove(3);
    list.insert(0, 2);
    assert_eq!(*lengths.lock().unwrap(), [10, 11, 10, 11]);
}
