#include "io/s3/sdk_credentials.h"

#include <arrow/filesystem/s3fs.h>

#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace fruits::io {
namespace {

// One thread asks the chain when somebody wants an answer; callers wait for it as long as they like.
class Sdk {
 public:
  static Sdk& Get() {
    static Sdk* const sdk = new Sdk;  // not destroyed: Stop() ends it, before the libraries go
    return *sdk;
  }

  std::optional<S3Credentials> Ask(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (is_stopped_) return std::nullopt;
    if (!thread_.joinable()) {
      if (!arrow::fs::EnsureS3Initialized().ok()) return std::nullopt;
      StopAtExit();
      thread_ = std::thread([this] { Work(); });
    }
    if (!is_asking_) {
      is_asking_ = true;
      wanted_.notify_one();
    }
    answered_.wait_for(lock, wait, [this] { return !is_asking_ || is_stopped_; });
    return answer_;
  }

  void Restart() {
    const std::lock_guard lock(mutex_);
    is_new_chain_ = true;
    answer_.reset();
  }

 private:
  // Without FinalizeS3() before the end the SDK may crash in its destructors. What is registered last runs
  // first, so this is done anew whenever the SDK may have made statics of its own.
  static void StopAtExit() {
    (void)std::atexit([] { Get().Stop(); });
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopped_) return;
      is_stopped_ = true;
      wanted_.notify_all();
      answered_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    (void)arrow::fs::EnsureS3Finalized();
  }

  void Work() {
    std::unique_ptr<arrow::fs::S3Options> options;
    std::unique_lock lock(mutex_);
    for (;;) {
      wanted_.wait(lock, [this] { return is_asking_ || is_stopped_; });
      if (is_stopped_) return;
      if (std::exchange(is_new_chain_, false)) options.reset();
      lock.unlock();
      std::optional<S3Credentials> found;
      const bool is_new = !options;
      try {
        found = AskChain(options);
      } catch (const std::exception&) {  // as if there were none: the server then says what it misses
      }
      if (is_new) StopAtExit();
      lock.lock();
      if (is_new_chain_) continue;  // what the old one says now is not wanted any more
      if (found)
        answer_ = std::move(found);  // a chain that fails once in a while does not take away what works
      is_asking_ = false;
      answered_.notify_all();
    }
  }

  static std::optional<S3Credentials> AskChain(std::unique_ptr<arrow::fs::S3Options>& options) {
    if (!options) options = std::make_unique<arrow::fs::S3Options>(arrow::fs::S3Options::Defaults());
    // Three calls, between which they may be renewed.
    for (int i = 0; i < 3; ++i) {
      S3Credentials credentials{options->GetAccessKey(), options->GetSecretKey(), options->GetSessionToken()};
      if (credentials.access_key.empty()) return std::nullopt;
      if (options->GetAccessKey() == credentials.access_key) return credentials;
    }
    return std::nullopt;
  }

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::condition_variable answered_;
  std::thread thread_;
  bool is_asking_ = false;
  bool is_stopped_ = false;
  bool is_new_chain_ = false;
  std::optional<S3Credentials> answer_;
};

}  // namespace

std::optional<S3Credentials> AskSdk(std::chrono::milliseconds wait) { return Sdk::Get().Ask(wait); }

void RestartSdkChain() { Sdk::Get().Restart(); }

}  // namespace fruits::io
