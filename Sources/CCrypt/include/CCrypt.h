#ifndef SEAWORTHY_CCRYPT_H
#define SEAWORTHY_CCRYPT_H

#include <stddef.h>

/// Longest output of either function, with its NUL (CRYPT_OUTPUT_SIZE of libxcrypt).
#define SEAWORTHY_CRYPT_OUTPUT_SIZE 384

/// Writes a bcrypt setting ("$2b$12$…") for `cost` (4…16) from 16 random bytes. 0 on success.
int seaworthy_bcrypt_setting(int cost, const unsigned char *random, size_t random_length, char *output);

/// Hashes `phrase` under `setting` (a setting or a whole hash of any scheme of libxcrypt). The 32 kB work area of crypt_r
/// lives on the heap, because stacks of Swift's tasks are small, and is wiped. 0 on success.
int seaworthy_crypt(const char *phrase, const char *setting, char *output);

#endif
