/* How a trace comes in: as a file, through a pipe, or packed in an archive. */
#include "decoder/intake.h"

#include "decoder/archive_reader.h"
#include "decoder/log_header.h"
#include "decoder/source.h"
#include "decoder/spool.h"
#include "decoder/window.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STEP_BYTES = 1 << 18,
    WAIT_MS = 200,
    CHECK_BYTES = 1 << 17, /* more than log_header_read looks at */
};

struct intake {
    char *path;         /* owned; of the file, without the member */
    const char *member; /* wanted, behind the path's NUL; NULL: none was named */
    char *name;         /* owned */
    enum intake_work work;
    int pipe;              /* while copying; else -1 */
    struct source source;  /* the trace, or the archive that is being unpacked */
    struct source archive; /* that the window unpacks; else closed */
    struct window *window;
    struct intake_options options;
    struct archive_reader *reader;
    struct spool spool; /* being filled */
    uint64_t spool_bytes_max;
    bool is_checked; /* what is in the spool starts like something we read */
    bool is_cut;
    bool is_stopped;
    struct error damage;
    uint8_t *bytes; /* owned; STEP_BYTES, for what is copied; else NULL */
};

/* ---- the name ---- */

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to open a trace");
}

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Cuts "FILE!MEMBER" in two, where what is in front of a '!' exists and the whole does not. */
static void split_path(struct intake *intake)
{
    struct stat status;
    if (stat(intake->path, &status) == 0)
        return;
    for (char *at = strchr(intake->path, '!'); at; at = strchr(at + 1, '!')) {
        *at = '\0';
        bool is_file = is_stdin(intake->path) ||
                       (stat(intake->path, &status) == 0 && !S_ISDIR(status.st_mode));
        if (is_file && at[1] != '\0') {
            intake->member = at + 1;
            return;
        }
        *at = '!';
    }
}

static bool set_name(struct intake *intake, const char *member, struct error *err)
{
    const char *file = is_stdin(intake->path) ? "standard input" : intake->path;
    size_t size = strlen(file) + (member ? 1 + strlen(member) : 0) + 1;
    char *name = malloc(size);
    if (!name)
        return no_memory(err);
    snprintf(name, size, "%s%s%s", file, member ? "!" : "", member ? member : "");
    free(intake->name);
    intake->name = name;
    return true;
}

/* ---- from one kind of work to the next ---- */

static void be_ready(struct intake *intake)
{
    intake->source.is_cut = intake->is_cut;
    intake->work = INTAKE_NOTHING;
}

static bool start_spool(struct intake *intake, enum intake_work work, struct error *err)
{
    intake->work = work;
    intake->is_checked = false;
    return spool_open(&intake->spool, intake->spool_bytes_max, err);
}

static bool start_copying(struct intake *intake, struct error *err)
{
    intake->bytes = malloc(STEP_BYTES);
    return intake->bytes ? start_spool(intake, INTAKE_COPYING, err) : no_memory(err);
}

/* The file that was filled is now the one to read. */
static void take_spool(struct intake *intake)
{
    source_close(&intake->source);
    intake->source = (struct source){ .fd = intake->spool.fd, .size = intake->spool.bytes };
    intake->spool.fd = -1;
}

/* What `fd` or the reader gives is read once. */
static bool be_window(struct intake *intake, int fd, struct error *err)
{
    const struct window_feed feed = { fd, intake->reader, intake->options.is_stopped,
                                      intake->options.window_bytes };
    intake->reader = NULL;
    intake->window = window_open(&feed, err);
    intake->source = (struct source){ .fd = -1, .window = intake->window };
    be_ready(intake);
    return intake->window;
}

static bool unpack_once(struct intake *intake, struct error *err)
{
    intake->archive = intake->source;
    intake->source.fd = -1;
    intake->reader = archive_reader_open(&intake->archive, intake->member, err);
    return intake->reader && set_name(intake, archive_reader_member(intake->reader), err) &&
           be_window(intake, -1, err);
}

