/* The trace that a command line names, made ready to be read. */
#include "reports/cli/take_in.h"

#include "reports/cli/progress.h"
#include "reports/cli/session.h"
#include "reports/escape.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_SIZE = 1024 };

static void say_work(const struct intake *intake)
{
    char name[SHOWN_SIZE], folder[SHOWN_SIZE];
    bool is_unpacking = intake_progress(intake).work == INTAKE_UNPACKING;
    escape_terminal(name, sizeof name, intake_name(intake), SHOWN_SIZE);
    escape_terminal(folder, sizeof folder, intake_folder(), SHOWN_SIZE);
    fprintf(stderr, "heapfrag: %s: %s a temporary file in %s%s\n", name,
            is_unpacking ? "unpacking it to" : "copying it to", folder,
            is_unpacking ? "" : ", for a trace is read more than once");
}

static void say_once(const struct intake *intake)
{
    char name[SHOWN_SIZE];
    escape_terminal(name, sizeof name, intake_name(intake), SHOWN_SIZE);
    fprintf(stderr, "heapfrag: %s: read once and without a copy, at most %" PRIu64 " MiB ahead\n",
            name, intake_window_bytes(intake) >> 20);
}

static void heed_stop(struct intake *intake, struct progress *progress)
{
    if (!take_stop())
        return;
    intake_stop(intake);
    progress_end(progress);
    fputs("heapfrag: stopped early; what has come so far is read now\n", stderr);
}

/* Copies all of it. Each kind of work has its sentence and its own progress. */
static bool fill(struct intake *intake, bool is_quiet, struct error *err)
{
    enum intake_work said = INTAKE_NOTHING;
    enum intake_step step = INTAKE_MORE;
    struct progress progress = { 0 };
    while (step == INTAKE_MORE) {
        enum intake_work work = intake_progress(intake).work;
        if (work != said && work != INTAKE_NOTHING) {
            progress_end(&progress);
            progress = progress_begin(is_quiet);
            if (!is_quiet)
                say_work(intake);
        }
        said = work;
        step = intake_fill(intake, err);
        progress_show_intake(&progress, intake);
        heed_stop(intake, &progress);
    }
    progress_end(&progress);
    return step == INTAKE_READY;
}

struct intake *take_in(const char *path, const struct intake_options *options, bool is_quiet,
                       struct error *err)
{
    struct intake_options heeding = *options;
    heeding.is_stopped = is_stop_requested;
    struct intake *intake = intake_open(path, &heeding, err);
    if (!intake)
        return NULL;
    if (!fill(intake, is_quiet, err)) {
        intake_close(intake);
        return NULL;
    }
    if (intake_is_once(intake) && !is_quiet)
        say_once(intake);
    else if (intake_damage(intake)->code != ERROR_NONE)
        complain(intake_name(intake), intake_damage(intake));
    return intake;
}

void take_in_end(const struct intake *intake, const struct anomalies *anomalies)
{
    uint64_t late = anomalies->count[ANOMALY_beyond_window];
    char name[SHOWN_SIZE];
    if (!intake_is_once(intake))
        return;
    if (intake_damage(intake)->code != ERROR_NONE)
        complain(intake_name(intake), intake_damage(intake));
    if (late == 0)
        return;
    escape_terminal(name, sizeof name, intake_name(intake), SHOWN_SIZE);
    fprintf(stderr,
            "heapfrag: %s: %" PRIu64 " events or buffers came too late to be put in order of time; "
            "without --no-spool they would be\n",
            name, late);
}
