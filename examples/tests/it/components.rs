//! Components, each alone with a stream of events.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use flo_reactive::{BindRef, BoundExt, KeyError, ListSnapshot, Stored, channel};
use futures::{FutureExt, StreamExt, executor::block_on, stream};
use jiff::civil::datetime;
use order_desk::{
    clock::Clock,
    countries::Countries,
    customers::Customers,
    model::{CustomerBrief, CustomerKey, Money, Order, OrderEvent, OrderKey, Sale, Standing},
    open::Open,
    orders::Orders,
    products::Products,
};

fn sale(order: &str, quantity: i64, customer: Option<u64>) -> Sale {
    let price = Money::from_cents(250);
    Sale {
        order: order.into(),
        product: "10012".into(),
        description: "Mug".into(),
        quantity,
        at: datetime(2026, 5, 4, 9, 0, 0, 0),
        price,
        amount: price.times(quantity).unwrap(),
        customer: customer.map(CustomerKey),
        country: "France".into(),
    }
}

type Events = stream::Iter<std::vec::IntoIter<OrderEvent>>;

fn events(sales: Vec<Sale>) -> Events {
    let numbered = sales.into_iter().zip(1..).map(|(sale, number)| event(number, sale));
    stream::iter(numbered.collect::<Vec<_>>())
}

fn event(number: u64, sale: Sale) -> OrderEvent {
    OrderEvent { number, sale: Arc::new(sale), progress: None }
}

/// Waits until a component has taken all of its stream.
fn settled<T: Send + Sync + 'static>(state: &BindRef<T>) {
    block_on(state.wait_for(|_| false)).map_or_else(drop, drop);
    assert!(state.is_ended());
}

fn orders(sales: Vec<Sale>) -> Orders {
    let orders = Orders::new(events(sales));
    settled(&orders.taken);
    orders
}

fn order(orders: &Orders, name: &str) -> Stored<Order> {
    orders.orders.read(orders.key(&name.into()).unwrap()).unwrap()
}

#[test]
fn an_order_owns_its_lines_and_a_line_knows_its_order() {
    let orders = orders(vec![sale("1", 2, None), sale("2", 1, None), sale("1", 3, None)]);
    let key = orders.key(&"1".into()).unwrap();
    let sums = order(&orders, "1").sums;
    assert_eq!((sums.lines, sums.units, sums.net), (2, 5, Money::from_cents(1250)));
    let lines = orders.lines_of(key);
    let quantities = lines.iter().map(|line| orders.lines.read(*line).unwrap().sale.quantity);
    assert!(quantities.eq([2, 3]), "in the order of arrival");
    for line in lines {
        assert_eq!(orders.lines.owner_in(line, &orders.orders), Some(key));
        assert_eq!(orders.lines.read(line).unwrap().order, key);
    }
}

#[test]
fn a_key_that_leads_nowhere_is_an_answer() {
    let (known, others) = (orders(vec![sale("1", 2, None)]), orders(vec![sale("1", 2, None)]));
    assert_eq!(known.key(&"7".into()), None);
    let key = known.key(&"1".into()).unwrap();
    assert_eq!(others.orders.try_read(key), Err(KeyError::Foreign));
    assert!(others.lines_of(key).is_empty());
}

#[test]
fn a_cancellation_takes_back_the_order_of_its_number_whichever_comes_first() {
    for sales in
        [[sale("1", 2, None), sale("C1", -2, None)], [sale("C1", -2, None), sale("1", 2, None)]]
    {
        let orders = orders(sales.to_vec());
        let tally = orders.tally.get();
        assert_eq!((tally.orders, tally.cancellations, tally.cancelled), (1, 1, 1));
        assert_eq!((tally.open(), tally.sums.net), (0, Money::default()));
        assert_eq!(order(&orders, "1").standing, Standing::Cancelled);
        assert_eq!(order(&orders, "C1").standing, Standing::Cancellation);
    }
}

#[test]
fn a_cancellation_of_an_unknown_order_counts_and_cancels_nothing() {
    let orders = orders(vec![sale("1", 2, None), sale("C9", -2, None), sale("C9", -1, None)]);
    let tally = orders.tally.get();
    assert_eq!((tally.orders, tally.cancellations, tally.cancelled), (1, 1, 0));
    assert_eq!((tally.sums.lines, tally.sums.units), (3, -1));
}

#[test]
fn the_newest_orders_come_first_and_are_never_many() {
    let orders = orders((0..100).map(|number| sale(&number.to_string(), 1, Some(4))).collect());
    let newest = orders.newest.snapshot();
    assert_eq!(newest.len(), 40);
    assert_eq!(newest[0].key, OrderKey::from("99"));
    assert_eq!(newest[39].key, OrderKey::from("60"));
}

#[test]
fn a_customer_knows_its_orders_by_key_and_guests_are_nobody() {
    let sales = vec![
        sale("1", 2, Some(7)),
        sale("1", 1, Some(7)),
        sale("2", 1, Some(7)),
        sale("3", 9, None),
    ];
    let customers = Customers::new(events(sales));
    settled(&customers.taken);
    assert_eq!(customers.count.get(), 1);
    let customer = customers.known.get(&CustomerKey(7)).unwrap();
    assert!(customer.orders.iter().eq([&OrderKey::from("1"), &"2".into()]));
    assert_eq!(customer.net, Money::from_cents(1000));
    assert_eq!(customers.known.get(&CustomerKey(8)), None);
}

