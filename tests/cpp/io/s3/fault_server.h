// A server that answers as a test tells it, on a loopback port: for what no real server does on demand.
//
//   FaultServer server({Answer::Xml(503, "SlowDown"), Answer::Body("hello")});   // the last one again and
//   again auto client = server.Client();
//
// Threads: any; destroy it after the clients' calls.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/s3/client.h"

namespace fruits::io::test {

struct ServedRequest {
  std::string method;
  std::string target;  // "/bucket/key?query"
  std::map<std::string, std::string> headers;
  std::string body;
};

struct Answer {
  enum class After { kKeep, kClose, kReset, kStall };
  std::string text{};  // whole: status line, headers, body
  After after = After::kKeep;

  static Answer Make(int status, const std::string& headers, const std::string& body);
  static Answer Body(const std::string& body);
  static Answer Xml(int status, const std::string& code, const std::string& message = "words of the server",
                    const std::string& headers = "");
  static Answer Cut(const std::string& body);  // announces one byte more than it sends
  static Answer Reset() { return {"", After::kReset}; }
  static Answer Stall(const std::string& text = "") { return {text, After::kStall}; }
};

class FaultServer {
 public:
  explicit FaultServer(std::vector<Answer> answers);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  std::string endpoint() const;
  S3Config Config() const;  // pauses of milliseconds, gives up after 1 s, stalls after 100 ms
  std::shared_ptr<S3Client> Client(std::stop_token stop = {}) const;
  std::vector<ServedRequest> Requests() const;
  int connections() const { return connections_; }

 private:
  void Listen();
  void Serve(int fd);
  bool Reply(int fd, const Answer& answer);

  const std::vector<Answer> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_over_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<ServedRequest> requests_;
  std::vector<std::jthread> threads_;
  std::vector<int> open_;
  std::jthread listening_;
};

}  // namespace fruits::io::test
