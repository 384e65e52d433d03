#ifndef CTRADINGDESKCRYPT_H
#define CTRADINGDESKCRYPT_H

#include <stddef.h>

/// Longest output of either function, with its NUL (CRYPT_OUTPUT_SIZE of libxcrypt).
#define TRADINGDESK_CRYPT_OUTPUT_SIZE 384

/// Writes a bcrypt setting ("$2b$12$…") for `cost` (4…15) from 16 random bytes. 0 on success.
int tradingdesk_bcrypt_setting(int cost, const unsigned char *random, size_t random_length, char *output);

/// Hashes `phrase` under `setting` (a setting or a whole hash). The 32 kB work area of crypt_r lives on the heap:
/// the stacks of Swift's tasks are small. 0 on success.
int tradingdesk_bcrypt_hash(const char *phrase, const char *setting, char *output);

#endif
