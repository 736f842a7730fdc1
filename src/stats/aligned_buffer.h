// Doubles on a 64-byte boundary, not cleared: the same alignment every time, so that a kernel that looks at
// addresses gives the same bytes every time. From 4 to 64 MiB they ask for huge pages: a matrix that streams
// from memory again and again comes a tenth faster at least. Above, a triangle that leaves half of its pages
// untouched would cost too much. Threads: as plain memory.
#pragma once

#include <sys/mman.h>

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
    const std::size_t exact = count * sizeof(double);
    const bool huge = exact >= kLeastHuge && exact <= kMostHuge;
    const std::size_t alignment = huge ? kHugePage : 64;
    const std::size_t bytes = (exact + alignment - 1) / alignment * alignment;
    auto* data = static_cast<double*>(std::aligned_alloc(alignment, bytes > 0 ? bytes : alignment));
    if (data == nullptr) {
      return Fail(ErrorCode::kResourceExhausted, std::to_string((bytes + (1U << 20) - 1) >> 20) +
                                                     " MiB of memory for " + purpose + " cannot be had");
    }
    if (huge) madvise(data, bytes, MADV_HUGEPAGE);  // advice: a kernel without them refuses it
    return AlignedBuffer(data);
  }
  double* data() { return data_.get(); }
  const double* data() const { return data_.get(); }

 private:
  static constexpr std::size_t kHugePage = 2U << 20;
  static constexpr std::size_t kLeastHuge = 4U << 20, kMostHuge = 64U << 20;

  struct Free {
    void operator()(double* data) const { std::free(data); }
  };
  explicit AlignedBuffer(double* data) : data_(data) {}
  std::unique_ptr<double[], Free> data_;
};

}  // namespace fruits
