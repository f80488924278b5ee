/* What every command that reads a trace needs: complaints, a way to be stopped. */
#include "reports/cli/session.h"

#include "reports/escape.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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
    if (path && strcmp(path, "-") == 0)
        path = "standard input";
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

/* False fills `err`. */
static bool read_words(const struct command_line *line, int argc, char **argv,
                       struct operands *operands, struct error *err)
{
    return command_line_read(line, argc, argv, operands, err) &&
           (operands->wants_help || !line->check || line->check(line->request, operands, err));
}

bool begin_command(const struct command_line *line, int argc, char **argv,
                   struct operands *operands, int *status)
{
    struct error err = { 0 };
    if (!read_words(line, argc, argv, operands, &err)) {
        *status = err.code == ERROR_USAGE ? complain_usage(line, &err) : complain(NULL, &err);
        return false;
    }
    ignore_refused_writes();
    stop_on_interrupt();
    if (operands->wants_help) {
        command_line_help(line, stdout);
        *status = STATUS_OK;
    }
    return !operands->wants_help;
}

void ignore_refused_writes(void)
{
    struct sigaction action = { .sa_handler = SIG_IGN };
    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
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

bool check_stop(const char *when_stopped, struct error *err)
{
    return !stop_requested ||
           error_set(err, ERROR_IO, ERROR_NO_OFFSET, "stopped early; %s", when_stopped);
}

bool take_stop(void)
{
    if (!stop_requested)
        return false;
    stop_requested = 0;
    stop_on_interrupt();
    return true;
}
