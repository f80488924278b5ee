#!/bin/bash
# Opens a page in a browser: no complaint, no request, every chart, sorting, filter, links, theme.
# Usage: check_page.sh BUILD/heapfrag; leaves screenshots in $KEEP when that is set.
set -euo pipefail
maker=$(dirname "$1")/tests/test_report_html
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ] || ! command -v gnuplot >/dev/null; then
    echo "skipped: chromium and gnuplot are needed to look at a page"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$maker" "$folder/report"

# The checks are appended to the page itself, so they run where its own script does.
cat >"$folder/checks.html" <<'CHECKS'
<pre id="checks"></pre>
<script>
const report = [];
const expect = (what, is, wanted) =>
  report.push((is === wanted ? "ok " : "FAILED ") + what + ": " + is + (is === wanted ? "" : " is not " + wanted));
const figures = [...document.querySelectorAll("figure")];
expect("script has run", document.documentElement.dataset.ready, "yes");
expect("figures", figures.length, 15 + 3 * 17);
expect("figures without a picture", figures.filter(f => !f.querySelector("svg[role=img] path")).length, 0);
expect("figures without words", figures.filter(f => f.querySelector("figcaption").textContent.length < 40).length, 0);
const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
expect("ids that clash", ids.length - new Set(ids).size, 0);
const broken = [...document.querySelectorAll("a[href^='#']")].filter(a => !document.getElementById(a.hash.slice(1)));
expect("links that lead nowhere", broken.length, 0);
const references = [...document.querySelectorAll("use")].map(u => u.getAttribute("xlink:href") ?? u.getAttribute("href"));
expect("shapes that are missing", references.filter(r => !document.getElementById(r.slice(1))).length, 0);
expect("heads that are no heads", document.querySelectorAll("thead td").length, 0);
expect("the verdict leads to charts", document.querySelectorAll("#verdict li a").length > 0, true);

const table = document.querySelector("#heaps table");
const column = () => [...table.tBodies[0].rows].map(r => Number(r.cells[1].dataset.v));
const sorted = (a, order) => a.every((v, i) => i === 0 || order * (v - a[i - 1]) >= 0);
const button = table.tHead.rows[0].cells[1].querySelector("button");
button.click();
expect("first click sorts down", sorted(column(), -1), true);
button.click();
expect("second click sorts up", sorted(column(), 1), true);
expect("sorting is said to readers", table.tHead.rows[0].cells[1].getAttribute("aria-sort"), "ascending");
const filter = document.querySelector("input[data-filter]");
filter.value = "server";
filter.dispatchEvent(new Event("input"));
expect("rows that the filter leaves", [...table.tBodies[0].rows].filter(r => !r.hidden).length, 2);

const closed = [...document.querySelectorAll("details:not([open])")].pop();
location.hash = closed.querySelector("figure").id;
const before = getComputedStyle(document.body).backgroundColor;
document.getElementById("theme").click();
expect("the button changes the theme", getComputedStyle(document.body).backgroundColor !== before, true);
const line = document.querySelector(".charts [stroke='rgb(0,114,178)']");
expect("charts follow the theme", getComputedStyle(line).stroke, "rgb(88, 166, 230)");
expect("page is no wider than its window", document.documentElement.scrollWidth <= innerWidth, true);
setTimeout(() => {
  expect("a link opens what it leads to", closed.open, true);
  expect("requests", performance.getEntriesByType("resource").length, 0);
  report.push("done");
  document.getElementById("checks").textContent = report.join("\n");
}, 200);
</script>
CHECKS
cat "$folder/report/report.html" "$folder/checks.html" >"$folder/report/checked.html"

browse() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$folder/profile" --enable-logging=stderr --virtual-time-budget=3000 "$@"
}
status=0
for width in 1280 500; do
    browse --window-size=$width,900 --dump-dom "file://$folder/report/checked.html" \
        >"$folder/dom" 2>"$folder/log"
    sed -n '/<pre id="checks">/,/<\/pre>/p' "$folder/dom" | sed 's/<[^>]*>//g' >"$folder/answers"
    echo "At a width of $width:"
    cat "$folder/answers"
    if grep -q FAILED "$folder/answers" || ! grep -q '^done' "$folder/answers"; then
        status=1
    fi
    if grep CONSOLE "$folder/log"; then
        status=1
    fi
    if [ -n "${KEEP:-}" ]; then
        browse --window-size=$width,9000 --screenshot="$KEEP/page-$width.png" \
            "file://$folder/report/report.html" 2>"$folder/log"
    fi
done
exit $status
