#define _GNU_SOURCE
#include "CCrypt.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

int seaworthy_bcrypt_setting(int cost, const unsigned char *random, size_t random_length, char *output) {
    if (cost < 4 || cost > 16 || random_length < 16) return 1;
    return crypt_gensalt_rn("$2b$", (unsigned long)cost, (const char *)random, (int)random_length, output,
                            SEAWORTHY_CRYPT_OUTPUT_SIZE) == NULL;
}

int seaworthy_crypt(const char *phrase, const char *setting, char *output) {
    struct crypt_data *work = calloc(1, sizeof *work);
    if (work == NULL) return 1;
    const char *hash = crypt_r(phrase, setting, work);
    int failed = hash == NULL || hash[0] == '*' || strlen(hash) >= SEAWORTHY_CRYPT_OUTPUT_SIZE;
    if (!failed) strcpy(output, hash);
    explicit_bzero(work, sizeof *work);
    free(work);
    return failed;
}
