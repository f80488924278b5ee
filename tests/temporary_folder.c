/* A folder for the files of one test. Every call ends the test program if the system refuses. */
#include "temporary_folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void insist(int is_good, const char *what)
{
    if (is_good)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

char *temporary_folder_new(void)
{
    char *folder = strdup("/tmp/heapfrag-test-XXXXXX");
    insist(folder && mkdtemp(folder), "mkdtemp");
    return folder;
}

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    insist(path != NULL, "malloc");
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static void remove_all(const char *path, int depth)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *child = join(path, entry->d_name);
        if (unlink(child) != 0 && depth > 0)
            remove_all(child, depth - 1);
        free(child);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

void temporary_folder_free(char *folder)
{
    remove_all(folder, 1);
    free(folder);
}

FILE *temporary_folder_open(const char *folder, const char *name, const char *mode)
{
    char *path = join(folder, name);
    FILE *file = fopen(path, mode);
    insist(file != NULL, path);
    free(path);
    return file;
}

char *temporary_folder_read(const char *folder, const char *name)
{
    char *path = join(folder, name);
    FILE *file = fopen(path, "rb");
    free(path);
    if (!file)
        return NULL;
    insist(fseek(file, 0, SEEK_END) == 0, "fseek");
    long size = ftell(file);
    insist(size >= 0, "ftell");
    rewind(file);
    char *text = malloc((size_t)size + 1);
    insist(text != NULL, "malloc");
    text[fread(text, 1, (size_t)size, file)] = '\0';
    fclose(file);
    return text;
}
