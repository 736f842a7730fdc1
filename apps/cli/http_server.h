// One page of text over HTTP, for a scraper: GET PATH, nothing else.
//
//   FRUITS_TRY(const auto server, HttpServer::Start("127.0.0.1", 9095, "/metrics", [&] { return Text(); }));
//
// Threads: one of its own, in which `page` is called; it ends with the object. Memory: 16 connections, 8 KiB
// of request and one page each; a connection lives five seconds at most, whatever its client does.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fruits/core/error.h"

namespace fruits::cli {

class HttpServer {
 public:
  using Page = std::function<std::string()>;

  // `address` is an IPv4 or IPv6 address of this machine; port 0: any that is free. kInvalidArgument: no such
  // address; kFailedPrecondition: the port is taken, or not this user's to take.
  static Result<std::unique_ptr<HttpServer>> Start(const std::string& address, int port, std::string path,
                                                   Page page);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;  // "http://127.0.0.1:9095/metrics"

 private:
  class Loop;
  HttpServer(std::string url, std::unique_ptr<Loop> loop);

  const std::string url_;
  const std::unique_ptr<Loop> loop_;
};

}  // namespace fruits::cli
