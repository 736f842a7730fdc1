#include "io/s3/gateway.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

namespace fruits::io::test {

using std::chrono::milliseconds;

int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

Gateway* Gateway::Get() {
  static const std::unique_ptr<Gateway> gateway = []() -> std::unique_ptr<Gateway> {
    const char* program = std::getenv("FRUITS_TEST_VERSITYGW");
    if (program == nullptr || *program == 0) return nullptr;
    std::unique_ptr<Gateway> started(new Gateway);
    if (!started->Start(program)) {
      ADD_FAILURE() << program << " does not start";
      return nullptr;
    }
    return started;
  }();
  return gateway.get();
}

bool Gateway::Start(const std::string& program) {
  const std::string address = "127.0.0.1:" + std::to_string(FreePort());
  endpoint_ = "http://" + address;
  const std::string root = folder_ / "buckets";
  std::filesystem::create_directories(root);
  const char* arguments[] = {program.c_str(), "--port",       address.c_str(), "--region",   "us-east-1",
                             "--quiet",       "--keep-alive", "posix",         root.c_str(), nullptr};
  const char* environment[] = {"ROOT_ACCESS_KEY=test-access", "ROOT_SECRET_KEY=test-secret", nullptr};
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execve(program.c_str(), const_cast<char**>(arguments), const_cast<char**>(environment));
    ::_exit(127);
  }
  // Right after its start it answers some signed requests with 400.
  const auto client = Client();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto page = client->List("nobody-has-made-this", {});
    if (!page && page.error().message().find("NoSuchBucket") != std::string::npos) return true;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return false;
}

Gateway::~Gateway() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

S3Config Gateway::Config() const {
  S3Config config{.endpoint = endpoint_, .region = "us-east-1", .path_style = true};
  config.retry = {milliseconds(1), milliseconds(5), std::chrono::seconds(1)};
  config.credentials = [] { return S3Credentials{"test-access", "test-secret", ""}; };
  return config;
}

std::shared_ptr<S3Client> Gateway::Client() const { return S3Client::Create(Config(), {}).value(); }

std::string Gateway::MakeBucket() const {
  static std::atomic<int> count{0};
  std::string bucket = "bucket-" + std::to_string(++count);
  // A bucket is a key of the root: the client has no call of its own for it.
  const auto made = Client()->Put(bucket, "", "");
  EXPECT_TRUE(made) << made.error().message();
  return bucket;
}

}  // namespace fruits::io::test
