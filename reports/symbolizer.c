/* llvm-symbolizer as a guest: started without a shell, asked through a socket, with time limits. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, which POSIX 2024 has */
#include "reports/symbolizer.h"

#include "reports/child_environment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUESTIONS_SIZE = 4096, QUESTION_MAX = 20, READ_SIZE = 1 << 16 };

/* A run while it lasts. Questions go out and answers come in on one socket, whichever is ready. */
struct talk {
    struct symbolizer *symbolizer;
    const struct symbolizer_run *run;
    struct symbol_answer *answers;
    int socket;
    bool is_deaf; /* nobody reads questions any more; answers may still be on their way */
    pid_t child;
    size_t asked, answered;
    char questions[QUESTIONS_SIZE]; /* text that is on its way */
    size_t question_bytes, sent;
    char *line; /* what has come of answers that are not read yet; room for READ_SIZE more */
    size_t line_bytes, line_room;
};

struct symbolizer symbolizer_new(void)
{
    return (struct symbolizer){ .left_ms = UINT64_C(1000) * SYMBOLIZER_SECONDS,
                                .left_bytes = SYMBOLIZER_BYTES_MAX };
}

static const char *program_of(const struct symbolizer *symbolizer)
{
    return symbolizer->program ? symbolizer->program : "llvm-symbolizer";
}

static unsigned silence_of(const struct symbolizer *symbolizer)
{
    return symbolizer->silence_ms ? symbolizer->silence_ms : 1000u * SYMBOLIZER_SILENCE_SECONDS;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* With `theirs` for both its input and its output. Returns an errno. */
static int spawn_on(struct talk *talk, int theirs)
{
    static char style[] = "--output-style=JSON", inlines[] = "--inlines", demangle[] = "--demangle",
                relative[] = "--relative-address";
    struct child_environment environment;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *object = NULL;
    if (asprintf(&object, "--obj=%s", talk->run->object) < 0)
        return ENOMEM;
    char *arguments[] = {
        (char *)program_of(talk->symbolizer),     object, style, inlines, demangle,
        talk->run->is_relative ? relative : NULL, NULL
    };
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE); /* the commands of heapfrag ignore it */
    sigaddset(&usual, SIGXFSZ);
    int failure = posix_spawn_file_actions_init(&actions);
    if (!failure)
        failure = posix_spawnattr_init(&attributes);
    if (failure) {
        free(object);
        return failure;
    }
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    failure = posix_spawn_file_actions_adddup2(&actions, theirs, STDIN_FILENO);
    if (!failure)
        failure = posix_spawn_file_actions_adddup2(&actions, theirs, STDOUT_FILENO);
    if (!failure)
        failure =
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!failure)
        failure = posix_spawnp(&talk->child, arguments[0], &actions, &attributes, arguments,
                               child_environment_fill(&environment));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(object);
    return failure;
}

static enum symbolizer_end start(struct talk *talk, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        error_set_system(err, errno, "talk to", program_of(talk->symbolizer));
        return SYMBOLIZER_ABSENT;
    }
    int failure = spawn_on(talk, ends[1]);
    close(ends[1]);
    if (!failure) {
        talk->socket = ends[0];
        return SYMBOLIZER_ANSWERED;
    }
    close(ends[0]);
    error_set_system(err, failure, "start", program_of(talk->symbolizer));
    return SYMBOLIZER_ABSENT;
}

