/* What was traced, what stands out in it, and how far it can be trusted. */
#include "reports/blame.h"
#include "reports/escape.h"
#include "reports/names.h"
#include "reports/text_sections.h"
#include "reports/time_text.h"
#include "reports/verdict.h"

#include <inttypes.h>
#include <string.h>

enum { TEXT_SIZE = 640 };

void text_title(const struct text_page *page, const struct result *result)
{
    const struct trace_info *trace = &result->trace;
    char path[TEXT_SIZE], text[TEXT_SIZE], start[TIME_TEXT_SIZE];
    escape_terminal(path, sizeof path, result->path ? result->path : "?", TEXT_SIZE);
    text_paragraph(page, "heapfrag report: ", path);
    filetime_text(start, trace->start_filetime);
    size_t length = 0;
    if (trace->start_filetime)
        length = (size_t)snprintf(text, sizeof text, "%.10s %.8s UTC, ", start, start + 11);
    snprintf(text + length, sizeof text - length,
             "%s, %" PRIu32 " %s, %" PRIu32 "-bit, %s events (%s of heaps)",
             units_time(trace->duration_ns).text, trace->cpu_count,
             trace->cpu_count == 1 ? "CPU" : "CPUs", 8 * trace->pointer_bytes,
             units_count(trace->events).text, units_count(trace->heap_events).text);
    text_paragraph(page, "", text);
    if (result->from_ns > 0 || result->to_ns < trace->duration_ns) {
        text_say(page, "", "Totals cover %s to %s.", units_time(result->from_ns).text,
                 units_time(result->to_ns).text);
    }
}

void text_warnings(const struct text_page *page, const struct result *result)
{
    if (anomalies_worst(&result->anomalies) == SEVERITY_DATA_LOSS) {
        char text[TEXT_SIZE] = "DATA LOSS:";
        for (int i = 0; i < ANOMALY_COUNT; i++) {
            uint64_t count = result->anomalies.count[i];
            size_t length = strlen(text);
            if (count > 0 && anomaly_infos[i].severity == SEVERITY_DATA_LOSS)
                snprintf(text + length, sizeof text - length, " %s %s;", anomaly_infos[i].name,
                         units_count(count).text);
        }
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length,
                 " events are missing, so all totals are lower bounds, blocks that seem live may "
                 "have been freed, and no leak is claimed.");
        putc('\n', page->out);
        text_alarm(page, text);
    }
    if (!result->trace.read_to_end) {
        char text[TEXT_SIZE];
        snprintf(text, sizeof text,
                 "PARTIAL: the file was not read to its end; this covers its first %s.",
                 units_time(result->trace.duration_ns).text);
        putc('\n', page->out);
        text_alarm(page, text);
    }
}

/* One finding, and whose fault it is. */
static bool put_finding(const struct text_page *page, const struct result *result,
                        const struct finding *finding, size_t number, size_t *lines,
                        struct error *err)
{
    enum { LABEL_COLUMNS_MAX = 34, BLAME_COLUMNS = 200 };
    char label[LABEL_SIZE], lead[24], text[2 * TEXT_SIZE], blame[BLAME_TEXT_SIZE];
    if (!blame_finding(result, finding, blame, err))
        return false;
    heap_label(label, (struct heap_name){ finding->process, finding->heap, false },
               LABEL_COLUMNS_MAX);
    size_t length = (size_t)snprintf(text, sizeof text, "%s: %s", label, finding->sentence);
    if (finding->others > 0)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "; %zu more %s", finding->others,
                             finding->others == 1 ? "heap alike" : "heaps alike");
    if (blame[0] != '\0') {
        length += (size_t)snprintf(text + length, sizeof text - length, ". ");
        escape_terminal(text + length, sizeof text - length, blame, BLAME_COLUMNS);
    }
    snprintf(lead, sizeof lead, "%zu. ", number);
    *lines += text_paragraph(page, lead, text);
    return true;
}

/* Lines a finding takes are counted, so that the verdict stays something one reads at a glance. */
bool text_verdict(const struct text_page *page, const struct result *result, struct error *err)
{
    enum { LINES_A_FINDING = 3, LINES_WITH_STACKS = 5, VERDICT_LINES = 10, ALL_WITH_STACKS = 16 };
    size_t lines_each = result->stacks.known ? LINES_WITH_STACKS : LINES_A_FINDING;
    size_t lines_max = result->stacks.known ? ALL_WITH_STACKS : VERDICT_LINES;
    struct finding findings[FINDING_COUNT];
    size_t count = verdict_find(result, findings);
    size_t lines = 0;
    text_heading(page, "Verdict");
    if (result->process_count == 0 && result->trace.heap_events > 0)
        text_paragraph(page, "", "None of the trace's heaps is what was asked for.");
    else if (result->process_count == 0)
        text_paragraph(page, "",
                       "There are no heap events in this trace. Windows traces the heaps of a "
                       "process only when asked to, by name or id, before or while it runs.");
    else if (count == 0)
        text_paragraph(page, "", "Nothing stands out.");
    for (size_t i = 0; i < count && lines + lines_each <= lines_max; i++)
        if (!put_finding(page, result, &findings[i], i + 1, &lines, err))
            return false;
    return true;
}

static void put_anomaly(const struct text_page *page, const struct anomalies *anomalies, int which)
{
    const struct anomaly_info *info = &anomaly_infos[which];
    char place[64] = "";
    if (anomalies->first_offset[which] != ERROR_NO_OFFSET)
        snprintf(place, sizeof place, ", first at byte %" PRIu64, anomalies->first_offset[which]);
    text_say(page,
             info->severity == SEVERITY_DATA_LOSS ? "  data loss  "
             : info->severity == SEVERITY_SUSPECT ? "  suspect    "
                                                  : "  note       ",
             "%s: %s%s; %s", info->name, units_count(anomalies->count[which]).text, place,
             info->meaning);
}

void text_trace_quality(const struct text_page *page, const struct result *result)
{
    bool is_clean = true;
    text_heading(page, "Trace quality");
    for (int severity = SEVERITY_DATA_LOSS; severity >= SEVERITY_NOTE; severity--) {
        for (int i = 0; i < ANOMALY_COUNT; i++) {
            if (result->anomalies.count[i] == 0 || (int)anomaly_infos[i].severity != severity)
                continue;
            put_anomaly(page, &result->anomalies, i);
            is_clean = false;
        }
    }
    if (is_clean)
        text_paragraph(page, "",
                       trace_is_complete(&result->trace)
                           ? "The trace is complete, and nothing in it contradicts itself."
                           : "Nothing in what was read contradicts itself.");
    const char *note = trace_own_source_note(&result->trace);
    if (note)
        text_paragraph(page, "", note);
    text_stack_share(page, &result->stacks);
}
