/* The modules of this process: which the loader has, and which of them the trace knows. */
#ifndef DATA_RECORD_MODULES_H
#define DATA_RECORD_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All of these run under the recorder's lock, take no other, and allocate nothing: what the loader
 * has is asked of _dl_find_object, which is safe anywhere. Before glibc 2.35 there is none, and
 * no module is ever found.
 */
struct module {
    uintptr_t start, end;
    const void *loaded_as;     /* the loader's own name for it; NULL: not the loader's */
    uintptr_t eh_frame_header; /* 0: none */
};

/* At the start of a process: the trace knows none of its modules. */
void modules_reset(void);

/* The module that the loader has at `pc`. */
bool modules_find(uintptr_t pc, struct module *module);

/*
 * That the trace is told of the image at `start` now; false if it was before. If the loader has
 * that image, it is watched.
 */
bool modules_tell(uintptr_t start);

/* Whether the trace does not know `module`; once for each, for no more than it can hold. */
bool modules_is_new(const struct module *module);

/* The next that was watched and has been unloaded: it is forgotten. False: no more. */
bool modules_take_unloaded(struct module *module);

enum { BUILD_ID_BYTES = 16 };

/* The first bytes of the GNU build id of the loader's image at `start`, zeros behind a short one.
 */
bool modules_build_id(uintptr_t start, uint8_t build_id[BUILD_ID_BYTES]);

#endif
