//! What the desk talks about: sales, orders, lines, customers, and the keys they refer to each other by.
//!
//! An [`Order`] owns its [`Line`]s, a line knows its order, a [`Customer`] knows its orders, and none of
//! that is a pointer: state refers to state by key. Whoever holds a key may look it up at any time in
//! whatever state it has, and "there is none" is an ordinary answer. There are two sorts: a [`Key`](flo_reactive::Key) is
//! given by the store that an entry is in, and the keys here are names that come with the sales.

mod customer;
mod event;
mod keys;
mod money;
mod order;
mod sale;
mod summary;

pub use customer::Customer;
pub use event::{OrderEvent, Progress};
pub use keys::{CountryKey, CustomerKey, OrderKey, ProductKey};
pub(crate) use money::VOLUME;
pub use money::{AmountError, Money};
pub use order::{Line, Order, Standing, Sums};
pub use sale::Sale;
pub use summary::{Brief, CustomerBrief, Tally};
