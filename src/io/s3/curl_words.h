// What libcurl's errors and addresses mean to a connection. Threads: any.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "io/s3/connection.h"

namespace fruits::io {

std::string HostOf(const std::string& url);  // "" where it is no address
// This machine and its metadata server: never through a proxy.
bool IsNear(std::string_view host);
// All that can go wrong between here and the server helps to try again, but for a few faults. May ask the
// name server.
HttpFault FaultOf(CURLcode code, const std::string& host);

}  // namespace fruits::io
