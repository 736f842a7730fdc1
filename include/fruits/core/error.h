// What went wrong, as a value.
//
//   Result<Bundle> bundle = LoadBundle(dir);
//   if (!bundle) return std::unexpected(bundle.error().WithContext("while opening the store"));
//
// Who detects an error writes what it is, which input it is about and what was expected; who passes it
// across a room adds one context. Threads: a value type, no shared state.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace fruits {

enum class ErrorCode {
  kInvalidArgument,     // a setting or call that can never work
  kNotFound,            // a named thing does not exist
  kIo,                  // the machine or a server failed
  kCorrupt,             // data that breaks its own format
  kFailedPrecondition,  // right call, wrong state (another fingerprint, no VNNI, foreign folder)
  kResourceExhausted,   // disk full, over a stated bound
  kCancelled,           // stopped on request
  kUnavailable,         // may work when tried again
  kInternal,            // a fault of this library
};

// "invalid argument", "not found", ...
std::string_view ToString(ErrorCode code);

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // The same error with "context: " before its message.
  Error WithContext(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}

}  // namespace fruits
