// Exceptions of the standard library (memory, above all) as errors, where a thread or a public function ends.
//
//   Status status = Guard([&]() -> Status { return DoWork(); });
//
// Threads: any.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "fruits/core/error.h"

namespace fruits {

// What `work` returns (a Status or a Result); kResourceExhausted for std::bad_alloc, kInternal for other
// exceptions.
template <typename Work>
auto Guard(Work&& work) noexcept -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kResourceExhausted, "not enough memory");
  } catch (const std::exception& exception) {
    return Fail(ErrorCode::kInternal, exception.what());
  }
}

}  // namespace fruits
