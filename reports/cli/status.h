/* Exit statuses: part of the interface. */
#ifndef REPORTS_CLI_STATUS_H
#define REPORTS_CLI_STATUS_H

enum status {
    STATUS_OK = 0,             /* damage that still yields a report included */
    STATUS_GATE = 1,           /* compare: a gated metric got worse */
    STATUS_USAGE = 2,          /* the command line made no sense */
    STATUS_INPUT = 3,          /* input unreadable, output unwritable, or stopped early */
    STATUS_NOT_COMPARABLE = 4, /* compare only */
    STATUS_INTERNAL = 70,      /* one of our own invariants failed (sysexits.h EX_SOFTWARE) */
};

#endif
