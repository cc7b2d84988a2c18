//! Cells and slots by themselves.

use flo_core::sync::Arc;

use super::{held::Sole, *};

fn claims(kinds: &[Kind]) -> Claims {
    let mut claims = Claims::default();
    for kind in kinds {
        claims.add(*kind);
    }
    claims
}

#[test]
fn the_last_claim_moves_the_message_out_and_the_others_clone_it() {
    let slot = Slot::new();
    slot.fill(0, "order".to_owned(), claims(&[Kind::Unread, Kind::Unread, Kind::Pin]), 1);
    let held = slot.held(Kind::Unread);
    assert!(!held.is_sole());
    assert_eq!(held.with(String::clone), "order");
    let released = held.release();
    assert!(released.message.is_none() && !released.is_read);
    let released = slot.held(Kind::Unread).release();
    assert!(released.message.is_none() && released.is_read);
    let held = slot.accept(0).expect("it is offered");
    assert_eq!(held.sole().unwrap().take(), "order");
    assert!(slot.cell.is_free());
}

#[test]
fn a_slow_clone_sends_the_next_messages_on_a_detour_and_frees_its_own() {
    let slot = Slot::new();
    slot.fill(0, 'a', claims(&[Kind::Pin]), 0);
    let slow = slot.held(Kind::Pin);
    slot.fill(1, 'b', claims(&[Kind::Pin]), 0);
    let slow_too = slot.held(Kind::Pin);
    assert_eq!((slow.with(|m| *m), slow_too.with(|m| *m)), ('a', 'b'));
    // Both cells are taken: a second box, and the first becomes an orphan.
    slot.fill(2, 'c', claims(&[Kind::Unread]), 0);
    assert_eq!(slow_too.release().message, Some('b'));
    assert_eq!(slot.held(Kind::Unread).sole().ok().map(Sole::take), Some('c'));
    // The box is free and is used again; then the slot's own cell is.
    slot.fill(3, 'd', claims(&[Kind::Unread]), 0);
    assert_eq!(slot.held(Kind::Unread).sole().ok().map(Sole::take), Some('d'));
    assert_eq!(slow.release().message, Some('a'));
    slot.fill(4, 'e', claims(&[Kind::Unread]), 0);
    assert!(slot.detour.load(Ordering::Relaxed).is_null());
    assert_eq!(slot.held(Kind::Unread).sole().ok().map(Sole::take), Some('e'));
}

#[test]
fn the_last_reader_of_an_orphan_moves_its_message_out() {
    let slot = Slot::new();
    slot.fill(0, 'a', claims(&[Kind::Pin]), 0);
    let slow = slot.held(Kind::Pin);
    slot.fill(1, 'b', claims(&[Kind::Pin]), 1);
    let last = slot.accept(1).expect("it is offered");
    slot.fill(2, 'c', claims(&[Kind::Unread]), 0);
    assert!(last.is_sole(), "an orphan");
    assert_eq!(last.sole().ok().map(Sole::take), Some('b'));
    assert_eq!(slow.sole().ok().map(Sole::take), Some('a'));
    assert_eq!(slot.held(Kind::Unread).sole().ok().map(Sole::take), Some('c'));
}

#[test]
fn an_orphan_that_was_free_is_freed_by_its_slot() {
    let slot = Slot::new();
    slot.fill(0, 'a', claims(&[Kind::Pin]), 0);
    let slow = slot.held(Kind::Pin);
    slot.fill(1, 'b', claims(&[Kind::Unread]), 0);
    assert_eq!(slot.held(Kind::Unread).sole().ok().map(Sole::take), Some('b'));
    assert_eq!(slow.release().message, Some('a'));
    slot.fill(2, 'c', claims(&[Kind::Unread]), 0);
    assert_eq!(slot.held(Kind::Unread).sole().ok().map(Sole::take), Some('c'));
}

#[test]
fn a_slot_that_is_dropped_drops_its_message_wherever_it_is() {
    let message = Arc::new(());
    let slot = Slot::new();
    slot.fill(0, Arc::clone(&message), claims(&[Kind::Pin]), 0);
    let slow = slot.held(Kind::Pin);
    slot.fill(1, Arc::clone(&message), claims(&[Kind::Unread]), 0);
    drop(slow.release().message);
    assert_eq!(Arc::strong_count(&message), 2);
    drop(slot);
    assert_eq!(Arc::strong_count(&message), 1);
}

#[test]
fn a_slot_has_no_number_before_the_first() {
    let slot = Slot::<u8>::new();
    assert!(!slot.has(0) && !slot.has(u64::MAX - 1) && !slot.is_unread(0));
}
