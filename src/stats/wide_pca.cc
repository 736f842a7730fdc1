#include "fruits/stats/wide_pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "stats/aligned_buffer.h"
#include "stats/blas.h"
#include "stats/block.h"
#include "stats/component_count.h"
#include "stats/symmetric_eigen.h"

namespace fruits {
namespace {

constexpr std::size_t kTileColumns = 1024;
constexpr std::size_t kMinRows = 4;  // held and streamed, whatever a row costs

// f(begin, end) for two fixed halves of [0, count), at the same time.
template <typename F>
void InHalves(std::size_t count, const F& f) {
  const std::size_t middle = count / 2;
  std::jthread other([&] { f(middle, count); });
  f(0, middle);
}

// All passes over the rows share this: the source, its size, the buffers.
class WideRows {
 public:
  WideRows(std::size_t rows, std::size_t dimension, const WidePca::ReadRows& read, std::size_t strip_bytes)
      : rows_(rows), dimension_(dimension), read_(read) {
    const std::size_t row_bytes = dimension * sizeof(float);
    // Of the strip: 5/8 held rows, 1/8 streamed rows; centring a streamed block takes twice its bytes again.
    batch_ = std::clamp(strip_bytes / 8 / row_bytes, std::min(kMinRows, rows),
                        std::min(rows, Moments::kBlockRows));
    held_ = std::clamp(strip_bytes / 8 * 5 / row_bytes, std::min(kMinRows, rows), rows);
    streamed_.resize(batch_ * dimension);
  }

  std::size_t rows() const { return rows_; }
  std::size_t dimension() const { return dimension_; }
  std::size_t batch() const { return batch_; }
  std::size_t held() const { return held_; }

  Status Read(std::size_t first, MatrixView<float> out) const {
    Status status = read_(first, out);
    if (status) return {};
    return std::unexpected(status.error().WithContext(
        fmt::format("while reading rows {} to {}", first, first + out.rows() - 1)));
  }

  // f(first, view) for the rows from `begin` on, a batch at a time.
  template <typename F>
  Status Stream(std::size_t begin, const F& f) {
    for (std::size_t first = begin; first < rows_; first += batch_) {
      MatrixView<float> view(streamed_.data(), std::min(batch_, rows_ - first), dimension_);
      FRUITS_CHECK(Read(first, view));
      FRUITS_CHECK(f(first, MatrixView<const float>(view)));
    }
    return {};
  }

