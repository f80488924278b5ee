/* The environment of programs that are guests. */
#include "reports/child_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char **child_environment_fill(struct child_environment *environment)
{
    static char locale[] = "LC_ALL=C.UTF-8", any_path[] = "PATH=/usr/bin:/bin", root[] = "HOME=/";
    const char *path = getenv("PATH"), *home = getenv("HOME");
    char *text = environment->text, **list = environment->list;
    size_t size = sizeof environment->text;
    int length = snprintf(text, size, "PATH=%s", path ? path : "/usr/bin:/bin");
    list[0] = locale;
    list[1] = length > 0 && (size_t)length < size ? text : any_path;
    size_t used = strlen(text) + 1;
    length = snprintf(text + used, size - used, "HOME=%s", home ? home : "/");
    list[2] = length > 0 && (size_t)length < size - used ? text + used : root;
    list[3] = NULL;
    return list;
}
