/* Whose doing an allocation is: which modules and functions are no answer to that. */
#include "reports/culprit.h"

#include <string.h>
#include <strings.h>

/* File names of modules by how they begin, whatever the case: file names of Windows have none. */
static const struct {
    const char *start;
    enum place_role role;
} modules[] = {
    /* The Windows heap, and what only passes calls on to it. */
    { "ntdll.dll", PLACE_ALLOCATOR },
    { "kernelbase.dll", PLACE_ALLOCATOR }, /* HeapReAlloc, LocalAlloc, GlobalReAlloc */
    { "kernel32.dll", PLACE_ALLOCATOR },
    { "verifier.dll", PLACE_ALLOCATOR }, /* Application Verifier wraps the heap */
    { "vrfcore.dll", PLACE_ALLOCATOR },
    { "vfbasics.dll", PLACE_ALLOCATOR },
    { "ntoskrnl.exe", PLACE_ALLOCATOR }, /* the kernel's part of a stack: logging itself */
    /* C runtimes of Windows: malloc, and what allocates for its caller. */
    { "ucrtbase", PLACE_RUNTIME },
    { "msvcr", PLACE_RUNTIME }, /* msvcrt.dll, msvcr120.dll */
    { "msvcp", PLACE_RUNTIME },
    { "vcruntime", PLACE_RUNTIME },
    { "concrt", PLACE_RUNTIME },
    /* Linux: what `record` puts in between, the dynamic linker, allocators people preload. */
    { "libheapfrag", PLACE_ALLOCATOR },
    { "heapfrag_recorder", PLACE_ALLOCATOR },
    { "libjemalloc", PLACE_ALLOCATOR },
    { "libtcmalloc", PLACE_ALLOCATOR },
    { "libmimalloc", PLACE_ALLOCATOR },
    { "ld-linux", PLACE_RUNTIME },
    { "ld-musl", PLACE_RUNTIME },
    { "libc.so", PLACE_RUNTIME },
    { "libc-2.", PLACE_RUNTIME }, /* glibc before 2.34 */
    { "libstdc++", PLACE_RUNTIME },
    { "libc++", PLACE_RUNTIME },
    { "libgcc_s", PLACE_RUNTIME },
};

/* Functions that hand memory out, in whatever module they were linked into. */
static const char *const allocators[] = {
    "malloc",
    "calloc",
    "realloc",
    "reallocarray",
    "free",
    "aligned_alloc",
    "posix_memalign",
    "memalign",
    "_malloc_base", /* the static C runtime of Visual C++ */
    "_calloc_base",
    "_realloc_base",
    "_recalloc",
    "_recalloc_base",
    "_expand",
    "_malloc_dbg",
    "_calloc_dbg",
    "_realloc_dbg",
    "heap_alloc_dbg",
    "realloc_dbg_nolock",
    "_aligned_malloc",
    "_aligned_realloc",
    "__libc_malloc",
    "__libc_calloc",
    "__libc_realloc",
    "HeapAlloc",
    "HeapReAlloc",
    "LocalAlloc",
    "LocalReAlloc",
    "GlobalAlloc",
    "GlobalReAlloc",
    "CoTaskMemAlloc",
    "CoTaskMemRealloc",
    "operator new",
    "operator new[]",
};

/*
 * Beginnings of functions that allocate for their caller, so that a container's growth is that of
 * who fills it. Templates are compiled into the program, so the module does not tell.
 */
static const char *const runtimes[] = {
    "std::",       /* C++ on both systems, and Rust's */
    "__gnu_cxx::", /* libstdc++'s allocators */
    "alloc::",     /* Rust: RawVec, Vec, String */
    "core::",      /* Rust */
    "hashbrown::", /* Rust's HashMap */
    "__rust_",     "__rdl_", "__rg_", "strdup", "strndup", "__strdup", "_strdup", "_wcsdup",
};

static enum place_role role_of_module(const char *module)
{
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
        if (strncasecmp(module, modules[i].start, strlen(modules[i].start)) == 0)
            return modules[i].role;
    return PLACE_PROGRAM;
}

static const char name_of_operator[] = "operator ";

/*
 * Where the name of a demangled function begins: behind its return type, which templates have:
 * "void std::vector<int, A>::grow<int>(int)". Blanks within <…> and (…) belong to names.
 */
static const char *without_type(const char *function)
{
    const char *name = function;
    int depth = 0;
    for (const char *at = function; *at && !(*at == '(' && depth == 0 && at > name); at++) {
        if (*at == '<' || *at == '(' || *at == '{')
            depth++;
        else if ((*at == '>' || *at == ')' || *at == '}') && depth > 0)
            depth--;
        else if (*at == ' ' && depth == 0)
            name = at + 1;
        if (depth == 0 && strncmp(at, name_of_operator, sizeof name_of_operator - 1) == 0)
            break; /* "operator new" has its blank in its name */
    }
    return name;
}

/* The whole name, but for its parameters and the version that ELF symbols may have. */
static bool is_allocator(const char *name)
{
    for (size_t i = 0; i < sizeof allocators / sizeof allocators[0]; i++) {
        size_t length = strlen(allocators[i]);
        if (strncmp(name, allocators[i], length) == 0 && strchr("(@", name[length]))
            return true;
    }
    return false;
}

static bool is_runtime(const char *name)
{
    for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++)
        if (strncmp(name, runtimes[i], strlen(runtimes[i])) == 0)
            return true;
    return false;
}

enum place_role role_of_names(const char *module, const char *function)
{
    const char *name = function ? without_type(function) : "";
    enum place_role role = module ? role_of_module(module) : PLACE_PROGRAM;
    if (role == PLACE_ALLOCATOR || is_allocator(name))
        return PLACE_ALLOCATOR;
    return role == PLACE_RUNTIME || is_runtime(name) ? PLACE_RUNTIME : PLACE_PROGRAM;
}

enum place_role place_role(const struct stacks_result *stacks, struct place place)
{
    return role_of_names(place_module(stacks, place), place_function(stacks, place));
}

bool culprit_of(const struct stacks_result *stacks, const struct stack_row *row, struct place *out,
                size_t *depth)
{
    struct place_walk walk = { .row = row };
    enum place_role best = PLACE_ALLOCATOR;
    struct place place;
    size_t at = 0, found = 0;
    for (; best != PLACE_PROGRAM && place_next(stacks, &walk, &place); at++) {
        enum place_role role = place_role(stacks, place);
        if (at > 0 && role <= best)
            continue;
        best = role;
        found = at;
        *out = place;
    }
    if (depth)
        *depth = found;
    return at > 0;
}
