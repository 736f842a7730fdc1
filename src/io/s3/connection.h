// HTTP requests on kept-alive connections, by libcurl: one request, one answer, no second try.
//
//   ConnectionPool pool({.connect_timeout = ..., .stall_timeout = ...});
//   HttpAnswer answer = pool.Send({.method = "GET", .url = url, .headers = headers}, &body, stop);
//
// TLS is always verified. Redirects are answers like others. A proxy is taken from the environment as curl
// does (https_proxy, no_proxy; part of the AWS chain's exception from reading no environment), never for this
// machine. Threads: any. Memory: 64 KB for each connection, at most 64 of them idle.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace fruits::io {

enum class HttpFault {
  kNone,         // an answer of any status
  kTransient,    // connecting, sending, receiving, a body cut short, no byte for stall_timeout
  kUnknownHost,  // no such name; "try again" of the DNS server is kTransient
  kTls,          // a certificate that does not verify, no common protocol
  kTooLarge,     // over max_bytes
  kCancelled,
  kNoMemory,
  kOther,
};

struct HttpRequest {
  std::string method{};  // GET, HEAD, PUT, POST, DELETE
  std::string url{};
  std::vector<std::string> headers{};  // "Name: value"
  std::string_view body{};             // of PUT and POST; borrowed
  std::uint64_t max_bytes = 0;         // of an answer's body; 0: no limit
};

struct HttpAnswer {
  HttpFault fault = HttpFault::kNone;
  std::string words{};  // of a fault
  int status = 0;
  std::map<std::string, std::string, std::less<>>
      headers{};             // those that S3 calls look at; names in lower case
  std::string error_text{};  // the body of an answer that is not 2xx, at most 64 KiB

  bool IsSuccess() const { return fault == HttpFault::kNone && status >= 200 && status < 300; }
  std::string_view Header(std::string_view name) const;  // "" where there is none
};

// "Wed, 12 Oct 2009 17:50:00 GMT".
std::optional<std::chrono::system_clock::time_point> ParseHttpDate(std::string_view text);

struct ConnectionSettings {
  std::string ca_bundle{};  // empty: the system's
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds stall_timeout{15'000};
};

class Connection;

class ConnectionPool {
 public:
  explicit ConnectionPool(ConnectionSettings settings);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // The body of a 2xx answer replaces *body (null: dropped). A body shorter than Content-Length, or one whose
  // end cannot be told, is kTransient. Stops within milliseconds.
  HttpAnswer Send(const HttpRequest& request, std::vector<std::byte>* body, const std::stop_token& stop);

 private:
  const ConnectionSettings settings_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace fruits::io
