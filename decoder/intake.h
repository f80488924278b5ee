/*
 * How a trace comes in: as a file, through a pipe, or packed in an archive.
 *
 *     struct intake *intake = intake_open(path, &options, &err);
 *     while ((step = intake_fill(intake, &err)) == INTAKE_MORE)
 *         …
 *     struct decoder *decoder = decoder_open_intake(intake, &err);
 *
 * A trace is read more than once and not in order. What does not allow that is first copied to a
 * temporary file, in steps, so that the caller can show progress or stop between any two.
 */
#ifndef DECODER_INTAKE_H
#define DECODER_INTAKE_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake;
struct source;

/* What a copy may have by default: a bound on what a small archive can blow up to. */
#define INTAKE_SPOOL_BYTES_MAX (UINT64_C(64) << 30)

struct intake_options {
    uint64_t spool_bytes_max; /* 0: INTAKE_SPOOL_BYTES_MAX */
    /*
     * Makes no copy: what would need one is read once, with a window on it (decoder/window.h), by
     * one decoder. Whether all of it could be put in order is known at the end
     * (ANOMALY_beyond_window).
     */
    bool no_spool;
    size_t window_bytes;      /* how wide that window is; 0: WINDOW_BYTES */
    bool (*is_stopped)(void); /* asked while that waits for a pipe; true ends it. NULL: never */
};

enum intake_step {
    INTAKE_FAILED = -1, /* `err` says why; no further call is useful */
    INTAKE_READY = 0,
    INTAKE_MORE = 1,
};

/*
 * Opens `path`: a regular file; a pipe, FIFO or device; "-", which is standard input; and any of
 * these that holds a trace compressed by gzip, zstd or xz, or in a zip archive, which is told by
 * its content. "FILE!MEMBER" chooses from an archive; a file that is really called so comes first.
 * Opening a FIFO waits for who writes it. NULL fills `err`.
 */
struct intake *intake_open(const char *path, const struct intake_options *options,
                           struct error *err);
void intake_close(struct intake *intake); /* NULL is fine */

/*
 * Takes in some more, and waits at most a fraction of a second for it. What does not start like a
 * trace is refused (ERROR_NOT_A_TRACE) before much of it is copied. An archive that turns out to be
 * damaged ends there: what came before it is the trace, and intake_damage says so.
 */
enum intake_step intake_fill(struct intake *intake, struct error *err);

/* What has come so far is all of the trace. intake_fill is still to be called until INTAKE_READY.
 */
void intake_stop(struct intake *intake);

/* What to call it: `path`, "standard input", with "!MEMBER" behind an archive. Hostile. */
const char *intake_name(const struct intake *intake);

/* Whether the trace can be read only once, because there is no copy of it. */
bool intake_is_once(const struct intake *intake);

/* How far ahead that reads, in bytes. */
uint64_t intake_window_bytes(const struct intake *intake);

/* Whether nothing is missing because of intake_stop or damage; of a trace that is read once, so
 * far.
 */
bool intake_is_whole(const struct intake *intake);

/* Code ERROR_NONE if there is none. */
const struct error *intake_damage(const struct intake *intake);

/* What a step of intake_fill does, and how far it is. */
enum intake_work { INTAKE_COPYING, INTAKE_UNPACKING, INTAKE_NOTHING };
struct intake_progress {
    enum intake_work work;
    uint64_t copied_bytes; /* in the temporary file */
    uint64_t packed_bytes; /* of the archive, used up of … */
    uint64_t packed_total; /* … all; both 0 unless unpacking */
};
struct intake_progress intake_progress(const struct intake *intake);

/* Where copies go, for messages: the folder that TMPDIR names, or /tmp. */
const char *intake_folder(void);

/* The bytes of the trace, when it is ready. The intake's own. */
const struct source *intake_source(const struct intake *intake);

#endif
