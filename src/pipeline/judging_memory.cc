#include "pipeline/judging_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "fruits/stats/pca.h"
#include "fruits/stats/wide_pca.h"

namespace fruits {
namespace {

constexpr std::uint64_t kTileBytes = 8 << 10;  // of a row, while a Gram is made

std::uint64_t BytesToFit(std::uint64_t photos, std::uint64_t dimension, std::uint64_t components) {
  // The moments, their covariance and its eigenvectors, or the Gram matrix of the rows.
  if (dimension <= kMaxCovarianceDimension) return 8 * 3 * dimension * dimension;
  const std::uint64_t strip = std::min<std::uint64_t>(WidePca::kStripBytes, 8 * photos * dimension);
  return 8 * photos * photos + 8 * components * dimension + strip;
}

double Gigabytes(std::uint64_t bytes) { return static_cast<double>(bytes) * 1e-9; }

}  // namespace

std::uint64_t BytesToJudge(const JudgedSize& size) {
  const std::uint64_t n = size.photos;
  const std::uint64_t rows = sizeof(float) * n * (std::uint64_t{size.dimension} + size.reference_dimension);
  // The Gram matrix, and the kernel of a linear probe beside it.
  const std::uint64_t told = 2 * 8 * n * n + kTileBytes * n;
  return rows + std::max(told, BytesToFit(n, size.dimension, size.components));
}

Status CheckJudgingFits(const JudgedSize& size, std::size_t images, std::uint64_t usable) {
  const std::uint64_t bytes = BytesToJudge(size);
  if (bytes <= usable) return {};
  JudgedSize fewer = size;
  std::size_t fits = 0;
  for (std::size_t too_many = size.photos; fits + 1 < too_many;) {
    fewer.photos = fits + (too_many - fits) / 2;
    (BytesToJudge(fewer) <= usable ? fits : too_many) = fewer.photos;
  }
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("--images {}: to judge {} features of {} photos takes {:.1f} GB, of which {:.1f} are "
                  "here; expected at most {} photos",
                  images, size.dimension, size.photos, Gigabytes(bytes), Gigabytes(usable), fits));
}

}  // namespace fruits
