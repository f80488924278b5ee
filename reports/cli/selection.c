/* Which processes of a trace a report is about. */
#include "reports/cli/selection.h"

#include "reports/cli/pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool is_same(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool is_image_named(const char *image, const char *wanted)
{
    static const char suffix[] = ".exe";
    const size_t suffix_length = sizeof suffix - 1;
    for (const char *at = image; *at; at++)
        if (*at == '\\' || *at == '/')
            image = at + 1;
    size_t length = strlen(wanted), image_length = strlen(image);
    if (image_length < length || !is_same(image, wanted, length))
        return false;
    return image_length == length || (image_length == length + suffix_length &&
                                      is_same(image + length, suffix, suffix_length));
}

static bool is_number(const char *text, uint32_t *number)
{
    char *end;
    if (text[strspn(text, "0123456789")] != '\0')
        return false;
    unsigned long long value = strtoull(text, &end, 10);
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

static bool no_such_process(const struct processes *processes, const char *wanted,
                            struct error *err)
{
    enum { SHOWN = 5 };
    char shown[160] = "";
    size_t length = 0;
    for (size_t i = 0, count = 0; i < processes->count && count < SHOWN; i++) {
        const struct process *process = &processes->list[i];
        if (!process->image || length >= sizeof shown - 1)
            continue;
        length += (size_t)snprintf(shown + length, sizeof shown - length, "%s%.24s (%" PRIu32 ")",
                                   count ? ", " : "", process->image, process->pid);
        count++;
    }
    return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "no process '%.40s' in this trace%s%s",
                     wanted, shown[0] ? "; there are " : "", shown);
}

static bool choose(struct selection *selection, const struct processes *processes,
                   const char *wanted, struct error *err)
{
    uint32_t pid;
    bool by_pid = is_number(wanted, &pid);
    selection->processes =
        calloc(processes->count ? processes->count : 1, sizeof *selection->processes);
    if (!selection->processes)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu processes",
                         processes->count);
    for (size_t i = 0; i < processes->count; i++) {
        const struct process *process = &processes->list[i];
        bool is_wanted =
            by_pid ? process->pid == pid : process->image && is_image_named(process->image, wanted);
        if (is_wanted)
            selection->processes[selection->count++] = (uint32_t)i;
    }
    return selection->count > 0 || no_such_process(processes, wanted, err);
}

bool selection_find(struct selection *selection, const struct intake *intake, const char *wanted,
                    bool is_quiet, struct error *err)
{
    *selection = (struct selection){ 0 };
    if (intake_is_once(intake))
        return error_set(
            err, ERROR_USAGE, ERROR_NO_OFFSET,
            "--process reads a trace twice, and with --no-spool this one is read once");
    struct decoder *decoder = decoder_open_intake(intake, err);
    if (!decoder)
        return false;
    const struct pull pull = { .decoder = decoder,
                               .is_quiet = is_quiet,
                               .when_stopped = "it was being searched for processes" };
    bool is_found =
        pull_trace(&pull, err) && choose(selection, decoder_processes(decoder), wanted, err);
    decoder_close(decoder);
    return is_found;
}

void selection_release(struct selection *selection)
{
    free(selection->processes);
    *selection = (struct selection){ 0 };
}
