/* What a process tells about itself at its start, as /proc has it. */
#include "data/record/describe.h"

#include "data/record/layout.h"
#include "data/record/sys.h"
#include "data/record/utf16.h"

#include <string.h>

enum { NAME_BYTES = 256, COMMAND_BYTES = 2048, PATH_UNITS = 1024 };

_Static_assert(sizeof(struct process_payload) + 4 + NAME_BYTES + 2 * COMMAND_BYTES <=
                   DESCRIPTION_BYTES,
               "a process fits");
_Static_assert(sizeof(struct image_payload) + 2 * PATH_UNITS <= DESCRIPTION_BYTES, "an image fits");

/* Too much for the stack of a small thread that forks. All of this runs under the recorder's lock.
 */
static char text[4096];
static uint16_t wide[COMMAND_BYTES];

/* The target of /proc/self/exe without its folders, NUL-terminated; "?" without /proc. */
static size_t read_image_name(char *out)
{
    long length = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", text, sizeof text);
    size_t end = length > 0 ? (size_t)length : 0;
    size_t start = end;
    while (start > 0 && text[start - 1] != '/')
        start--;
    size_t size = end - start < NAME_BYTES - 1 ? end - start : NAME_BYTES - 1;
    memcpy(out, text + start, size);
    if (size == 0)
        out[size++] = '?';
    out[size++] = '\0';
    return size;
}

/* Puts the arguments with a space between them in `text`. */
static size_t read_command_line(void)
{
    int fd = sys_open("/proc/self/cmdline", O_RDONLY);
    if (fd < 0)
        return 0;
    long got = sys_read(fd, text, COMMAND_BYTES);
    sys_close(fd);
    size_t size = got > 0 ? (size_t)got : 0;
    while (size > 0 && text[size - 1] == '\0')
        size--;
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    return size;
}

size_t describe_process(void *out, uint32_t process, uint64_t key)
{
    *(struct process_payload *)out = (struct process_payload){
        .unique_key = key,
        .process = process,
        .parent = (uint32_t)syscall(SYS_getppid),
    };
    char *at = (char *)out + sizeof(struct process_payload);
    memset(at, 0, 4); /* no SID */
    at += 4;
    at += read_image_name(at);

    size_t size = read_command_line();
    size_t wide_bytes = 2 * utf16_from_utf8(wide, COMMAND_BYTES, text, size);
    memcpy(at, wide, wide_bytes); /* behind an 8-bit name, so it may lie at an odd address */
    return (size_t)(at - (char *)out) + wide_bytes;
}

struct mapping {
    uint64_t start;
    uint64_t end;
    bool is_executable;
    const char *path; /* in the walk's text, not NUL-terminated */
    size_t path_size;
};

/* Where the line at `next` ends, having read on if need be; 0 at the end of the file. */
static size_t line_end(struct image_walk *walk)
{
    for (;;) {
        char *end = memchr(walk->text + walk->next, '\n', walk->held - walk->next);
        if (end)
            return (size_t)(end - walk->text);
        memmove(walk->text, walk->text + walk->next, walk->held - walk->next);
        walk->held -= walk->next;
        walk->next = 0;
        long got =
            sys_read(walk->descriptor, walk->text + walk->held, sizeof walk->text - walk->held);
        if (got <= 0)
            return 0;
        walk->held += (size_t)got;
    }
}

static const char *parse_hex(const char *at, uint64_t *value)
{
    *value = 0;
    for (;; at++) {
        char c = *at;
        if (c >= '0' && c <= '9')
            *value = *value << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *value = *value << 4 | (uint64_t)(c - 'a' + 10);
        else
            return at;
    }
}

/* "start-end perms offset device inode   path": whatever is no such line is not a file's. */
static struct mapping parse_line(const char *at, const char *end)
{
    struct mapping mapping = { 0 };
    at = parse_hex(at, &mapping.start);
    if (*at != '-')
        return mapping;
    at = parse_hex(at + 1, &mapping.end);
    if (end - at < 5)
        return mapping;
    mapping.is_executable = at[3] == 'x';
    const char *path = memchr(at, '/', (size_t)(end - at));
    if (path) {
        mapping.path = path;
        mapping.path_size = (size_t)(end - path);
    }
    return mapping;
}

/* The next line of a file, without using it up; false at the end. */
static bool peek_mapping(struct image_walk *walk, struct mapping *mapping, size_t *after)
{
    for (size_t end; (end = line_end(walk)) != 0; walk->next = end + 1) {
        *mapping = parse_line(walk->text + walk->next, walk->text + end);
        *after = end + 1;
        if (mapping->path)
            return true;
    }
    return false;
}

static void keep_name(struct image_walk *walk, const struct mapping *mapping)
{
    size_t start = mapping->path_size;
    while (start > 0 && mapping->path[start - 1] != '/')
        start--;
    size_t size = mapping->path_size - start;
    walk->name_size = size < sizeof walk->name ? size : sizeof walk->name;
    memcpy(walk->name, mapping->path + start, walk->name_size);
}

static bool open_walk(struct image_walk *walk)
{
    if (walk->descriptor == 0) {
        walk->descriptor = sys_open("/proc/self/maps", O_RDONLY);
        walk->held = walk->next = 0;
    }
    return walk->descriptor > 0;
}

size_t describe_next_image(struct image_walk *walk, void *out, uint32_t process)
{
    struct image_payload *image = out;
    uint16_t *name = (uint16_t *)(image + 1);
    struct mapping mapping;
    size_t after;
    if (!open_walk(walk))
        return 0;
    while (peek_mapping(walk, &mapping, &after)) {
        /* The text moves when more is read, so what tells a file apart is its name made wide. */
        size_t units = utf16_from_utf8(name, PATH_UNITS, mapping.path, mapping.path_size);
        keep_name(walk, &mapping);
        *image = (struct image_payload){ .base = mapping.start, .process = process };
        bool is_image = false;
        do {
            is_image = is_image || mapping.is_executable;
            image->bytes = mapping.end - image->base;
            walk->next = after;
        } while (peek_mapping(walk, &mapping, &after) &&
                 utf16_from_utf8(wide, PATH_UNITS, mapping.path, mapping.path_size) == units &&
                 memcmp(wide, name, 2 * units) == 0);
        if (is_image) {
            image->default_base = image->base;
            return sizeof *image + 2 * units;
        }
    }
    sys_close(walk->descriptor);
    walk->descriptor = -1;
    return 0;
}
