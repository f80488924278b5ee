/* The processes of a trace: ids, names, start and end. */
#include "decoder/processes.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { PID_STEP = 4, RECENT = 256 * PID_STEP };

/* What a pid is now. */
struct pid_entry {
    uint32_t pid;     /* key */
    uint32_t current; /* index of a process */
    bool has_ended;
};

/*
 * The pids are in a tree of the C library, which is balanced whatever the pids are: a trace may
 * choose them so that any hash function of ours degenerates. The common case, one of a few pids
 * event after event, does not get that far.
 */
struct process_index {
    void *root; /* of tsearch; owns the entries */
    struct pid_entry *recent[RECENT];
    size_t capacity; /* of processes.list */
    size_t text_bytes;
};

static int compare_entries(const void *left, const void *right)
{
    const struct pid_entry *a = left;
    const struct pid_entry *b = right;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

bool processes_init(struct processes *processes, struct error *err)
{
    *processes = (struct processes){ .by_pid = calloc(1, sizeof *processes->by_pid) };
    if (!processes->by_pid)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for processes");
    return true;
}

void processes_release(struct processes *processes)
{
    for (size_t i = 0; i < processes->count; i++) {
        free(processes->list[i].image);
        free(processes->list[i].command_line);
    }
    while (processes->by_pid && processes->by_pid->root) {
        struct pid_entry *entry = *(struct pid_entry **)processes->by_pid->root;
        tdelete(entry, &processes->by_pid->root, compare_entries);
        free(entry);
    }
    free(processes->by_pid);
    free(processes->list);
    *processes = (struct processes){ 0 };
}

/* Makes a process and lets `entry` stand for it. */
static bool begin(struct processes *processes, struct pid_entry *entry, struct error *err)
{
    struct process_index *index = processes->by_pid;
    if (processes->count == PROCESSES_MAX)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "more than %d processes; no option takes more", PROCESSES_MAX);
    if (processes->count == index->capacity) {
        size_t capacity = index->capacity > 0 ? 2 * index->capacity : 64;
        struct process *list = realloc(processes->list, capacity * sizeof *list);
        if (!list)
            return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu processes",
                             capacity);
        processes->list = list;
        index->capacity = capacity;
    }
    entry->current = (uint32_t)processes->count++;
    entry->has_ended = false;
    processes->list[entry->current] = (struct process){ .pid = entry->pid,
                                                        .start_ns = PROCESS_TIME_UNKNOWN,
                                                        .end_ns = PROCESS_TIME_UNKNOWN };
    return true;
}

/* Adds a pid that is not there yet, with its first process. */
static struct pid_entry *add_entry(struct processes *processes, uint32_t pid, struct error *err)
{
    struct pid_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        goto no_memory;
    entry->pid = pid;
    if (!begin(processes, entry, err)) {
        free(entry);
        return NULL;
    }
    if (!tsearch(entry, &processes->by_pid->root, compare_entries))
        goto no_memory;
    return entry;

no_memory:
    free(entry);
    error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another process");
    return NULL;
}

/*
 * Windows hands out pids in steps of 4, others one by one: neighbours have slots of their own
 * either way, and few of them are in the cache.
 */
static struct pid_entry **recent_slot(const struct processes *processes, uint32_t pid)
{
    const uint32_t row = pid % PID_STEP * (RECENT / PID_STEP);
    return &processes->by_pid->recent[row + pid / PID_STEP % (RECENT / PID_STEP)];
}

/* The entry of `pid`; `*is_new` when it was made here. NULL fills `err`. */
static struct pid_entry *find_entry(struct processes *processes, uint32_t pid, bool *is_new,
                                    struct error *err)
{
    struct pid_entry **recent = recent_slot(processes, pid);
    *is_new = false;
    if (*recent && (*recent)->pid == pid)
        return *recent;
    struct pid_entry key = { .pid = pid };
    struct pid_entry *const *node = tfind(&key, &processes->by_pid->root, compare_entries);
    *is_new = !node;
    struct pid_entry *entry = node ? *node : add_entry(processes, pid, err);
    if (entry)
        *recent = entry;
    return entry;
}

bool processes_find(struct processes *processes, uint32_t pid, uint32_t *index, struct error *err)
{
    bool is_new;
    struct pid_entry *entry = *recent_slot(processes, pid);
    if (!entry || entry->pid != pid)
        entry = find_entry(processes, pid, &is_new, err);
    if (!entry || (entry->has_ended && !begin(processes, entry, err)))
        return false;
    *index = entry->current;
    return true;
}

uint32_t processes_latest(const struct processes *processes, uint32_t pid)
{
    const struct pid_entry key = { .pid = pid };
    struct pid_entry *const *node = tfind(&key, &processes->by_pid->root, compare_entries);
    return node ? (*node)->current : PROCESS_NONE;
}

/* Gives `*text` a copy of `from`, unless it has a text or there is none to copy. */
static bool fill_text(struct processes *processes, char **text, const char *from, struct error *err)
{
    if (*text || from[0] == '\0')
        return true;
    size_t size = strlen(from) + 1;
    if (size > PROCESS_TEXT_BYTES_MAX - processes->by_pid->text_bytes)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "names of processes take more than %d bytes; no option takes more",
                         PROCESS_TEXT_BYTES_MAX);
    *text = malloc(size);
    if (!*text)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a process's name");
    memcpy(*text, from, size);
    processes->by_pid->text_bytes += size;
    return true;
}

static bool fill(struct processes *processes, uint32_t index, const struct process_facts *facts,
                 struct error *err)
{
    struct process *process = &processes->list[index];
    if (process->parent_pid == 0)
        process->parent_pid = facts->parent_pid;
    return fill_text(processes, &process->image, facts->image, err) &&
           fill_text(processes, &process->command_line, facts->command_line, err);
}

bool processes_start(struct processes *processes, const struct process_facts *facts,
                     uint64_t time_ns, uint32_t *ended, struct error *err)
{
    bool is_new;
    *ended = PROCESS_NONE;
    struct pid_entry *entry = find_entry(processes, facts->pid, &is_new, err);
    if (!entry)
        return false;
    if (!is_new && !entry->has_ended) {
        *ended = entry->current;
        processes->list[entry->current].end_ns = time_ns;
    }
    if (!is_new && !begin(processes, entry, err))
        return false;
    processes->list[entry->current].start_ns = time_ns;
    return fill(processes, entry->current, facts, err);
}

bool processes_end(struct processes *processes, const struct process_facts *facts, uint64_t time_ns,
                   uint32_t *ended, struct error *err)
{
    bool is_new;
    *ended = PROCESS_NONE;
    struct pid_entry *entry = find_entry(processes, facts->pid, &is_new, err);
    if (!entry || (entry->has_ended && !begin(processes, entry, err)))
        return false;
    entry->has_ended = true;
    processes->list[entry->current].end_ns = time_ns;
    *ended = entry->current;
    return fill(processes, entry->current, facts, err);
}

bool processes_describe(struct processes *processes, const struct process_facts *facts,
                        struct error *err)
{
    bool is_new;
    struct pid_entry *entry = find_entry(processes, facts->pid, &is_new, err);
    return entry && fill(processes, entry->current, facts, err);
}
