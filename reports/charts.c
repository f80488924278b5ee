/* All charts of a result: written for gnuplot, and drawn if it is there. */
#include "reports/charts.h"
#include "reports/gnuplot.h"
#include "reports/subjects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct chart *const chart_list[] = {
    &chart_footprint,      &chart_fragmentation, &chart_address_map, &chart_address_profile,
    &chart_page_occupancy, &chart_gaps,          &chart_live_sizes,  &chart_lifetimes,
    &chart_outcomes,       &chart_move_rate,     &chart_growth,      &chart_size_pairs,
    &chart_copied,         &chart_chains,        &chart_chain_paths, &chart_source_mix,
    &chart_events,
};

const size_t chart_count = sizeof chart_list / sizeof chart_list[0];

const struct chart *const two_chart_list[] = {
    &chart_two_footprints, &chart_two_fragmentations, &chart_map_difference, &chart_end_difference,
    &chart_two_pages,      &chart_two_gaps,           &chart_two_sizes,      &chart_two_lifetimes,
    &chart_two_outcomes,   &chart_two_move_rates,     &chart_two_copied,
};

const size_t two_chart_count = sizeof two_chart_list / sizeof two_chart_list[0];

bool result_has_one_heap(const struct result *result)
{
    return result->process_count == 1 && result->processes[0].heap_count == 1;
}

/* Where there is but one heap, the trace's charts would be its own a second time. */
static bool is_shown(const struct chart *chart, const struct chart_subject *subject)
{
    bool is_repeated = !subject->base && result_has_one_heap(subject->result);
    return subject->heap || !(chart->heaps_only || is_repeated);
}

static bool list_entries(struct charts *charts)
{
    charts->entries =
        calloc(charts->subject_count * charts->kind_count + 1, sizeof *charts->entries);
    if (!charts->entries)
        return false;
    for (size_t s = 0; s < charts->subject_count; s++) {
        const struct chart_subject *subject = &charts->subjects[s];
        for (size_t c = 0; c < charts->kind_count; c++) {
            const struct chart *chart = charts->kinds[c];
            if (!is_shown(chart, subject))
                continue;
            struct chart_entry *entry = &charts->entries[charts->count++];
            entry->chart = chart;
            entry->subject = s;
            entry->why_empty = chart->why_empty(subject);
            snprintf(entry->name, sizeof entry->name, "%s-%s", subject->slug, chart->name);
        }
    }
    return true;
}

static bool write_scripts(const struct charts *charts, const char *directory, enum picture picture,
                          struct error *err)
{
    for (size_t i = 0; i < charts->count; i++) {
        const struct chart_entry *entry = &charts->entries[i];
        struct plot plot;
        if (entry->why_empty)
            continue;
        if (!plot_begin(&plot, directory, entry->name, picture, entry->chart->is_wide, err))
            return false;
        entry->chart->draw(&charts->subjects[entry->subject], &plot);
        if (!plot_end(&plot, err))
            return false;
    }
    return true;
}

/* Room for the name of a script, beside the job that borrows it. */
struct script_name {
    char text[PLOT_NAME_SIZE + sizeof ".gp"];
};

static bool draw(struct charts *charts, const char *directory, struct error *err)
{
    struct gnuplot_job *jobs = calloc(charts->count + 1, sizeof *jobs);
    struct script_name *names = calloc(charts->count + 1, sizeof *names);
    size_t count = 0;
    bool is_ready = jobs && names;
    for (size_t i = 0; is_ready && i < charts->count; i++) {
        if (charts->entries[i].why_empty)
            continue;
        snprintf(names[count].text, sizeof names->text, "%s.gp", charts->entries[i].name);
        jobs[count].script = names[count].text;
        count++;
    }
    if (is_ready && count > 0)
        gnuplot_run(directory, jobs, count, GNUPLOT_SECONDS, &charts->gnuplot);
    size_t job = 0;
    for (size_t i = 0; is_ready && i < charts->count; i++) {
        if (charts->entries[i].why_empty)
            continue;
        charts->failures += !jobs[job].is_done;
        charts->entries[i].is_drawn = jobs[job++].is_done;
    }
    free(names);
    free(jobs);
    return is_ready || error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the charts");
}

/* Releases `charts` when it does not work. */
static bool write_subjects(struct charts *charts, const char *directory, enum picture picture,
                           struct error *err)
{
    if (!charts->subjects || !list_entries(charts)) {
        charts_release(charts);
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the charts");
    }
    if (!directory)
        return true;
    if (write_scripts(charts, directory, picture, err) && draw(charts, directory, err))
        return true;
    charts_release(charts);
    return false;
}

bool charts_write(const struct result *result, size_t top, const char *directory,
                  enum picture picture, struct charts *out, struct error *err)
{
    *out = (struct charts){ .kinds = chart_list, .kind_count = chart_count };
    out->subject_count = subjects_choose(result, top, &out->subjects);
    return write_subjects(out, directory, picture, err);
}

bool charts_write_two(const struct chart_subject *subjects, size_t count, const char *directory,
                      enum picture picture, struct charts *out, struct error *err)
{
    *out = (struct charts){ .kinds = two_chart_list, .kind_count = two_chart_count };
    out->subjects = calloc(count + 1, sizeof *out->subjects);
    if (out->subjects && count > 0)
        memcpy(out->subjects, subjects, count * sizeof *subjects);
    out->subject_count = count;
    return write_subjects(out, directory, picture, err);
}

void charts_release(struct charts *charts)
{
    free(charts->subjects);
    free(charts->entries);
    *charts = (struct charts){ 0 };
}

const struct chart_entry *charts_find(const struct charts *charts, const struct heap_result *heap,
                                      const char *chart_name)
{
    for (size_t i = 0; i < charts->count; i++)
        if (charts->subjects[charts->entries[i].subject].heap == heap &&
            strcmp(charts->entries[i].chart->name, chart_name) == 0)
            return &charts->entries[i];
    return NULL;
}
