#!/bin/bash
# Makes reports of recorded, synthetic and real traces, compares every chart with result.json, and
# opens each page in a browser, wide and narrow: no complaint, no request, every chart, sorting,
# filter, links, both themes.
# Usage: check_page.sh BUILD/heapfrag; leaves screenshots in $KEEP when that is set.
set -euo pipefail
heapfrag=$1
maker=$(dirname "$heapfrag")/tests/test_report_html
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ] || ! command -v gnuplot >/dev/null; then
    echo "skipped: chromium and gnuplot are needed to look at a page"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PAGE_MAX=$((3 << 20))

# The checks are appended to a copy of the page, so they run where its own script does. Their
# outcome goes to the page around it, whose frame is as wide as the window of the reader.
cat >"$folder/checks.html" <<'CHECKS'
<script>
const report = [];
const expect = (what, is, wanted) =>
  report.push((is === wanted ? "ok " : "FAILED ") + what + ": " + is + (is === wanted ? "" : " is not " + wanted));
const all = selector => [...document.querySelectorAll(selector)];

const checkStructure = () => {
  const figures = all("figure");
  const sections = all("section[id^=process]").length;
  const wholeTrace = document.getElementById("whole-trace") ? 15 : 0;
  expect("script has run", document.documentElement.dataset.ready, "yes");
  expect("heaps that are drawn", sections, WANTED.heaps);
  expect("figures", figures.length, sections * 17 + wholeTrace);
  const bare = figures.filter(f => !f.querySelector("svg[role=img] path"));
  expect("figures with neither picture nor reason", bare.filter(f => !f.querySelector(".none")).length, 0);
  expect("figures without a picture", bare.length <= WANTED.bare || bare.map(f => f.id).join(" "), true);
  expect("figures without words", figures.filter(f => f.querySelector("figcaption").textContent.length < 40).length, 0);
  const svgs = all("svg[role=img]");
  expect("pictures without a name", svgs.filter(s => !document.getElementById(s.getAttribute("aria-labelledby"))?.textContent).length, 0);
  expect("pictures without a description", svgs.filter(s => !document.getElementById(s.getAttribute("aria-describedby"))?.textContent).length, 0);
  const ids = all("[id]").map(e => e.id);
  expect("ids that clash", ids.length - new Set(ids).size, 0);
  expect("links that lead nowhere", all("a[href^='#']").filter(a => !document.getElementById(a.hash.slice(1))).length, 0);
  const references = all("use").map(u => u.getAttribute("xlink:href") ?? u.getAttribute("href"));
  expect("shapes that are missing", references.filter(r => !document.getElementById(r.slice(1))).length, 0);
  expect("tables without heads", all("table").filter(t => !t.caption || !t.querySelector("thead th[scope=col]")).length, 0);
  expect("rows without heads", all("tbody tr").filter(r => !r.querySelector("th[scope=row]")).length, 0);
  const findings = all("#verdict li");
  expect("findings that lead nowhere", findings.filter(li => !li.querySelector("a, code")).length, 0);
  expect("scripts of others", all("script").length, 2);
  expect("images of others", all("img, iframe, object, link").length, 0);
  expect("page is no wider than its window", document.documentElement.scrollWidth <= innerWidth, true);
  expect("width of the window", innerWidth, WANTED.width);
};

const checkTables = () => {
  const table = document.querySelector("#heaps table");
  if (!table) return expect("a page without heaps says so", document.getElementById("all-heaps").textContent.includes("no heap events"), true);
  const column = () => [...table.tBodies[0].rows].map(r => Number(r.cells[1].dataset.v));
  const sorted = (a, order) => a.every((v, i) => i === 0 || order * (v - a[i - 1]) >= 0);
  expect("rows come with the highest live peak first", sorted(column(), -1), true);
  const head = table.tHead.rows[0].cells[1];
  const button = head.querySelector("button");
  button.focus();
  expect("the keyboard reaches a head", document.activeElement === button && button.tabIndex === 0, true);
  button.click();
  expect("a click sorts the other way", sorted(column(), 1), true);
  expect("sorting is said to readers", head.getAttribute("aria-sort"), "ascending");
  const filter = document.querySelector("input[data-filter=heaps]");
  const rows = [...table.tBodies[0].rows];
  filter.value = rows[0].cells[0].textContent.toUpperCase();
  filter.dispatchEvent(new Event("input"));
  const shown = rows.filter(r => !r.hidden).length;
  expect("the filter leaves the row it names", shown >= 1 && shown < Math.max(rows.length, 2), true);
  expect("the filter says how many", document.querySelector("[data-count=heaps]").textContent, `${shown} of ${rows.length}`);
};

