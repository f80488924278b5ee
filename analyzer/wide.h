/* 128-bit whole numbers, where a product or a sum of 64-bit ones needs them. */
#ifndef ANALYZER_WIDE_H
#define ANALYZER_WIDE_H

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

#endif
