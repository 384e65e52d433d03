#include <hiredis/hiredis.h>

// Time limits in milliseconds: Swift's release build sees `struct timeval` through another module than its debug build.
static inline struct timeval seaworthy_redis_limit(long milliseconds) {
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
    return limit;
}

static inline redisContext *seaworthy_redis_connect(const char *host, int port, long milliseconds) {
    return redisConnectWithTimeout(host, port, seaworthy_redis_limit(milliseconds));
}

static inline redisContext *seaworthy_redis_connect_unix(const char *path, long milliseconds) {
    return redisConnectUnixWithTimeout(path, seaworthy_redis_limit(milliseconds));
}

static inline int seaworthy_redis_set_timeout(redisContext *context, long milliseconds) {
    return redisSetTimeout(context, seaworthy_redis_limit(milliseconds));
}
