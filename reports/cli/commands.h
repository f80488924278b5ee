/* The commands of the program: each gets its own name as argv[0] and returns the exit status. */
#ifndef REPORTS_CLI_COMMANDS_H
#define REPORTS_CLI_COMMANDS_H

int command_record(int argc, char **argv);

#endif
