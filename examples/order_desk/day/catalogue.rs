//! What the shop sells, and where to.

/// A product: stock code, name, price in cents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Article {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) cents: i64,
}

const fn article(code: &'static str, name: &'static str, cents: i64) -> Article {
    Article { code, name, cents }
}

pub(super) const ARTICLES: [Article; 30] = [
    article("10012", "Enamel mug, blue rim", 495),
    article("10013", "Enamel mug, red rim", 495),
    article("10027", "Beeswax candles, six", 850),
    article("10031", "Linen tea towel", 725),
    article("10044", "Oak chopping board", 2450),
    article("10058", "Brass bell", 1290),
    article("10060", "Paper stars, twelve", 375),
    article("10071", "Wool blanket", 5900),
    article("10075", "Jam jar labels", 195),
    article("10083", "Wicker basket, small", 1480),
    article("10084", "Wicker basket, large", 2275),
    article("10096", "Glass cloche", 1850),
    article("10102", "Tin lantern", 1125),
    article("10115", "Seed packets, herbs", 250),
    article("10116", "Seed packets, meadow", 250),
    article("10129", "Garden twine", 320),
    article("10133", "Copper watering can", 3895),
    article("10148", "Ceramic hook", 410),
    article("10150", "Postcards, harbour", 180),
    article("10167", "Kite, swallow", 1560),
    article("10172", "Wooden train", 2790),
    article("10178", "Skipping rope", 645),
    article("10181", "Chalk, twenty", 290),
    article("10199", "Notebook, ruled", 540),
    article("10200", "Notebook, plain", 540),
    article("10214", "Fountain pen", 3350),
    article("10226", "Ink, bottle", 980),
    article("10237", "Cake stand", 2995),
    article("10245", "Rolling pin", 1175),
    article("10258", "Bread tin", 1620),
];

/// The countries, each as often as its share of the customers.
pub(super) const COUNTRIES: [(&str, u32); 14] = [
    ("United Kingdom", 34),
    ("Germany", 22),
    ("France", 18),
    ("Netherlands", 12),
    ("Ireland", 10),
    ("Spain", 9),
    ("Sweden", 7),
    ("Italy", 7),
    ("Portugal", 5),
    ("Norway", 5),
    ("Japan", 4),
    ("Poland", 4),
    ("Finland", 3),
    ("Iceland", 2),
];
