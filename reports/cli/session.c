/* What every command that reads a trace needs: complaints, progress, a way to be stopped. */
#include "reports/cli/session.h"

#include "reports/escape.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stop_requested;

static int status_of(enum error_code code)
{
    switch (code) {
    case ERROR_NONE:
        return STATUS_OK;
    case ERROR_USAGE:
        return STATUS_USAGE;
    case ERROR_INTERNAL:
        return STATUS_INTERNAL;
    default:
        return STATUS_INPUT;
    }
}

int complain(const char *path, const struct error *err)
{
    enum { SHOWN_SIZE = 1024 };
    char name[SHOWN_SIZE], sentence[SHOWN_SIZE], place[48] = "";
    escape_terminal(sentence, sizeof sentence, err->message, SHOWN_SIZE);
    if (err->offset != ERROR_NO_OFFSET)
        snprintf(place, sizeof place, " (at byte %" PRIu64 ")", err->offset);
    escape_terminal(name, sizeof name, path ? path : "", SHOWN_SIZE);
    fprintf(stderr, "heapfrag: %s%s%s%s\n", name, path ? ": " : "", sentence, place);
    return status_of(err->code);
}

int complain_usage(const struct command_line *line, const struct error *err)
{
    int status = complain(NULL, err);
    fprintf(stderr, "usage: heapfrag %s %s\n('heapfrag %s --help' explains the options)\n",
            line->command, line->usage, line->command);
    return status;
}

void ignore_closed_pipes(void)
{
    struct sigaction action = { .sa_handler = SIG_IGN };
    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
}

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

void stop_on_interrupt(void)
{
    struct sigaction action = { .sa_handler = request_stop, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool is_stop_requested(void)
{
    return stop_requested != 0;
}

struct progress progress_begin(bool is_quiet)
{
    return (struct progress){ .is_shown = !is_quiet && isatty(STDERR_FILENO) };
}

void progress_show(struct progress *progress, const struct decoder *decoder)
{
    const struct trace_info *info = decoder_info(decoder);
    if (!progress->is_shown || info->file_bytes == 0)
        return;
    double share = (double)decoder_bytes_done(decoder) / (double)info->file_bytes;
    unsigned percent = share >= 1 ? 100 : (unsigned)(100 * share);
    if (percent == progress->percent)
        return;
    progress->percent = percent;
    fprintf(stderr, "\rreading: %u %%, %" PRIu64 " events", percent, info->events);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown && progress->percent > 0)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