/// The names of what is in a list.
fn keys<T: Clone, K>(list: &ListSnapshot<T>, key: impl Fn(&T) -> K) -> Vec<K> {
    list.iter().map(key).collect()
}

#[test]
fn equal_customers_are_ranked_by_name_and_only_five() {
    let sales = [9, 12, 100, 3, 4, 5].map(|customer| sale("1", 1, Some(customer)));
    let customers = Customers::new(events(sales.to_vec()));
    settled(&customers.taken);
    let names = keys(&customers.best.snapshot(), |customer| customer.key.0);
    assert_eq!(names, [100, 12, 3, 4, 5]);
}

#[test]
fn the_best_customers_are_those_of_a_recount_after_every_sale() {
    let (sender, sales) = channel(64);
    let customers = Customers::new(sales);
    let mut best = customers.best.follow_changes();
    let (mut shown, mut nets) = (Vec::new(), BTreeMap::<String, i64>::new());
    for number in 0..120_i64 {
        let (customer, quantity) = ((number * 7_919) % 23, (number * 48_271) % 13 - 4);
        let sale = sale(&number.to_string(), quantity, u64::try_from(customer).ok());
        block_on(sender.send(event(number.unsigned_abs(), sale))).unwrap();
        *nets.entry(customer.to_string()).or_default() += quantity * 250;
        let taken = number.unsigned_abs() + 1;
        block_on(customers.taken.wait_for(move |so_far| *so_far == taken)).unwrap();
        while let Some(Some(batch)) = best.next().now_or_never() {
            batch.apply_to(&mut shown).unwrap();
        }
        let mut expected: Vec<(&String, &i64)> = nets.iter().collect();
        expected.sort_by_key(|(_, net)| Reverse(**net));
        let expected = expected.into_iter().take(5);
        let expected = expected.map(|(name, net)| (name.clone(), Money::from_cents(*net)));
        let shown =
            shown.iter().map(|customer: &CustomerBrief| (customer.key.to_string(), customer.net));
        assert!(shown.eq(expected), "after sale {number}");
    }
}

#[test]
fn a_page_of_open_orders_has_those_that_wait_longest() {
    let mut sales: Vec<Sale> = (0..30).map(|number| sale(&number.to_string(), 1, None)).collect();
    sales.extend(["C3", "C12", "C77"].map(|cancellation| sale(cancellation, -1, None)));
    let orders = orders(sales);
    let open = Open::new(&orders.orders.entries());
    let page = || keys(&open.page.snapshot(), |order| order.key.to_string());
    let tally = orders.tally.get();
    assert_eq!(
        (open.count.get() as u64, tally.open()),
        (28, 28),
        "neither cancelled nor a cancellation"
    );
    assert_eq!(page(), ["0", "1", "2", "4", "5", "6", "7", "8", "9", "10"]);
    open.on();
    assert_eq!(page(), ["11", "13", "14", "15", "16", "17", "18", "19", "20", "21"]);
    open.on();
    open.on();
    assert_eq!(
        page(),
        ["22", "23", "24", "25", "26", "27", "28", "29"],
        "there is no page after it"
    );
    open.rows.set(3);
    open.from.set(1);
    assert_eq!(page(), ["1", "2", "4"]);
    open.back();
    open.back();
    assert_eq!(page(), ["0", "1", "2"]);
}

#[test]
fn an_order_that_is_cancelled_leaves_its_page_and_the_next_one_moves_up() {
    let (sender, sales) = channel(64);
    let orders = Orders::new(sales);
    let open = Open::new(&orders.orders.entries());
    open.rows.set(2);
    let mut taken = 0;
    let mut shown_after = |name: &str| {
        taken += 1;
        let all = taken;
        block_on(sender.send(event(all, sale(name, 1, None)))).unwrap();
        block_on(orders.taken.wait_for(move |taken| *taken == all)).unwrap();
        keys(&open.page.snapshot(), |order| order.key.to_string())
    };
    assert_eq!(shown_after("1"), ["1"]);
    assert_eq!(shown_after("2"), ["1", "2"]);
    assert_eq!(shown_after("3"), ["1", "2"]);
    assert_eq!(shown_after("C1"), ["2", "3"]);
    assert_eq!(shown_after("C5"), ["2", "3"]);
    assert_eq!(shown_after("5"), ["2", "3"], "it was taken back before it came");
    assert_eq!(shown_after("C2"), ["3"]);
}

#[test]
fn countries_and_products_add_up() {
    let sales = vec![sale("1", 2, None), Sale { country: "Japan".into(), ..sale("2", 3, None) }];
    let orders = orders(sales);
    let lines = orders.lines.entries();
    let countries = Countries::new(&lines);
    let expected =
        [("Japan".into(), Money::from_cents(750)), ("France".into(), Money::from_cents(500))];
    assert_eq!(countries.top.snapshot(), expected);
    let products = Products::new(&lines);
    assert_eq!(products.sold.get(&"10012".into()).unwrap().units, 5);
    assert_eq!(products.top.snapshot(), [("10012".into(), Money::from_cents(1250))]);
}

#[test]
fn a_late_sale_does_not_turn_the_clock_back() {
    let late = Sale { at: datetime(2026, 5, 4, 8, 0, 0, 0), ..sale("2", 1, None) };
    let clock = Clock::new(events(vec![sale("1", 1, None), late]));
    settled(&clock.face);
    assert_eq!(clock.time.get(), Some(datetime(2026, 5, 4, 9, 0, 0, 0)));
}
