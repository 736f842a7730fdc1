// The passes of resize_kernels.h one number at a time: for machines without SIMD and for very narrow
// pictures. Threads: any; no shared state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image/resize_kernels.h"
#include "image/resize_table.h"

namespace fruits::detail {

void PlainHorizontalPass(const SourceRows& source, const ResizeTable& table, std::uint8_t* out);

// Output row y of the vertical pass; `source` is the first input row that it needs.
void PlainVerticalRow(const std::uint8_t* source, std::size_t row_bytes, const ResizeTable& table,
                      std::size_t y, std::uint8_t* out);

}  // namespace fruits::detail