 private:
  std::size_t rows_, dimension_;
  const WidePca::ReadRows& read_;
  std::size_t batch_ = 0, held_ = 0;
  std::vector<float> streamed_;
};

// Centred, scaled columns [first, first + out.cols()) of rows [begin, end).
void ScaleTile(MatrixView<const float> rows, const StandardScaler& scaler, std::size_t first,
               std::size_t begin, std::size_t end, MatrixView<double> out) {
  const double* mean = scaler.mean().data() + first;
  const double* factor = scaler.factor().data() + first;
  for (std::size_t i = begin; i < end; ++i) {
    const float* from = rows.Row(i).data() + first;
    double* to = out.Row(i).data();
    for (std::size_t j = 0; j < out.cols(); ++j) to[j] = (static_cast<double>(from[j]) - mean[j]) * factor[j];
  }
}

// The first pass. Blocks of rows are merged as Moments merges them, of the scatter only the diagonal.
Result<StandardScaler> FitScaler(WideRows& source, const StandardScaler::Options& scaling) {
  const std::size_t d = source.dimension();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ColumnMeans mean(d);
  std::vector<double> scatter(d, 0.0), min(d, kInfinity), max(d, -kInfinity);
  std::size_t count = 0;
  FRUITS_TRY(CentredBlock block, CentredBlock::Make(d, source.batch()));
  MergeStep step(d);
  const auto merge = [&](std::size_t first, MatrixView<const float> rows) -> Status {
    FRUITS_CHECK(CheckFinite(rows, first));
    CentreRows(rows, block);
    MergeMeans(count, block.rows, block.mean.high, block.mean.low, mean.high, mean.low, step);
    for (std::size_t j = 0; j < d; ++j) scatter[j] += step.weight * step.delta[j] * step.delta[j];
    for (std::size_t column = 0; column < d; column += kPanelColumns) {
      const double* row = block.Panel(column);
      const std::size_t wide = std::min(kPanelColumns, d - column);
      for (std::size_t i = 0; i < block.rows; ++i, row += kPanelColumns) {
        for (std::size_t j = 0; j < wide; ++j) scatter[column + j] += row[j] * row[j];
      }
    }
    MergeExtremes(block.min, block.max, min, max);
    count += block.rows;
    return {};
  };
  FRUITS_CHECK(source.Stream(0, merge));
  for (std::size_t j = 0; j < d; ++j) {
    scatter[j] = min[j] == max[j] ? 0.0 : std::sqrt(scatter[j] / static_cast<double>(count - 1));
  }
  return StandardScaler::FromParts(std::move(mean.high), std::move(scatter), scaling);
}

// gram[i][j] += the products of the held rows with each other: two triangles and the square between them.
void MultiplyHeld(const double* tile, std::size_t held, std::size_t width, double* gram, std::size_t n) {
  const std::size_t middle = held / 2;
  const double* below = tile + middle * width;
  InHalves(held, [&](std::size_t begin, std::size_t end) {
    if (end > begin) {
      blas::MultiplyBySelf(end - begin, width, tile + begin * width, width, 1, gram + begin * n + begin, n);
    }
    // Each takes half the rows of the square.
    const std::size_t from = begin == 0 ? 0 : middle / 2;
    const std::size_t to = begin == 0 ? middle / 2 : middle;
    if (to > from) {
      blas::Multiply(CblasTrans, to - from, held - middle, width, tile + from * width, width, below, width, 1,
                     gram + from * n + middle, n);
    }
  });
}

// The upper triangle of Z Z^T / (n - 1).
Status FillGram(WideRows& source, const StandardScaler& scaler, double* gram) {
  const std::size_t n = source.rows();
  const std::size_t d = source.dimension();
  const std::size_t tile_columns = std::min(kTileColumns, d);
  for (std::size_t i = 0; i < n; ++i) std::fill(gram + i * n + i, gram + (i + 1) * n, 0.0);
  std::vector<float> held_rows(source.held() * d);
  std::vector<double> held_tile(source.held() * tile_columns), tile(source.batch() * tile_columns);
  for (std::size_t i0 = 0; i0 < n; i0 += source.held()) {
    const std::size_t held = std::min(source.held(), n - i0);
    MatrixView<float> block(held_rows.data(), held, d);
    for (std::size_t i = 0; i < held; i += source.batch()) {
      FRUITS_CHECK(source.Read(i0 + i, block.Rows(i, std::min(source.batch(), held - i))));
    }
    const auto scale_held = [&](std::size_t first, std::size_t width) {
      InHalves(held, [&](std::size_t begin, std::size_t end) {
        ScaleTile(block, scaler, first, begin, end, {held_tile.data(), held, width});
      });
    };
    for (std::size_t first = 0; first < d; first += tile_columns) {
      const std::size_t width = std::min(tile_columns, d - first);
      scale_held(first, width);
      MultiplyHeld(held_tile.data(), held, width, gram + i0 * n + i0, n);
    }
    FRUITS_CHECK(source.Stream(i0 + held, [&](std::size_t j0, MatrixView<const float> rows) -> Status {
      for (std::size_t first = 0; first < d; first += tile_columns) {
        const std::size_t width = std::min(tile_columns, d - first);
        scale_held(first, width);
        ScaleTile(rows, scaler, first, 0, rows.rows(), {tile.data(), rows.rows(), width});
        InHalves(held, [&](std::size_t begin, std::size_t end) {
          if (begin == end) return;
          blas::Multiply(CblasTrans, end - begin, rows.rows(), width, held_tile.data() + begin * width, width,
                         tile.data(), width, 1, gram + (i0 + begin) * n + j0, n);
        });
      }
      return {};
    }));
  }
  const double scale = 1.0 / static_cast<double>(n - 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) gram[i * n + j] *= scale;
  }
  return {};
}

// Brings rows [0, known) and one more to an orthonormal set: an eigenvalue of 0 leaves its component free,
// and the first axis that is not already spanned fills it.
void CompleteRow(MatrixView<double> rows, std::size_t known, std::size_t& axis) {
  const std::size_t d = rows.cols();
  const std::span<double> row = rows.Row(known);
  for (; axis < d; ++axis) {
    std::ranges::fill(row, 0.0);
    row[axis] = 1;
    for (int twice = 0; twice < 2; ++twice) {  // once more takes away what rounding left
      for (std::size_t k = 0; k < known; ++k) {
        const std::span<const double> other = rows.Row(k);
        double dot = 0;
        for (std::size_t j = 0; j < d; ++j) dot += row[j] * other[j];
        for (std::size_t j = 0; j < d; ++j) row[j] -= dot * other[j];
      }
    }
    double norm = 0;
    for (const double x : row) norm += x * x;
    // known rows can take all of an axis from at most `known` of the axes; some other keeps a share of this
    // size.
    if (norm * static_cast<double>(d) < 0.5) continue;
    for (double& x : row) x /= std::sqrt(norm);
    ++axis;
    return;
  }
}

// Z^T u of each kept u, at unit length.
Result<std::vector<double>> Components(WideRows& source, const StandardScaler& scaler,
                                       const Spectrum& spectrum) {
  const std::size_t n = source.rows();
  const std::size_t d = source.dimension();
  const std::size_t k = spectrum.vectors.size() / n;
  const std::size_t tile_columns = std::min(kTileColumns, d);
  std::vector<double> components(k * d, 0.0), tile(source.batch() * tile_columns);
  FRUITS_CHECK(source.Stream(0, [&](std::size_t j0, MatrixView<const float> rows) -> Status {
    for (std::size_t first = 0; first < d; first += tile_columns) {
      const std::size_t width = std::min(tile_columns, d - first);
      ScaleTile(rows, scaler, first, 0, rows.rows(), {tile.data(), rows.rows(), width});
      blas::Multiply(CblasNoTrans, k, width, rows.rows(), spectrum.vectors.data() + j0, n, tile.data(), width,
                     1, components.data() + first, d);
    }
    return {};
  }));
  // Below this an eigenvalue is rounding, and Z^T u has no direction.
  const double least =
      spectrum.values.front() * static_cast<double>(n) * std::numeric_limits<double>::epsilon();
  MatrixView<double> view(components.data(), k, d);
  std::size_t axis = 0;
  for (std::size_t i = 0; i < k; ++i) {
    const std::span<double> row = view.Row(i);
    if (spectrum.values[i] > least) {
      double norm = 0;
      for (const double x : row) norm += x * x;
      for (double& x : row) x /= std::sqrt(norm);
    } else {
      CompleteRow(view, i, axis);
    }
    Orient(row);
  }
  return components;
}

}  // namespace