static bool pipe_once(struct intake *intake, struct error *err)
{
    int fd = intake->pipe;
    bool is_packed = false;
    intake->pipe = -1;
    if (!be_window(intake, fd, err) || !archive_is_one(&intake->source, &is_packed, err))
        return false;
    return (!is_packed && !intake->member) ||
           error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                     "an archive in a pipe cannot be read with --no-spool; unpack it on its way");
}

/* There is a file, with a trace or with an archive. */
static bool open_content(struct intake *intake, struct error *err)
{
    bool is_packed;
    if (!archive_is_one(&intake->source, &is_packed, err))
        return false;
    if (!is_packed) {
        be_ready(intake);
        return !intake->member || error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                                            "it is no archive, and has no members to name");
    }
    if (intake->options.no_spool)
        return unpack_once(intake, err);
    intake->reader = archive_reader_open(&intake->source, intake->member, err);
    return intake->reader && set_name(intake, archive_reader_member(intake->reader), err) &&
           start_spool(intake, INTAKE_UNPACKING, err);
}

/* ---- opening ---- */

/* A FIFO is opened only when somebody writes it: before that, it would seem to be at its end. */
static int open_path(const char *path)
{
    struct stat status;
    bool is_fifo = stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
    if (is_stdin(path))
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (is_fifo ? 0 : O_NONBLOCK));
}

/* A file that somebody has begun to read on standard input is a stream from there on. */
static bool is_readable_again(const struct intake *intake, int fd, const struct stat *status)
{
    return S_ISREG(status->st_mode) && (!is_stdin(intake->path) || lseek(fd, 0, SEEK_CUR) == 0);
}

/* Takes `fd` over in any case. */
static bool open_fd(struct intake *intake, int fd, struct error *err)
{
    struct stat status;
    intake->pipe = fd;
    if (fstat(fd, &status) != 0)
        return error_set_system(err, errno, "examine it", NULL);
    if (S_ISDIR(status.st_mode))
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "it is a directory, not a trace");
    if (isatty(fd))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "it is a terminal; name a trace, or pipe one in");
    if (!is_readable_again(intake, fd, &status) && intake->options.no_spool)
        return pipe_once(intake, err);
    if (!is_readable_again(intake, fd, &status))
        return start_copying(intake, err);
    intake->pipe = -1;
    intake->source = (struct source){ .fd = fd, .size = (uint64_t)status.st_size };
    return open_content(intake, err);
}

static bool open_all(struct intake *intake, const char *path, struct error *err)
{
    intake->path = strdup(path);
    if (!intake->path)
        return no_memory(err);
    split_path(intake);
    if (!set_name(intake, intake->member, err))
        return false;
    int fd = open_path(intake->path);
    return fd < 0 ? error_set_system(err, errno, "open it", NULL) : open_fd(intake, fd, err);
}

struct intake *intake_open(const char *path, const struct intake_options *options,
                           struct error *err)
{
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake) {
        no_memory(err);
        return NULL;
    }
    intake->pipe = intake->source.fd = intake->archive.fd = intake->spool.fd = -1;
    intake->options = *options;
    intake->spool_bytes_max =
        options->spool_bytes_max ? options->spool_bytes_max : INTAKE_SPOOL_BYTES_MAX;
    if (open_all(intake, path, err))
        return intake;
    intake_close(intake);
    return NULL;
}

static void close_pipe(struct intake *intake)
{
    if (intake->pipe >= 0)
        close(intake->pipe);
    intake->pipe = -1;
}

void intake_close(struct intake *intake)
{
    if (!intake)
        return;
    archive_reader_close(intake->reader);
    window_close(intake->window);
    source_close(&intake->archive);
    close_pipe(intake);
    spool_close(&intake->spool);
    source_close(&intake->source);
    free(intake->path);
    free(intake->name);
    free(intake->bytes);
    free(intake);
}

