#include "io/s3/fault_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <optional>

namespace fruits::io::test {
namespace {

using std::chrono::milliseconds;

// One request off the connection; none: it was closed.
std::optional<ServedRequest> ReadRequest(int fd, std::string& rest) {
  const auto more = [&] {
    char buffer[65536];
    const ssize_t n = ::recv(fd, buffer, sizeof(buffer), 0);
    if (n > 0) rest.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  };
  while (rest.find("\r\n\r\n") == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  const std::size_t end = rest.find("\r\n\r\n");
  const std::string head = rest.substr(0, end + 2);
  rest.erase(0, end + 4);
  ServedRequest request;
  const std::size_t first = head.find(' ');
  const std::size_t second = head.find(' ', first + 1);
  request.method = head.substr(0, first);
  request.target = head.substr(first + 1, second - first - 1);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t line_end = head.find("\r\n", at);
    const std::string line = head.substr(at, line_end - at);
    std::string name = line.substr(0, line.find(':'));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers[name] = line.substr(std::min(line.size(), line.find(':') + 2));
    at = line_end + 2;
  }
  const auto length = request.headers.find("content-length");
  const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
  while (rest.size() < size) {
    if (!more()) return std::nullopt;
  }
  request.body = rest.substr(0, size);
  rest.erase(0, size);
  return request;
}

}  // namespace

Answer Answer::Make(int status, const std::string& headers, const std::string& body) {
  return {"HTTP/1.1 " + std::to_string(status) + " Words\r\n" + headers +
          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

Answer Answer::Body(const std::string& body) { return Make(200, "ETag: \"e1\"\r\n", body); }

Answer Answer::Xml(int status, const std::string& code, const std::string& message,
                   const std::string& headers) {
  return Make(
      status, headers,
      "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>");
}

Answer Answer::Cut(const std::string& body) {
  return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size() + 1) + "\r\n\r\n" + body,
          After::kClose};
}

FaultServer::FaultServer(std::vector<Answer> answers) : answers_(std::move(answers)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  ::listen(listener_, 64);
  port_ = ntohs(address.sin_port);
  listening_ = std::jthread([this] { Listen(); });
}

FaultServer::~FaultServer() {
  is_over_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  listening_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  threads_.clear();
  ::close(listener_);
}

std::string FaultServer::endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

S3Config FaultServer::Config() const {
  S3Config config{.endpoint = endpoint(), .region = "us-east-1", .path_style = true};
  config.stall_timeout = milliseconds(100);
  config.retry = {milliseconds(1), milliseconds(5), std::chrono::seconds(1)};
  config.credentials = [] { return S3Credentials{"AKIASECRETID", "very-secret-key", "session-token"}; };
  return config;
}

std::shared_ptr<S3Client> FaultServer::Client(std::stop_token stop) const {
  return S3Client::Create(Config(), std::move(stop)).value();
}

std::vector<ServedRequest> FaultServer::Requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FaultServer::Listen() {
  while (!is_over_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void FaultServer::Serve(int fd) {
  std::string rest;
  while (auto request = ReadRequest(fd, rest)) {
    const Answer* answer = nullptr;
    {
      const std::lock_guard lock(mutex_);
      answer = &answers_[std::min(requests_.size(), answers_.size() - 1)];
      requests_.push_back(std::move(*request));
    }
    if (!Reply(fd, *answer)) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

bool FaultServer::Reply(int fd, const Answer& answer) {
  std::size_t sent = 0;
  while (sent < answer.text.size()) {
    const ssize_t n = ::send(fd, answer.text.data() + sent, answer.text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  if (answer.after == Answer::After::kReset) {
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  if (answer.after == Answer::After::kStall) {
    char byte = 0;
    while (::recv(fd, &byte, 1, 0) > 0) {  // until the client gives up
    }
  }
  return answer.after == Answer::After::kKeep;
}

}  // namespace fruits::io::test