static bool has_questions(const struct talk *talk)
{
    return talk->sent < talk->question_bytes || talk->asked < talk->run->count;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void send_questions(struct talk *talk)
{
    if (talk->sent == talk->question_bytes) {
        talk->sent = talk->question_bytes = 0;
        while (talk->asked < talk->run->count &&
               talk->question_bytes + QUESTION_MAX < sizeof talk->questions)
            talk->question_bytes +=
                (size_t)snprintf(talk->questions + talk->question_bytes, QUESTION_MAX,
                                 "0x%" PRIx64 "\n", talk->run->addresses[talk->asked++]);
    }
    ssize_t put = send(talk->socket, talk->questions + talk->sent,
                       talk->question_bytes - talk->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0)
        talk->sent += (size_t)put;
    else
        talk->is_deaf = !would_block();
}

static enum symbolizer_end no_memory(struct error *err)
{
    error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for symbols");
    return SYMBOLIZER_NO_MEMORY;
}

static enum symbolizer_end senseless(const struct talk *talk, struct error *err)
{
    error_set(err, ERROR_IO, ERROR_NO_OFFSET,
              "%.80s gave answers that make no sense (version 13 or newer is needed)",
              program_of(talk->symbolizer));
    return SYMBOLIZER_BROKEN;
}

/* Reads the whole lines that have come, and keeps the rest. */
static enum symbolizer_end read_lines(struct talk *talk, struct error *err)
{
    char *at = talk->line, *end = talk->line + talk->line_bytes;
    for (char *stop;
         talk->answered < talk->run->count && (stop = memchr(at, '\n', (size_t)(end - at)));
         at = stop + 1) {
        if (stop == at)
            continue;
        enum symbol_answer_state state =
            symbol_answer_read(at, (size_t)(stop - at), talk->run->addresses[talk->answered],
                               talk->run->needs_line, &talk->answers[talk->answered]);
        if (state == SYMBOL_ANSWER_NO_MEMORY)
            return no_memory(err);
        if (state == SYMBOL_ANSWER_SENSELESS)
            return senseless(talk, err);
        talk->answered++;
    }
    talk->line_bytes = (size_t)(end - at);
    memmove(talk->line, at, talk->line_bytes);
    return talk->line_bytes <= SYMBOLIZER_LINE_MAX ? SYMBOLIZER_ANSWERED : senseless(talk, err);
}

static bool make_room(struct talk *talk)
{
    if (talk->line_room - talk->line_bytes >= READ_SIZE)
        return true;
    size_t room = 2 * talk->line_room + READ_SIZE;
    char *grown = realloc(talk->line, room);
    if (!grown)
        return false;
    talk->line = grown;
    talk->line_room = room;
    return true;
}

static enum symbolizer_end receive(struct talk *talk, struct error *err)
{
    if (!make_room(talk))
        return no_memory(err);
    ssize_t got = recv(talk->socket, talk->line + talk->line_bytes, READ_SIZE, MSG_DONTWAIT);
    if (got < 0 && would_block())
        return SYMBOLIZER_ANSWERED;
    if (got <= 0) {
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "%.80s ended before it had answered",
                  program_of(talk->symbolizer));
        return SYMBOLIZER_BROKEN;
    }
    if ((uint64_t)got > talk->symbolizer->left_bytes) {
        error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                  "the names in all modules are more than %u MiB",
                  (unsigned)(SYMBOLIZER_BYTES_MAX >> 20));
        return SYMBOLIZER_NO_MEMORY;
    }
    talk->symbolizer->left_bytes -= (uint64_t)got;
    talk->line_bytes += (size_t)got;
    return read_lines(talk, err);
}

static enum symbolizer_end stuck(const struct talk *talk, struct error *err)
{
    error_set(err, ERROR_IO, ERROR_NO_OFFSET, "%.80s took too long and was ended",
              program_of(talk->symbolizer));
    return SYMBOLIZER_STUCK;
}

/* What is ready is done; false when nothing became ready within `wait_ms`. */
static bool take_turn(struct talk *talk, uint64_t wait_ms, enum symbolizer_end *end,
                      struct error *err)
{
    struct pollfd ready = { .fd = talk->socket, .events = POLLIN };
    if (!talk->is_deaf && has_questions(talk))
        ready.events |= POLLOUT;
    if (poll(&ready, 1, wait_ms < INT_MAX ? (int)wait_ms : INT_MAX) <= 0)
        return false;
    if (ready.revents & POLLOUT)
        send_questions(talk);
    if (!(ready.revents & (POLLIN | POLLHUP | POLLERR)))
        return false;
    *end = receive(talk, err);
    return true;
}

static enum symbolizer_end converse(struct talk *talk, struct error *err)
{
    const uint64_t silence = silence_of(talk->symbolizer), total = talk->symbolizer->left_ms;
    const uint64_t started = now_ms();
    enum symbolizer_end end = SYMBOLIZER_ANSWERED;
    uint64_t now = started, heard = started;
    while (end == SYMBOLIZER_ANSWERED && talk->answered < talk->run->count) {
        if (now - heard >= silence || now - started >= total) {
            end = stuck(talk, err);
            break;
        }
        uint64_t until_silence = heard + silence - now, until_total = started + total - now;
        bool is_heard =
            take_turn(talk, until_silence < until_total ? until_silence : until_total, &end, err);
        now = now_ms();
        if (is_heard)
            heard = now;
    }
    talk->symbolizer->left_ms -= now - started < total ? now - started : total;
    return end;
}

enum symbolizer_end symbolizer_ask(struct symbolizer *symbolizer, const struct symbolizer_run *run,
                                   struct symbol_answer *answers, struct error *err)
{
    struct talk talk = { .symbolizer = symbolizer, .run = run, .answers = answers };
    memset(answers, 0, run->count * sizeof *answers);
    enum symbolizer_end end = start(&talk, err);
    if (end != SYMBOLIZER_ANSWERED)
        return end;
    end = converse(&talk, err);
    close(talk.socket);
    /* Every answer is here, or no more is wanted: whatever it is doing, it may stop. */
    kill(talk.child, SIGKILL);
    while (waitpid(talk.child, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(talk.line);
    return end;
}
