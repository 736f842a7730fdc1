// Doubles on a 64-byte boundary, not cleared: the same alignment every time, so that a kernel that looks at
// addresses gives the same bytes every time. Threads: as plain memory.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

#include "fruits/core/error.h"

namespace fruits {

class AlignedBuffer {
 public:
  // kResourceExhausted, saying what for.
  static Result<AlignedBuffer> Make(std::size_t count, const std::string& purpose) {
    const std::size_t bytes = (count * sizeof(double) + 63) / 64 * 64;
    auto* data = static_cast<double*>(std::aligned_alloc(64, bytes > 0 ? bytes : 64));
    if (data == nullptr) {
      return Fail(ErrorCode::kResourceExhausted,
                  std::to_string(bytes >> 20) + " MiB of memory for " + purpose + " cannot be had");
    }
    return AlignedBuffer(data);
  }
  double* data() { return data_.get(); }
  const double* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(double* data) const { std::free(data); }
  };
  explicit AlignedBuffer(double* data) : data_(data) {}
  std::unique_ptr<double[], Free> data_;
};

}  // namespace fruits
