/* The recorder inside a recorded process: one lock, one stream of events, one buffer that is
 * filled. */
#ifndef DATA_RECORD_RECORDER_H
#define DATA_RECORD_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

/* The environment variable that names the file being recorded: absolute, made by the launcher. */
#define RECORDING_VARIABLE "HEAPFRAG_RECORDING"

/*
 *     if (!recorder_enter())
 *         return real_malloc(size);
 *     void *block = real_malloc(size);
 *     recorder_log_alloc(block, size);
 *     recorder_leave();
 *
 * The allocator is called and its events are written under one lock, so the order in the file is
 * the order of effect: no address shows up as allocated before it shows up as freed. False where
 * there is nothing to record: no recording, too early in the start of the process, or a call from
 * within another one of this thread (an allocator that is made of its own calls, or a signal
 * handler).
 *
 * The first call of a process, of a program started by exec and of a forked child writes the start
 * of the process, the loaded images and the heap. None of these changes errno.
 */
bool recorder_enter(void);
void recorder_leave(void);

/*
 * All of these only between recorder_enter and recorder_leave. A `block` of NULL: it failed. If
 * stacks are wanted, those of alloc and realloc are told too.
 */
void recorder_log_alloc(const void *block, size_t size);

/* The loader frees what it knew of a module when it has unloaded it: that is how it is noticed. */
void recorder_log_free(const void *block, const void *caller);

/* Takes `old` out of the table of sizes; `otherwise` is its size if it was not there. */
size_t recorder_take_size(const void *old, size_t otherwise);

/*
 * After recorder_take_size. A block that moved is logged as Windows does: ALLOC, FREE, REALLOC.
 * They are of one time, but if stacks are wanted: then ALLOC, which has a stack of its own, is
 * before.
 */
void recorder_log_realloc(const void *block, size_t size, const void *old, size_t old_size);

/* Notes the time as that of the exit; what comes after it is still recorded. */
void recorder_note_exit(void);

#endif
