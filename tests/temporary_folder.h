/* A folder for the files of one test. Every call ends the test program if the system refuses. */
#ifndef TESTS_TEMPORARY_FOLDER_H
#define TESTS_TEMPORARY_FOLDER_H

#include <stdio.h>

char *temporary_folder_new(void); /* its path */

/* Removes the folder with all that is in it and one level of folders below, and frees its path. */
void temporary_folder_free(char *folder);

FILE *temporary_folder_open(const char *folder, const char *name, const char *mode);

/* What is in a file, as a string that is the caller's to free; NULL when there is none. */
char *temporary_folder_read(const char *folder, const char *name);

#endif