// A click on a flame graph makes a box as wide as the picture; the button brings all back.
const checkFlames = () => {
  const graphs = all(".flame-graph");
  expect("flame graphs", graphs.length, WANTED.flames ?? 0);
  for (const graph of graphs) {
    graph.closest("details").open = true;
    const boxes = [...graph.children].filter(e => e.localName === "svg");
    const tools = graph.previousElementSibling;
    const areas = boxes.map(b => b.querySelector("rect"));
    const widths = () => areas.map(a => a.getBoundingClientRect().width);
    const before = widths();
    expect("every box is as wide as it can be seen", before.every(w => w > 0), true);
    expect("a graph fits the page", Math.max(...areas.map(a => a.getBoundingClientRect().right)) <= innerWidth, true);
    const narrow = before.findIndex(w => w < before[0] / 3);
    boxes[narrow].dispatchEvent(new MouseEvent("click", { bubbles: true }));
    const after = widths();
    expect("a click widens a box", Math.abs(after[narrow] - before[0]) < 1, true);
    expect("what stands beside it makes room", after.some(w => w === 0), true);
    expect("a click says what the box is", tools.querySelector("[role=status]").textContent.length > 5, true);
    const input = tools.querySelector("input");
    input.value = boxes[narrow].querySelector("title").textContent.split("\n")[0].toUpperCase();
    input.dispatchEvent(new Event("input"));
    expect("a search finds the box", boxes[narrow].classList.contains("found"), true);
    input.value = "";
    input.dispatchEvent(new Event("input"));
    tools.querySelector("button").click();
    const back = widths();
    expect("the button brings all back", back.every((w, i) => Math.abs(w - before[i]) < 0.5), true);
  }
  if (graphs.length === 0) return;
  const rows = all("#stack-rows tbody tr");
  expect("stacks that open", rows.filter(r => r.querySelector("details ol li")).length > 5, true);
  expect("stacks that say who is to blame", rows.every(r => !r.querySelector("details") || r.querySelector("ol strong")), true);
};

// WCAG 2.1: contrast of text, which is to be 4.5 at least.
const channels = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const background = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if ((channels(colour)[3] ?? 1) > 0) return channels(colour);
  }
  return [255, 255, 255];
};
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const checkContrast = theme => {
  let worst = [99, ""];
  for (const e of all("h1, h2, h3, h4, p, li, dt, dd, th, td, a, figcaption, .watch, button, strong, svg text")) {
    const style = getComputedStyle(e);
    const ratio = contrast(luminance(channels(e.closest("svg") ? style.fill : style.color)), luminance(background(e)));
    if (ratio < worst[0]) worst = [ratio, e.tagName + " " + e.textContent.slice(0, 30)];
  }
  expect(`contrast of text, ${theme}`, worst[0] >= 4.5 || worst.join(" "), true);
};

const finish = closed => {
  if (closed) expect("a link opens what it leads to", closed.open, true);
  expect("requests", performance.getEntriesByType("resource").length, 0);
  report.push("done");
  parent.postMessage(report.join("\n"), "*");
};

try {
  checkStructure();
  checkTables();
  checkContrast("light");
  checkFlames();
  const closed = all("details:not([open])").filter(d => d.querySelector("figure")).pop();
  if (closed) location.hash = closed.querySelector("figure").id;
  const before = getComputedStyle(document.body).backgroundColor;
  document.getElementById("theme").click();
  expect("the button changes the theme", getComputedStyle(document.body).backgroundColor !== before, true);
  const line = document.querySelector(".charts [stroke='rgb(0,114,178)']");
  if (line) expect("charts follow the theme", getComputedStyle(line).stroke, "rgb(88, 166, 230)");
  checkContrast("dark");
  setTimeout(finish, 200, closed);
} catch (error) {
  report.push("FAILED " + error);
  finish();
}
</script>
CHECKS