Result<Pca> WidePca::Fit(std::size_t rows, std::size_t dimension, const ReadRows& read,
                         const StandardScaler::Options& scaling, const PcaOptions& options,
                         std::size_t strip_bytes) {
  if (rows > kMaxGramRows) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("{} rows of {} columns; above {} columns a fit takes at most {} rows", rows,
                            dimension, kMaxCovarianceDimension, kMaxGramRows));
  }
  if (dimension == 0) return Fail(ErrorCode::kInvalidArgument, "rows of 0 columns have no components");
  FRUITS_CHECK(CheckPcaOptions(options, rows, dimension));
  WideRows source(rows, dimension, read, strip_bytes);
  FRUITS_TRY(StandardScaler scaler, FitScaler(source, scaling));
  FRUITS_TRY(AlignedBuffer gram, AlignedBuffer::Make(rows * rows, "the Gram matrix"));
  FRUITS_CHECK(FillGram(source, scaler, gram.data()));
  double total = 0;
  for (std::size_t i = 0; i < rows; ++i) total += gram.data()[i * rows + i];
  if (!std::isfinite(total))
    return Fail(ErrorCode::kFailedPrecondition, "the Gram matrix is beyond a double");
  if (total <= 0)
    return Fail(ErrorCode::kFailedPrecondition, "every column is constant: there is nothing to project on");
  FRUITS_TRY(
      Spectrum spectrum,
      SolveSymmetric(std::move(gram), rows, [&](std::span<const double> values) -> Result<std::size_t> {
        return ComponentCount(options, values, total, rows, dimension);
      }));
  FRUITS_TRY(std::vector<double> components, Components(source, scaler, spectrum));
  return Pca::FromParts(std::move(scaler), std::move(spectrum.values), total, std::move(components), rows,
                        options.center);
}

}  // namespace fruits
