#include "io/s3/curl_words.h"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

namespace fruits::io {
namespace {

// curl has one error for "no such name" and for a name server that does not answer; this asks which.
bool IsNameUnknown(const std::string& host) {
  addrinfo* found = nullptr;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (found != nullptr) freeaddrinfo(found);
  return code == EAI_NONAME || code == EAI_FAIL
#ifdef EAI_NODATA
         || code == EAI_NODATA
#endif
      ;
}

bool IsTlsFault(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string HostOf(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  char* host = nullptr;
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK ||
      curl_url_get(parts.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) {
    return "";
  }
  std::string text(host);
  curl_free(host);
  return text;
}

bool IsNear(std::string_view host) {
  return host.starts_with("169.254.") || host == "localhost" || host.ends_with(".localhost") ||
         host.starts_with("127.") || host == "[::1]";
}

HttpFault FaultOf(CURLcode code, const std::string& host) {
  if (IsTlsFault(code)) return HttpFault::kTls;
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
      return HttpFault::kNoMemory;
    case CURLE_COULDNT_RESOLVE_HOST:
      return IsNameUnknown(host) ? HttpFault::kUnknownHost : HttpFault::kTransient;
    case CURLE_COULDNT_RESOLVE_PROXY:
      return HttpFault::kUnknownHost;
    case CURLE_URL_MALFORMAT:
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_INTERFACE_FAILED:
      return HttpFault::kOther;
    default:
      return HttpFault::kTransient;
  }
}

}  // namespace fruits::io
