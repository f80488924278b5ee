/* libarchive, which is loaded when something is to be unpacked or packed. */
#include "decoder/libarchive.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Where the address of each function goes. */
static const struct symbol {
    const char *name;
    size_t offset; /* in struct libarchive */
} symbols[] = {
#define X(name) { #name, offsetof(struct libarchive, name) },
    LIBARCHIVE_FUNCTION_LIST(X)
#undef X
};

static bool fail(struct error *err)
{
    const char *why = dlerror();
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                     "cannot load libarchive, which unpacks and packs (Debian: " LIBARCHIVE_PACKAGE
                     "; a plain .etl file needs none): %.200s",
                     why ? why : "nobody says why");
}

/* POSIX has an address of a function fit in a pointer to data; C has no cast for it. */
static bool find(struct libarchive *library, void *handle, const struct symbol *symbol)
{
    void *address = dlsym(handle, symbol->name);
    _Static_assert(sizeof address == sizeof library->archive_read_new, "POSIX: dlsym");
    memcpy((char *)library + symbol->offset, &address, sizeof address);
    return address;
}

bool libarchive_load_as(struct libarchive *library, const char *soname, struct error *err)
{
    void *handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return fail(err);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        if (find(library, handle, &symbols[i]))
            continue;
        fail(err);
        dlclose(handle);
        return false;
    }
    return true;
}

bool libarchive_load(struct libarchive *library, struct error *err)
{
    return libarchive_load_as(library, LIBARCHIVE_SONAME, err);
}