/* ---- filling ---- */

/* Refuses early what would be refused late: nobody waits for a disk to fill up with zeros. */
static bool check_start(struct intake *intake, struct error *err)
{
    const struct source source = { .fd = intake->spool.fd, .size = intake->spool.bytes };
    struct log_header header = { 0 };
    struct trace_info info = { 0 };
    bool is_packed = false;
    if (intake->is_checked || intake->spool.bytes < CHECK_BYTES)
        return true;
    intake->is_checked = true;
    if (intake->work == INTAKE_COPYING && !archive_is_one(&source, &is_packed, err))
        return false;
    return is_packed || log_header_read(&source, &header, &info, err);
}

static bool copy(struct intake *intake, struct error *err)
{
    struct pollfd poll_for = { .fd = intake->pipe, .events = POLLIN };
    if (!intake->is_stopped && poll(&poll_for, 1, WAIT_MS) <= 0)
        return true; /* nothing yet, or a signal */
    ssize_t got = intake->is_stopped ? 0 : read(intake->pipe, intake->bytes, STEP_BYTES);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN || error_set_system(err, errno, "read it", NULL);
    if (got > 0)
        return spool_append(&intake->spool, intake->bytes, (size_t)got, err) &&
               check_start(intake, err);
    close_pipe(intake);
    take_spool(intake);
    intake->is_stopped = false;
    return open_content(intake, err);
}

static bool unpack(struct intake *intake, struct error *err)
{
    const void *data = NULL;
    size_t size = 0;
    struct error damage = { 0 };
    if (!intake->is_stopped && !archive_reader_next(intake->reader, &data, &size, &damage)) {
        if (damage.code != ERROR_NOT_A_TRACE || intake->spool.bytes == 0)
            return error_set(err, damage.code, damage.offset, "%s", damage.message);
        intake->damage = damage;
        intake->is_cut = true;
    }
    if (size > 0)
        return spool_append(&intake->spool, data, size, err) && check_start(intake, err);
    archive_reader_close(intake->reader);
    intake->reader = NULL;
    take_spool(intake);
    be_ready(intake);
    return true;
}

enum intake_step intake_fill(struct intake *intake, struct error *err)
{
    bool is_fine = true;
    if (intake->work == INTAKE_COPYING)
        is_fine = copy(intake, err);
    else if (intake->work == INTAKE_UNPACKING)
        is_fine = unpack(intake, err);
    if (!is_fine)
        return INTAKE_FAILED;
    return intake->work == INTAKE_NOTHING ? INTAKE_READY : INTAKE_MORE;
}

void intake_stop(struct intake *intake)
{
    if (intake->work == INTAKE_NOTHING)
        return;
    intake->is_stopped = true;
    intake->is_cut = true;
}

/* ---- questions ---- */

const char *intake_name(const struct intake *intake)
{
    return intake->name;
}

bool intake_is_once(const struct intake *intake)
{
    return intake->window;
}

uint64_t intake_window_bytes(const struct intake *intake)
{
    return window_bytes(intake->window);
}

bool intake_is_whole(const struct intake *intake)
{
    return !source_is_cut(&intake->source);
}

const struct error *intake_damage(const struct intake *intake)
{
    return intake->window ? window_damage(intake->window) : &intake->damage;
}

struct intake_progress intake_progress(const struct intake *intake)
{
    bool is_unpacking = intake->work == INTAKE_UNPACKING;
    return (struct intake_progress){
        .work = intake->work,
        .copied_bytes = intake->spool.bytes,
        .packed_bytes = is_unpacking ? archive_reader_bytes_done(intake->reader) : 0,
        .packed_total = is_unpacking ? intake->source.size : 0,
    };
}

const char *intake_folder(void)
{
    return spool_folder();
}

const struct source *intake_source(const struct intake *intake)
{
    return &intake->source;
}
