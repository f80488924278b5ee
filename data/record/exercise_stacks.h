/* What the program with known call stacks has in common with its plugins. */
#ifndef DATA_RECORD_EXERCISE_STACKS_H
#define DATA_RECORD_EXERCISE_STACKS_H

#include <stddef.h>
#include <stdint.h>

/* A function whose frame is looked for: not inlined, with a name that the loader knows. */
#if defined __clang__
#define PLANTED __attribute__((noinline)) /* which makes no copies of functions */
#else
#define PLANTED __attribute__((noinline, noclone))
#endif

enum { FRAMES_DEFAULT = 64 }; /* of heapfrag record --stacks */

void innermost(size_t size);
void in_the_middle(size_t size);
void outermost(size_t size);
void recurse(size_t size, unsigned depth);
void *in_thread(void *number);
void handle(int number);
void interrupted(void);
void damaged(size_t size);
void grow_by_small_steps(size_t steps);
void pin_pages(size_t count);
void tell(size_t pages, size_t steps);
int main(int argc, char **argv);

/* Of code without call frame information: calls `function` while rbp is `pointer`. */
void call_with_frame_pointer(void (*function)(size_t), size_t size, uintptr_t pointer);

/* What a plugin has: it calls back. */
void plugin_entry(void (*function)(size_t), size_t size);

#endif