browse() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$folder/profile" --enable-logging=stderr --virtual-time-budget=3000 "$@"
}

# A page around a page: a window narrower than 500 is not to be had otherwise.
frame() { # PAGE WIDTH HEIGHT
    cat <<FRAME
<!DOCTYPE html><html><body style="margin:0"><pre id="checks"></pre><script>
addEventListener("message", event => { document.getElementById("checks").textContent = event.data; });
</script><iframe src="$1" style="border:0;width:$2px;height:$3px;display:block"></iframe></body></html>
FRAME
}

status=0
fail() {
    echo "FAILED $*"
    status=1
}

check_page() { # NAME HEAPS BARE [FLAMES]
    local name=$1 flames=${4:-0} width
    local page="$folder/$name/report.html"
    [ "$(stat -c %s "$page")" -lt $PAGE_MAX ] || fail "$name is larger than $PAGE_MAX bytes"
    for width in 1280 400; do
        {
            cat "$page"
            echo "<script>const WANTED = { heaps: $2, bare: $3, width: $width, flames: $flames };</script>"
            sed 's/all("script").length, 2/all("script").length, 3/' "$folder/checks.html"
        } >"$folder/$name/checked.html"
        frame checked.html $width 900 >"$folder/$name/frame.html"
        browse --window-size=1300,900 --dump-dom "file://$folder/$name/frame.html" \
            >"$folder/dom" 2>"$folder/log"
        sed -n '/<pre id="checks">/,/<\/pre>/p' "$folder/dom" | sed 's/<[^>]*>//g' \
            >"$folder/answers"
        if grep FAILED "$folder/answers"; then
            fail "$name at a width of $width"
        elif ! grep -q '^done' "$folder/answers"; then
            fail "$name at a width of $width: the checks did not come to their end"
        else
            echo "ok $name at a width of $width: $(grep -c '^ok' "$folder/answers") checks"
        fi
        if grep CONSOLE "$folder/log"; then
            fail "$name: the browser complains"
        fi
        if [ -n "${KEEP:-}" ]; then
            frame report.html $width 6000 >"$folder/$name/frame.html"
            browse --window-size=$((width > 500 ? width : 500)),6000 \
                --screenshot="$KEEP/$name-$width.png" "file://$folder/$name/frame.html" \
                2>"$folder/log"
        fi
    done
}

check_trace() { # NAME TRACE HEAPS BARE [OPTION…]
    local name=$1 trace=$2 heaps=$3 bare=$4
    shift 4
    "$heapfrag" report -q "$@" -o "$folder/$name" "$trace" >"$folder/text" ||
        fail "$name: exit status $?"
    if [ "$heaps" -gt 0 ]; then
        /usr/bin/python3 tests/chart_data.py "$folder/$name" || fail "$name: charts"
    fi
    check_page "$name" "$heaps" "$bare"
}

"$maker" "$folder/fixture"
check_page fixture 3 0
"$maker" stacks "$folder/stacks"
check_page stacks 3 0 4
"$maker" traces "$folder"
check_trace one "$folder/one.etl" 1 0
check_trace many "$folder/many.etl" 2 0 --top 2
check_trace lost "$folder/lost.etl" 3 0
grep -q 'events lost' "$folder/lost/charts/trace-footprint.svg" || fail "losses are not marked"
if command -v perl >/dev/null; then
    "$heapfrag" record -o "$folder/perl.etl" -- \
        perl -e 'my %h; for my $i (1 .. 9000) { $h{$i % 900} .= "x" x ($i % 70) }' 2>"$folder/log" ||
        fail "a recording: $(cat "$folder/log")"
    check_trace perl "$folder/perl.etl" 1 3
fi
if [ -e ../shared/etl/tx_Process.etl ]; then
    check_trace no_heaps ../shared/etl/tx_Process.etl 0 0
fi
exit $status
