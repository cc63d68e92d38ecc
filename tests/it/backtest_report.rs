//! The HTML report of a backtest, opened in a browser: its layout at three widths, its drawings, and that
//! it asks for nothing.

use crate::support::browser::Browser;
use fixture::{Maker, empty};
use redcard::backtest::html::html;
use redcard::backtest::report::{self, Report};
use std::path::{Path, PathBuf};

#[path = "../fixtures/backtest/report.rs"]
mod fixture;

/// A telephone, half a screen, a large screen: in CSS pixels.
const WIDTHS: [u32; 3] = [400, 900, 1_600];

/// Elements that are wider than what they are in, unless that scrolls, and texts of drawings that are
/// outside of their drawing.
const OVERFLOWING: &str = "(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = e => e.closest('.scroll') !== null;
    const name = e => `${e.tagName}.${e.getAttribute('class')}: ${e.textContent.slice(0, 60)}`;
    const spills = e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && !e.closest('svg');
    const isWide = e => e.getBoundingClientRect().right > width + 1 || spills(e);
    const wide = [...document.querySelectorAll('body *')].filter(e => isWide(e) && !scrolls(e));
    const cut = [...document.querySelectorAll('svg.chart text')].filter(e => {
        const own = e.getBoundingClientRect(), all = e.ownerSVGElement.getBoundingClientRect();
        return own.left < all.left - 2 || own.right > all.right + 2;
    });
    const page = document.documentElement.scrollWidth > width ? ['the page scrolls'] : [];
    return page.concat(wide.map(name), cut.map(name));
})()";

/// The sizes of the texts of drawings as shown, in CSS pixels.
const TEXT_SIZES: &str = "
    [...document.querySelectorAll('svg.chart')].map(svg => {
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const sizes = [...svg.querySelectorAll('text')].map(e => parseFloat(getComputedStyle(e).fontSize));
        return scale * Math.min(...sizes);
    })";

fn write(folder: &Path, name: &str, report: &Report) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, html(report)).unwrap();
    file
}

fn texts(value: &serde_json::Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn the_report_fits_three_widths_in_light_and_dark_and_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let reports = [
        ("everything.html", Maker::plain().everything()),
        ("hostile.html", Maker::hostile().everything()),
        ("empty.html", empty()),
    ];
    let mut browser = Browser::start(folder.path());
    for (name, report) in reports {
        let file = write(folder.path(), name, &report);
        for (width, colours) in
            WIDTHS.iter().flat_map(|width| [(*width, "light"), (*width, "dark")])
        {
            browser.set_view(width, colours);
            browser.requests.clear();
            browser.open(&file);
            let overflowing = browser.evaluate(OVERFLOWING);
            assert!(texts(&overflowing).is_empty(), "{name} at {width}: {overflowing:#}");
            browser.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)");
            let overflowing = browser.evaluate(OVERFLOWING);
            assert!(texts(&overflowing).is_empty(), "{name}, open, at {width}: {overflowing:#}");
            assert_eq!(browser.requests, [format!("file://{}", file.display())], "{name}");
            assert!(browser.errors.is_empty(), "{name}: {:?}", browser.errors);
        }
    }
}

#[test]
fn the_drawings_are_visible_and_their_texts_are_large_enough_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "report.html", &Maker::plain().everything());
    let mut browser = Browser::start(folder.path());
    for width in WIDTHS {
        browser.set_view(width, "light");
        browser.open(&file);
        let sizes = browser.evaluate(TEXT_SIZES);
        let sizes: Vec<f64> =
            sizes.as_array().unwrap().iter().map(|size| size.as_f64().unwrap()).collect();
        assert!(sizes.len() >= 15, "{} drawings at {width}", sizes.len());
        for size in sizes {
            assert!((8.5..=16.0).contains(&size), "a text is {size} pixels high at {width}");
        }
        let colours = browser.evaluate(
            "[...document.querySelectorAll('.chart rect:not(.track)')].map(e => getComputedStyle(e).fill)",
        );
        assert!(!texts(&colours).contains(&"rgb(0, 0, 0)"), "a shape has no colour");
    }
}

#[test]
fn hostile_text_is_shown_and_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "hostile.html", &Maker::hostile().everything());
    let mut browser = Browser::start(folder.path());
    browser.set_view(900, "light");
    browser.open(&file);
    assert_eq!(browser.evaluate("document.querySelectorAll('script, img, iframe').length"), 0);
    let shown = "document.body.textContent.includes(\"<script>alert(\\\"1\\\")</script>\")";
    assert_eq!(browser.evaluate(shown), true);
    assert_eq!(browser.requests, [format!("file://{}", file.display())]);
    assert!(browser.errors.is_empty(), "{:?}", browser.errors);
}

/// The browser itself is tested: a page that loads something and is too wide is found.
#[test]
fn a_page_that_loads_or_overflows_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.html");
    let text = "<!doctype html><meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">\
                <link rel=stylesheet href=other.css><script>1</script><p style=width:2000px>wide";
    std::fs::write(&file, text).unwrap();
    let mut browser = Browser::start(folder.path());
    browser.set_view(400, "light");
    browser.open(&file);
    assert!(browser.requests.iter().any(|request| request.ends_with("/other.css")));
    assert!(browser.errors.iter().any(|error| error.contains("Content Security Policy")));
    let overflowing = browser.evaluate(OVERFLOWING);
    assert_eq!(texts(&overflowing), ["the page scrolls", "P.null: wide"]);
}
