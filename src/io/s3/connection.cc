#include "io/s3/connection.h"

#include <curl/curl.h>
#include <fmt/core.h>
#include <pthread.h>
#include <signal.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <new>
#include <optional>
#include <utility>

#include "io/s3/curl_words.h"

namespace fruits::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kIdleConnections = 64;
constexpr std::size_t kErrorTextBytes = 64 << 10;
constexpr std::size_t kHeaderBytes = 4 << 10;
constexpr std::size_t kReserveBytes = 64 << 20;  // a Content-Length beyond is believed as its bytes come
constexpr std::string_view kWantedHeaders[] = {
    "content-length",    "content-range",      "date", "etag", "last-modified", "retry-after",
    "transfer-encoding", "x-amz-bucket-region"};

void StartCurlOnce() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)started;
}

// OpenSSL writes to sockets without MSG_NOSIGNAL: a connection that the server closed would end the process.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&only_);
    sigaddset(&only_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  ~SigpipeBlock() {
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&only_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

 private:
  sigset_t only_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

struct HeaderList {
  curl_slist* first = nullptr;
  bool failed = false;
  void Add(const char* line) {
    curl_slist* longer = curl_slist_append(first, line);
    if (longer == nullptr) {
      failed = true;
    } else {
      first = longer;
    }
  }
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(first); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
};

}  // namespace

std::string_view HttpAnswer::Header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::chrono::system_clock::time_point> ParseHttpDate(std::string_view text) {
  const std::time_t seconds = text.empty() ? -1 : curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::system_clock::from_time_t(seconds);
}

// One easy handle and the multi handle that holds its connection: a multi handle can be woken by a stop
// request.
class Connection {
 public:
  Connection() : easy_(curl_easy_init()), multi_(curl_multi_init()) {}
  ~Connection() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  HttpAnswer Send(const ConnectionSettings& settings, const HttpRequest& request,
                  std::vector<std::byte>* body, const std::stop_token& stop);

 private:
  void SetOptions(const ConnectionSettings& settings, const HttpRequest& request, const std::string& host,
                  HeaderList& headers);
  void SetBody(const HttpRequest& request);
  // Empty: interrupted, and answer_ says why.
  std::optional<CURLcode> Transfer(milliseconds stall_timeout, const std::stop_token& stop);
  std::optional<CURLcode> TransferLoop(milliseconds stall_timeout, const std::stop_token& stop);
  void CheckLength();
  void OnHeader(std::string_view line);
  bool OnBody(std::string_view bytes);
  static std::size_t HeaderArrived(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t BodyArrived(char* data, std::size_t size, std::size_t count, void* self);

  CURL* easy_;
  CURLM* multi_;
  char error_[CURL_ERROR_SIZE] = {};
  // Of the request under way.
  HttpAnswer answer_{};
  const HttpRequest* request_ = nullptr;
  std::vector<std::byte>* body_ = nullptr;
  std::uint64_t received_ = 0;
  steady_clock::time_point last_byte_{};
};

std::size_t Connection::HeaderArrived(char* data, std::size_t size, std::size_t count, void* self) {
  auto* connection = static_cast<Connection*>(self);
  try {
    connection->OnHeader({data, size * count});
    return size * count;
  } catch (const std::bad_alloc&) {
    connection->answer_.fault = HttpFault::kNoMemory;
    return 0;
  }
}

std::size_t Connection::BodyArrived(char* data, std::size_t size, std::size_t count, void* self) {
  auto* connection = static_cast<Connection*>(self);
  try {
    return connection->OnBody({data, size * count}) ? size * count : 0;
  } catch (const std::bad_alloc&) {
    connection->answer_.fault = HttpFault::kNoMemory;
    return 0;
  }
}

void Connection::OnHeader(std::string_view line) {
  last_byte_ = steady_clock::now();
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // again after "100 Continue"
    answer_.headers.clear();
    answer_.status = 0;
    const std::string_view status = line.substr(std::min(line.find(' ') + 1, line.size()));
    std::from_chars(status.data(), status.data() + status.size(), answer_.status);
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.size() > kHeaderBytes) return;
  std::string name(line.substr(0, colon));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (std::ranges::find(kWantedHeaders, name) == std::end(kWantedHeaders)) return;
  line.remove_prefix(colon + 1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  answer_.headers.insert_or_assign(std::move(name), std::string(line));
}

bool Connection::OnBody(std::string_view bytes) {
  last_byte_ = steady_clock::now();
  if (answer_.status < 200 || answer_.status >= 300) {
    answer_.error_text.append(bytes.substr(0, kErrorTextBytes - answer_.error_text.size()));
    return true;
  }
  if (received_ == 0) {
    curl_off_t announced = -1;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    const std::uint64_t length = announced > 0 ? static_cast<std::uint64_t>(announced) : 0;
    if (request_->max_bytes > 0 && length > request_->max_bytes) {
      answer_.fault = HttpFault::kTooLarge;
      answer_.words = fmt::format("has {} bytes, more than {}", length, request_->max_bytes);
      return false;
    }
    if (body_ != nullptr) body_->reserve(std::min<std::uint64_t>(length, kReserveBytes));
  }
  received_ += bytes.size();
  if (request_->max_bytes > 0 && received_ > request_->max_bytes) {
    answer_.fault = HttpFault::kTooLarge;
    answer_.words = fmt::format("has more than {} bytes", request_->max_bytes);
    return false;
  }
  if (body_ != nullptr) {
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    body_->insert(body_->end(), first, first + bytes.size());
  }
  return true;
}

void Connection::SetBody(const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void Connection::SetOptions(const ConnectionSettings& settings, const HttpRequest& request,
                            const std::string& host, HeaderList& headers) {
  curl_easy_reset(easy_);  // the connection stays
  SetBody(request);
  for (const std::string& line : request.headers) headers.Add(line.c_str());
  headers.Add("Expect:");  // no pause before a body
  headers.Add("Accept:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.first);
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);  // keys may hold "/../" and "//"
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, 64L << 10);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "fruits");
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Connection::HeaderArrived);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Connection::BodyArrived);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_);
  if (!settings.ca_bundle.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, settings.ca_bundle.c_str());
  if (IsNear(host)) curl_easy_setopt(easy_, CURLOPT_PROXY, "");
}

