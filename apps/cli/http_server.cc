#include "http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "fruits/core/try.h"

namespace fruits::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxConnections = 16;
constexpr std::size_t kMaxRequestBytes = 8 << 10;
constexpr auto kLifetime = std::chrono::seconds(5);

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string Response(int code, std::string_view reason, std::string_view body, bool with_body = true) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n"
      "{}Connection: close\r\n\r\n{}",
      code, reason, body.size(), code == 405 ? "Allow: GET, HEAD\r\n" : "", with_body ? body : "");
}

// What a request's first line, "GET /metrics HTTP/1.1", gets.
std::string Answer(std::string_view line, const std::string& path, const HttpServer::Page& page) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1."))
    return Response(400, "Bad Request", "expected an HTTP/1 request\n");
  const std::string_view method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, second - first - 1);
  target = target.substr(0, target.find('?'));
  if (target != path) return Response(404, "Not Found", fmt::format("expected {}\n", path));
  if (method != "GET" && method != "HEAD") return Response(405, "Method Not Allowed", "expected GET\n");
  return Response(200, "OK", page(), method == "GET");
}

struct Connection {
  Socket socket;
  Clock::time_point end;
  std::string in{};
  std::string out{};  // not empty: answered; nothing more is read but thrown away
  std::size_t sent = 0;
  bool over = false;
};

}  // namespace

class HttpServer::Loop {
 public:
  Loop(Socket listener, Socket wake, std::string path, Page page)
      : listener_(std::move(listener)),
        wake_(std::move(wake)),
        path_(std::move(path)),
        page_(std::move(page)),
        thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  ~Loop() {
    thread_.request_stop();
    eventfd_write(wake_.get(), 1);
  }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> polled = {{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
      polled.push_back({.fd = listener_.get(), .events = POLLIN, .revents = 0});
      int wait_ms = -1;
      for (const Connection& connection : connections_) {
        const bool writes = connection.sent < connection.out.size();
        polled.push_back({.fd = connection.socket.get(),
                          .events = static_cast<short>(writes ? POLLOUT : POLLIN),
                          .revents = 0});
        wait_ms = 100;
      }
      if (poll(polled.data(), polled.size(), wait_ms) < 0 && errno != EINTR) return;
      for (std::size_t i = 0; i < connections_.size(); ++i) {
        if (polled[i + 2].revents != 0) Serve(connections_[i]);
      }
      const auto now = Clock::now();
      std::erase_if(connections_, [&](const Connection& c) { return c.over || now >= c.end; });
      if (polled[1].revents != 0) Accept();
    }
  }

  void Accept() {
    Socket socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.get() >= 0) {
      // The one that came first has had its time: nobody who says nothing keeps others out.
      if (connections_.size() == kMaxConnections) connections_.erase(connections_.begin());
      connections_.push_back({.socket = std::move(socket), .end = Clock::now() + kLifetime});
    } else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));  // no descriptors left: not in a busy loop
    }
  }

  void Serve(Connection& connection) {
    if (connection.sent < connection.out.size())
      Send(connection);
    else
      Receive(connection);
  }

  void Receive(Connection& connection) {
    char bytes[4096];
    const ssize_t count = recv(connection.socket.get(), bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      connection.over = true;
      return;
    }
    if (!connection.out.empty()) return;  // until the client has seen the answer and closes
    connection.in.append(bytes, static_cast<std::size_t>(count));
    if (connection.in.find("\r\n\r\n") != std::string::npos) {
      connection.out =
          Answer(std::string_view(connection.in).substr(0, connection.in.find("\r\n")), path_, page_);
    } else if (connection.in.size() >= kMaxRequestBytes) {
      connection.out = Response(431, "Request Header Fields Too Large", "the request is too long\n");
    }
    if (!connection.out.empty()) Send(connection);
  }

  static void Send(Connection& connection) {
    const ssize_t count = send(connection.socket.get(), connection.out.data() + connection.sent,
                               connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (count < 0) {
      connection.over = errno != EAGAIN && errno != EINTR;
      return;
    }
    connection.sent += static_cast<std::size_t>(count);
    if (connection.sent == connection.out.size()) shutdown(connection.socket.get(), SHUT_WR);
  }

  const Socket listener_;
  const Socket wake_;
  const std::string path_;
  const Page page_;
  std::vector<Connection> connections_;
  std::jthread thread_;  // last: it ends before what it uses
};

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address, int port, std::string path,
                                                      Page page) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0 || !found)
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}': expected an address of this machine, like 127.0.0.1, 0.0.0.0 or ::", address));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> info(found, freeaddrinfo);
  const auto fail = [&](int error) {
    // Not an address of this machine, no IPv6 here, an address of a link that does not say which.
    const bool is_address = error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == EINVAL;
    return Fail(is_address ? ErrorCode::kInvalidArgument : ErrorCode::kFailedPrecondition,
                fmt::format("{} port {}: {}", address, port, std::strerror(error)));
  };
  Socket listener(socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0) return fail(errno);
  const int on = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener.get(), info->ai_addr, info->ai_addrlen) != 0 || listen(listener.get(), 64) != 0)
    return fail(errno);
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  const in_port_t real = bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                                     : reinterpret_cast<sockaddr_in&>(bound).sin_port;
  Socket wake(eventfd(0, EFD_CLOEXEC));
  if (wake.get() < 0) return fail(errno);
  const bool is_v6 = bound.ss_family == AF_INET6;
  std::string url =
      fmt::format("http://{}{}{}:{}{}", is_v6 ? "[" : "", address, is_v6 ? "]" : "", ntohs(real), path);
  auto loop = std::make_unique<Loop>(std::move(listener), std::move(wake), std::move(path), std::move(page));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(url), std::move(loop)));
}

HttpServer::HttpServer(std::string url, std::unique_ptr<Loop> loop)
    : url_(std::move(url)), loop_(std::move(loop)) {}
HttpServer::~HttpServer() = default;
std::string HttpServer::url() const { return url_; }

}  // namespace fruits::cli
