/* A plugin of the program with known call stacks. */
#include "data/record/exercise_stacks.h"

static volatile size_t called;

void plugin_entry(void (*function)(size_t), size_t size)
{
    function(size);
    called++;
}