std::optional<CURLcode> Connection::TransferLoop(milliseconds stall_timeout, const std::stop_token& stop) {
  curl_off_t sent_before = 0;
  for (;;) {
    int running = 0;
    if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (stop.stop_requested()) {
      answer_.fault = HttpFault::kCancelled;
      return std::nullopt;
    }
    curl_off_t sent = 0;
    curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
    if (sent != sent_before) last_byte_ = steady_clock::now();
    sent_before = sent;
    const auto still = std::chrono::duration_cast<milliseconds>(steady_clock::now() - last_byte_);
    if (still >= stall_timeout) {
      answer_.fault = HttpFault::kTransient;
      answer_.words = fmt::format("no byte for {:.1f} s", static_cast<double>(still.count()) / 1000);
      return std::nullopt;
    }
    const milliseconds wait = std::min(stall_timeout - still + milliseconds(1), milliseconds(1'000));
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return CURLE_FAILED_INIT;
}

std::optional<CURLcode> Connection::Transfer(milliseconds stall_timeout, const std::stop_token& stop) {
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
  const std::optional<CURLcode> code = TransferLoop(stall_timeout, stop);
  curl_multi_remove_handle(multi_, easy_);
  return code;
}

// curl counts the bytes against Content-Length and chunks; without either, a body that was cut looks whole.
void Connection::CheckLength() {
  const bool has_body = request_->method == "GET" && answer_.IsSuccess() && answer_.status != 204;
  if (has_body && answer_.Header("content-length").empty() && answer_.Header("transfer-encoding").empty()) {
    answer_.fault = HttpFault::kTransient;
    answer_.words = "an answer that does not say how long it is";
  }
}

HttpAnswer Connection::Send(const ConnectionSettings& settings, const HttpRequest& request,
                            std::vector<std::byte>* body, const std::stop_token& stop) {
  answer_ = {};
  request_ = &request;
  body_ = body;
  received_ = 0;
  error_[0] = 0;
  if (body != nullptr) body->clear();
  if (easy_ == nullptr || multi_ == nullptr) {
    answer_.fault = HttpFault::kNoMemory;
    return std::move(answer_);
  }
  const std::string host = HostOf(request.url);
  HeaderList headers;
  SetOptions(settings, request, host, headers);
  if (headers.failed) {
    answer_.fault = HttpFault::kNoMemory;
    return std::move(answer_);
  }
  last_byte_ = steady_clock::now();
  const SigpipeBlock block;
  const std::optional<CURLcode> code = Transfer(settings.stall_timeout, stop);
  if (code && *code != CURLE_OK && answer_.fault == HttpFault::kNone) {
    answer_.fault = FaultOf(*code, host);
    answer_.words = error_[0] != 0 ? error_ : curl_easy_strerror(*code);
  }
  if (answer_.fault == HttpFault::kNone) CheckLength();
  return std::move(answer_);
}

ConnectionPool::ConnectionPool(ConnectionSettings settings) : settings_(std::move(settings)) {
  StartCurlOnce();
}

ConnectionPool::~ConnectionPool() = default;

HttpAnswer ConnectionPool::Send(const HttpRequest& request, std::vector<std::byte>* body,
                                const std::stop_token& stop) {
  std::unique_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      connection = std::move(idle_.back());  // the one used last is the likeliest to be alive still
      idle_.pop_back();
    }
  }
  if (!connection) connection = std::make_unique<Connection>();
  HttpAnswer answer = connection->Send(settings_, request, body, stop);
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnections) idle_.push_back(std::move(connection));
  return answer;
}

}  // namespace fruits::io
