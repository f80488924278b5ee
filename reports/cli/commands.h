/* The commands of heapfrag. Each gets its own name as argv[0] and returns an exit status. */
#ifndef REPORTS_CLI_COMMANDS_H
#define REPORTS_CLI_COMMANDS_H

int command_report(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_export(int argc, char **argv);
int command_info(int argc, char **argv);
int command_events(int argc, char **argv);
int command_record(int argc, char **argv);

#endif
