/* A line on standard error, if that is a terminal, that says how much has been read. */
#include "reports/cli/progress.h"

#include "reports/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND UINT64_C(1000000000)
enum { LINES_A_SECOND = 5, LINE_SIZE = 160, SECONDS_A_MINUTE = 60 };

static uint64_t now_ns(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

struct progress progress_begin(bool is_quiet)
{
    struct progress progress = { .is_shown = !is_quiet && isatty(STDERR_FILENO) };
    if (progress.is_shown) {
        progress.start_ns = now_ns();
        progress.next_ns = progress.start_ns + NS_PER_SECOND / LINES_A_SECOND;
    }
    return progress;
}

/* Whether a line is due; then `*elapsed_ns` is above 0. */
static bool is_due(struct progress *progress, uint64_t *elapsed_ns)
{
    if (!progress->is_shown)
        return false;
    uint64_t now = now_ns();
    if (now < progress->next_ns)
        return false;
    progress->next_ns = now + NS_PER_SECOND / LINES_A_SECOND;
    *elapsed_ns = now - progress->start_ns;
    return true;
}

static void put_line(struct progress *progress, const char *line)
{
    fprintf(stderr, "\r%s\033[K", line);
    progress->has_line = true;
}

/* A number that is not negative, as far as it fits. */
static uint64_t whole(double number)
{
    return number < 0x1p63 ? (uint64_t)number : UINT64_C(1) << 63;
}

static uint64_t a_second(uint64_t amount, uint64_t elapsed_ns)
{
    return whole((double)amount * (double)NS_PER_SECOND / (double)elapsed_ns);
}

/* "43.0 % of 1.20 GiB", and how long the rest takes if it goes on like this. */
static void say_share(uint64_t done, uint64_t all, uint64_t elapsed_ns, char share[LINE_SIZE],
                      char left[LINE_SIZE])
{
    double part = all == 0 || done >= all ? 1 : (double)done / (double)all;
    uint64_t left_ns = part > 0 ? whole((double)elapsed_ns * (1 - part) / part) : 0;
    uint64_t left_s = left_ns / NS_PER_SECOND + 1;
    bool is_long = left_s >= 2 * SECONDS_A_MINUTE;
    snprintf(share, LINE_SIZE, "%u %% of %s", (unsigned)(100 * part), units_bytes(all).text);
    snprintf(left, LINE_SIZE, "%" PRIu64 " %s left", is_long ? left_s / SECONDS_A_MINUTE : left_s,
             is_long ? "min" : "s");
}

void progress_show(struct progress *progress, const struct decoder *decoder)
{
    uint64_t elapsed_ns;
    char share[LINE_SIZE], left[LINE_SIZE], line[3 * LINE_SIZE];
    if (!is_due(progress, &elapsed_ns))
        return;
    const struct trace_info *info = decoder_info(decoder);
    if (info->file_bytes > 0) {
        say_share(decoder_bytes_done(decoder), info->file_bytes, elapsed_ns, share, left);
    } else {
        snprintf(share, sizeof share, "%s", units_bytes(decoder_bytes_done(decoder)).text);
        snprintf(left, sizeof left, "no telling how much is left");
    }
    snprintf(line, sizeof line, "reading: %s, %s events, %s a second, %s", share,
             units_count(info->events).text, units_count(a_second(info->events, elapsed_ns)).text,
             left);
    put_line(progress, line);
}

void progress_show_intake(struct progress *progress, const struct intake *intake)
{
    uint64_t elapsed_ns;
    char share[LINE_SIZE], left[LINE_SIZE], line[3 * LINE_SIZE];
    if (!is_due(progress, &elapsed_ns))
        return;
    const struct intake_progress done = intake_progress(intake);
    struct unit_text copied = units_bytes(done.copied_bytes);
    struct unit_text speed = units_bytes(a_second(done.copied_bytes, elapsed_ns));
    if (done.work == INTAKE_UNPACKING) {
        say_share(done.packed_bytes, done.packed_total, elapsed_ns, share, left);
        snprintf(line, sizeof line, "unpacking: %s, %s so far, %s a second, %s", share, copied.text,
                 speed.text, left);
    } else {
        snprintf(line, sizeof line, "copying: %s so far, %s a second", copied.text, speed.text);
    }
    put_line(progress, line);
}

void progress_end(struct progress *progress)
{
    if (progress->has_line)
        fputs("\r\033[K", stderr);
    *progress = (struct progress){ 0 };
}
