#ifndef SEAWORTHY_CURL_SHIM_H
#define SEAWORTHY_CURL_SHIM_H

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift can't call: one function for each type of argument.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

typedef size_t (*seaworthy_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
typedef int (*seaworthy_curl_trace)(CURL *handle, curl_infotype kind, char *bytes, size_t count, void *context);

static inline int seaworthy_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

static inline CURLcode seaworthy_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/* libcurl copies the text. */
static inline CURLcode seaworthy_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/* The list must live as long as the handle uses it. */
static inline CURLcode seaworthy_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode seaworthy_curl_set_context(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode seaworthy_curl_set_bytes(CURL *handle, CURLoption option, seaworthy_curl_bytes value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode seaworthy_curl_set_trace(CURL *handle, seaworthy_curl_trace value) {
    return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, value);
}

static inline CURLcode seaworthy_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode seaworthy_curl_get_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

#endif
